// Custom rules as leaves of a tree: each source is looked at once, however many records carry it.

import type { CustomNode } from "../../../shared/domain/instruction.ts";
import type { CheckResult } from "../../../shared/domain/verdict.ts";
import { compileCustomRule, type CustomRule } from "./custom-rule.ts";

/** A data set has a handful; this only bounds what a stream of ever new ones would keep. */
const MOST_KEPT = 500;
const compiled = new Map<string, CustomRule>();

/** Throws WorkbenchError("invalid-rule-arguments") where the source defines no rule; `where` names its place in the file. */
export function requireCustomRule({ name, source }: CustomNode, where: string): CustomRule {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const rule = compileCustomRule(source, `${where}, custom rule "${name}"`);
  if (compiled.size >= MOST_KEPT) compiled.clear();
  compiled.set(source, rule);
  return rule;
}

/** Throws like requireCustomRule; a rule that fails on this text has not passed and says why. */
export function checkCustomRule(leaf: CustomNode, answer: string, input: string | undefined): CheckResult {
  const { passed, expected, got, spans } = requireCustomRule(leaf, leaf.name)(answer, { input });
  return { passed, expected: `${leaf.name}: ${expected}`, got, spans };
}
