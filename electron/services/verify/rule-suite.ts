// Records of IFEval and IFBench: {id, instruction_id, kwargs, response} with one rule -> strict and loose verdict with its reasons; or
// {key, instruction_id_list, kwargs: [...], response} as the benchmarks publish them, with several -> all of them and each.

import { z } from "zod";
import type { CheckMode } from "../../../shared/domain/instruction.ts";
import { findChecker, parseKwargs } from "../../engine/constraints/catalogue.ts";
import { checkStrictAndLoose } from "../../engine/constraints/strict-and-loose.ts";
import { parseSuiteRecord } from "./suite-record.ts";
import type { SuiteResult } from "./suites.ts";

const kwargsSchema = z.record(z.string(), z.unknown()).nullish();
/** Absent or null: no response, which follows nothing. */
const responseSchema = z.string().nullish();
const oneRuleSchema = z.looseObject({ instruction_id: z.string(), kwargs: kwargsSchema, response: responseSchema });
const rulesSchema = z
  .looseObject({ instruction_id_list: z.array(z.string()).min(1), kwargs: z.array(kwargsSchema), response: responseSchema })
  .refine(({ instruction_id_list, kwargs }) => kwargs.length === instruction_id_list.length, "kwargs has to have one entry an instruction");

interface RuleResult extends SuiteResult {
  readonly strict: boolean;
  readonly loose: boolean;
}

/** Arguments that are null are left out. Throws "invalid-record", "unknown-rule", "invalid-rule-arguments". */
export function verifyRuleRecord(record: unknown, mode: CheckMode): SuiteResult {
  if (typeof record !== "object" || record === null || !("instruction_id_list" in record)) {
    const { instruction_id, kwargs, response } = parseSuiteRecord(oneRuleSchema, record);
    return verifyRule(instruction_id, kwargs, response, mode);
  }
  const { instruction_id_list, kwargs, response } = parseSuiteRecord(rulesSchema, record);
  const instructions = instruction_id_list.map((id, index) => ({ instruction_id: id, ...verifyRule(id, kwargs[index], response, mode) }));
  return { strict: instructions.every(({ strict }) => strict), loose: instructions.every(({ loose }) => loose), instructions };
}

function verifyRule(id: string, kwargs: z.infer<typeof kwargsSchema>, response: string | null | undefined, mode: CheckMode): RuleResult {
  const given = Object.fromEntries(Object.entries(kwargs ?? {}).filter(([, value]) => value !== null));
  const parsed = parseKwargs({ type: "rule", id, kwargs: given }, id, mode);
  const { strict, loose, result } = checkStrictAndLoose(findChecker(id), response ?? "", parsed, mode);
  return { strict, loose, expected: result.expected, got: result.got, spans: result.spans };
}
