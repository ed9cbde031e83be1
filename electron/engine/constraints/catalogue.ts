// The rule catalogue: every checker, found by id, and the check of a composition tree's rule ids and arguments at load.
// Evaluating a tree lives in composition.ts.

import { DEFAULT_CHECK_MODE, type CheckMode, type CompositionNode, type RuleNode } from "../../../shared/domain/instruction.ts";
import type { RuleFamily } from "../../../shared/domain/record-check.ts";
import { editDistance } from "../../../shared/edit-distance.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { CELLO_CHECKERS } from "./catalogue-cello.ts";
import { COMPLEXBENCH_CHECKERS } from "./catalogue-complexbench.ts";
import { FOLLOWBENCH_CHECKERS } from "./catalogue-followbench.ts";
import { IFBENCH_CHECKERS } from "./catalogue-ifbench.ts";
import { IFEVAL_CHECKERS } from "./catalogue-ifeval.ts";
import { OWN_CHECKERS } from "./catalogue-own.ts";
import { requireCustomRule } from "./custom-leaf.ts";
import { validateDependencies } from "./dependencies.ts";
import { isPythonPattern } from "./python-pattern.ts";
import type { Checker } from "./registry.ts";

const FAMILIES: Readonly<Record<RuleFamily, readonly Checker[]>> = {
  ifeval: IFEVAL_CHECKERS,
  ifbench: IFBENCH_CHECKERS,
  complexbench: COMPLEXBENCH_CHECKERS,
  cello: CELLO_CHECKERS,
  followbench: FOLLOWBENCH_CHECKERS,
  own: OWN_CHECKERS,
};

const CHECKERS: readonly Checker[] = Object.values(FAMILIES).flat();
const CHECKER_BY_ID: ReadonlyMap<string, Checker> = new Map(CHECKERS.map((checker) => [checker.id, checker]));
const MAX_SUGGESTIONS = 3;

/** The whole catalogue, family by family. */
export function allCheckers(): readonly Checker[] {
  return CHECKERS;
}

/** Every known rule id, or those of one family, sorted. */
export function ruleIds(family?: RuleFamily): string[] {
  return (family === undefined ? CHECKERS : FAMILIES[family]).map(({ id }) => id).sort();
}

/** Throws what findChecker throws. */
export function familyOf(id: string): RuleFamily {
  const checker = findChecker(id);
  const families = Object.entries(FAMILIES) as [RuleFamily, readonly Checker[]][];
  return families.find(([, checkers]) => checkers.includes(checker))?.[0] ?? "own";
}

/** Throws WorkbenchError("unknown-rule") naming the nearest ids. */
export function findChecker(id: string, where?: string): Checker {
  const checker = CHECKER_BY_ID.get(id);
  if (checker !== undefined) return checker;
  throw new WorkbenchError("unknown-rule", `there is no rule "${id}"`, {
    ...(where === undefined ? {} : { where }),
    expected: `one of the ${CHECKERS.length} known rules`,
    got: id,
    hint: `Nearest: ${nearestIds(id).join(", ")}.`,
  });
}

/**
 * The rule's arguments as its checker wants them. Throws WorkbenchError("unknown-rule" | "invalid-rule-arguments"); `where` names
 * the place of the rule in the file. What is a pattern in "compat" is plain text in "corrected", so there it need not be a valid one.
 */
export function parseKwargs(rule: RuleNode, where: string, mode: CheckMode = DEFAULT_CHECK_MODE): unknown {
  const checker = findChecker(rule.id, where);
  const parsed = checker.kwargs.safeParse(rule.kwargs);
  const wrongPattern =
    parsed.success && mode === "compat" ? checker.patterns?.(parsed.data).find((written) => !isPythonPattern(written)) : undefined;
  if (parsed.success && wrongPattern === undefined) return parsed.data;
  const problems = parsed.success
    ? [`"${wrongPattern ?? ""}" must be a valid regular expression`]
    : parsed.error.issues.map((issue) => `${["kwargs", ...issue.path].join(".")}: ${issue.message}`);
  throw new WorkbenchError("invalid-rule-arguments", `the rule "${rule.id}" has wrong arguments`, {
    where,
    expected: problems.join("; "),
    got: JSON.stringify(rule.kwargs),
  });
}

/**
 * Checks every rule of a tree, conditions of Selections included, custom code, maths answers and dependencies; a message names `where` and the
 * path inside the tree.
 */
export function validateTree(node: CompositionNode, where: string, mode?: CheckMode): void {
  validateNode(node, { where, mode }, []);
  validateDependencies(node, where);
}

interface Validation {
  readonly where: string;
  readonly mode: CheckMode | undefined;
}

function validateNode(node: CompositionNode, validation: Validation, path: readonly (string | number)[]): void {
  const place = (): string => placeIn(validation.where, path);
  switch (node.type) {
    case "rule":
      parseKwargs(node, place(), validation.mode);
      return;
    case "math":
      if (node.answer.trim() === "") throw new WorkbenchError("invalid-record", "the maths answer is blank", { where: place() });
      return;
    case "custom":
      requireCustomRule(node, place());
      return;
    case "question":
      return;
    case "and":
      node.children.forEach((child, index) => validateNode(child, validation, [...path, "and", index]));
      return;
    case "chain":
      node.steps.forEach((step, index) => validateNode(step, validation, [...path, "chain", index]));
      return;
    case "selection":
      node.branches.forEach((branch, index) => {
        if (branch.when.type === "rule") validateNode(branch.when, validation, [...path, "selection", "when", index]);
        validateNode(branch.then, validation, [...path, "selection", "then", index]);
      });
      if (node.otherwise !== undefined) validateNode(node.otherwise, validation, [...path, "selection", "otherwise"]);
  }
}

function placeIn(where: string, path: readonly (string | number)[]): string {
  return path.length === 0 ? where : `${where}, ${path.join(".")}`;
}

function nearestIds(id: string): string[] {
  return ruleIds()
    .map((known) => ({ known, distance: Math.min(editDistance(id, known), editDistance(id, known.split(":")[1] ?? known)) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ known }) => known);
}
