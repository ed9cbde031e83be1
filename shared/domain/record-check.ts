// What an editor is told about a record and an answer to it: what is wrong with the label, which branches its conditions take, and the
// verdicts in both readings of the rules.

import type { CheckMode, RuleNode } from "./instruction.ts";
import type { Span, Verdict } from "./verdict.ts";

/** Where a rule comes from. */
export const RULE_FAMILIES = ["ifeval", "ifbench", "complexbench", "cello", "followbench", "own"] as const;
export type RuleFamily = (typeof RULE_FAMILIES)[number];

/** A rule of the catalogue, as it is listed and offered. */
export interface RuleEntry {
  readonly id: string;
  readonly family: RuleFamily;
  /** Arguments as somebody could ask for them, the same each time, and what the rule says with them. */
  readonly exampleKwargs: Readonly<Record<string, unknown>>;
  readonly example: string;
  /** JSON schema of the arguments; checks beyond a schema, such as "a valid pattern", are not in it. */
  readonly kwargsSchema: Readonly<Record<string, unknown>>;
  /** Rules not to be combined with this one, sorted. */
  readonly conflicts: readonly string[];
}

/** A rule that an instruction's text seems to ask for. */
export interface RuleSuggestion extends Span {
  readonly rule: RuleNode;
  /** What the rule says to a person. */
  readonly expected: string;
}

/** Something wrong with a node of the tree; path as in a verdict, "" for the label as a whole. */
export interface NodeProblem {
  readonly path: string;
  readonly message: string;
}

export interface CheckedAnswer {
  readonly mode: CheckMode;
  readonly accuracy: number;
  readonly passed: number;
  readonly checks: number;
  readonly verdicts: readonly Verdict[];
}

export interface RecordCheck {
  /** Empty for a record that can be trained on. */
  readonly problems: readonly NodeProblem[];
  /** What each rule of the tree says to a person, by path. */
  readonly descriptions: Readonly<Record<string, string>>;
  /** Whether a Selection's condition holds for the record's input, by the condition's path. */
  readonly conditions: Readonly<Record<string, boolean>>;
  /** In the reading of the record, then in the other one; empty where there is no answer or the label cannot be used. */
  readonly answers: readonly CheckedAnswer[];
  /** Paths of checks that the two readings see differently. */
  readonly disagreeing: readonly string[];
}
