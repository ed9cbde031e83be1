// Records of ComplexBench's rules: {rule, response, extractor_output} -> true, false, or 2 where the benchmark does not know the rule.

import { z } from "zod";
import type { CheckMode } from "../../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { extractedParts } from "../../engine/constraints/complexbench/extracted-parts.ts";
import { judgeRule } from "../../engine/constraints/complexbench/judge-rule.ts";
import { parseRule } from "../../engine/constraints/complexbench/parse-rule.ts";
import { parseSuiteRecord } from "./suite-record.ts";
import type { SuiteResult } from "./suites.ts";

const recordSchema = z.looseObject({
  rule: z.string(),
  response: z.string().nullish(),
  /** What the extracting model said; without it there is nothing to judge. */
  extractor_output: z.string().nullish(),
});

/** Throws "invalid-record", and "invalid-rule-arguments" where the benchmark's code would fail. */
export function verifyComplexBenchRecord(record: unknown, mode: CheckMode): SuiteResult {
  const { rule, response, extractor_output: extraction } = parseSuiteRecord(recordSchema, record);
  const segments = extractedParts(response ?? undefined, extraction ?? undefined);
  const parsed = parseRule(rule, mode);
  if (parsed === "malformed") {
    throw new WorkbenchError("invalid-rule-arguments", "the arguments of the rule cannot be read", { got: rule });
  }
  if (parsed === undefined) return { verdict: 2, segments, got: "no rule of ComplexBench" };
  const { passed, got } = judgeRule(parsed, segments, mode);
  return { verdict: passed, segments, got };
}
