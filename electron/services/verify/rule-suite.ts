// Records of IFEval and IFBench, one rule each: {id, instruction_id, kwargs, response} -> strict and loose verdict with its reasons.

import { z } from "zod";
import type { CheckMode } from "../../../shared/domain/instruction.ts";
import { findChecker, parseKwargs } from "../../engine/constraints/catalogue.ts";
import { checkStrictAndLoose } from "../../engine/constraints/strict-and-loose.ts";
import { parseSuiteRecord } from "./suite-record.ts";
import type { SuiteResult } from "./suites.ts";

const recordSchema = z.looseObject({
  instruction_id: z.string(),
  kwargs: z.record(z.string(), z.unknown()).nullish(),
  /** Absent or null: no response, which follows nothing. */
  response: z.string().nullish(),
});

/** Arguments that are null are left out. Throws "invalid-record", "unknown-rule", "invalid-rule-arguments". */
export function verifyRuleRecord(record: unknown, mode: CheckMode): SuiteResult {
  const { instruction_id: id, kwargs, response } = parseSuiteRecord(recordSchema, record);
  const given = Object.fromEntries(Object.entries(kwargs ?? {}).filter(([, value]) => value !== null));
  const parsed = parseKwargs({ type: "rule", id, kwargs: given }, id, mode);
  const { strict, loose, result } = checkStrictAndLoose(findChecker(id), response ?? "", parsed, mode);
  return { strict, loose, expected: result.expected, got: result.got, spans: result.spans };
}
