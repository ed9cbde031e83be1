// Custom rules as leaves of a tree.

import type { CustomNode } from "../../../shared/domain/instruction.ts";
import type { CheckResult } from "../../../shared/domain/verdict.ts";
import { compileCustomRule, type CustomRule } from "./custom-rule.ts";

/** Throws WorkbenchError("invalid-rule-arguments") where the source defines no rule; `where` names its place in the file. */
export function requireCustomRule({ name, source }: CustomNode, where: string): CustomRule {
  return compileCustomRule(source, `${where}, custom rule "${name}"`);
}

/** Throws like requireCustomRule; a rule that fails on this text has not passed and says why. */
export function checkCustomRule(leaf: CustomNode, answer: string, input: string | undefined): CheckResult {
  const { passed, expected, got, spans } = requireCustomRule(leaf, leaf.name)(answer, { input });
  return { passed, expected: `${leaf.name}: ${expected}`, got, spans };
}
