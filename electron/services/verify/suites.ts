// The suites that `raif verify` knows: how one record of each is verified. Reading and writing files is verify-file.ts.

import type { CheckMode } from "../../../shared/domain/instruction.ts";
import { verifyComplexBenchRecord } from "./complexbench-suite.ts";
import { verifyEqualRecord, verifyExtractRecord, verifyNormaliseRecord } from "./maths-suites.ts";
import { verifyRuleRecord } from "./rule-suite.ts";

/** What is written beside the record's id, e.g. strict and loose. */
export type SuiteResult = Readonly<Record<string, unknown>>;

/** Throws WorkbenchError for a record that cannot be verified. */
export type SuiteFunction = (record: unknown, mode: CheckMode) => SuiteResult | Promise<SuiteResult>;

export const SUITES = {
  ifeval: verifyRuleRecord,
  ifbench: verifyRuleRecord,
  "complexbench-rule": verifyComplexBenchRecord,
  "math-extract": verifyExtractRecord,
  "math-strip": verifyNormaliseRecord,
  "math-equal": verifyEqualRecord,
} satisfies Readonly<Record<string, SuiteFunction>>;

export type SuiteName = keyof typeof SUITES;
export const SUITE_NAMES = Object.keys(SUITES) as SuiteName[];
