// A rule that a user writes as JavaScript: a function check(text, context) that returns true or false, or {passed, expected?, got?, spans?}.
// Owns what is said about trying one out; running it lives in electron/engine/constraints/custom-rule.ts.

import { z } from "zod";
import type { CheckResult } from "./verdict.ts";

export const MAX_RULE_SOURCE = 20_000;

export const customRuleSourceSchema = z.string().min(1).max(MAX_RULE_SOURCE);

export const customRuleSampleSchema = z.strictObject({
  text: z.string().max(200_000),
  /** The record's input, as context.input. */
  input: z.string().max(200_000).optional(),
  /** What the author thinks the verdict is. */
  passes: z.boolean().optional(),
});
export type CustomRuleSample = z.infer<typeof customRuleSampleSchema>;

export interface CustomRuleProblem {
  readonly message: string;
  /** Line of the code, from 1; undefined where it has none. */
  readonly line?: number;
}

export interface CustomRuleOutcome extends CheckResult {
  /** Why there is no verdict: the code threw, took too long or returned something else. `passed` is false then. */
  readonly failure?: CustomRuleProblem;
  /** Whether it is as the author thinks; undefined where they said nothing. */
  readonly asExpected?: boolean;
}

export interface CustomRuleTest {
  /** Why the code is no rule at all; there are no outcomes then. */
  readonly problem?: CustomRuleProblem;
  /** One a sample, in order. After one that had to be stopped the rest is not tried and missing. */
  readonly outcomes: readonly CustomRuleOutcome[];
}
