// Verifies an answer against a composition tree (And, Chain, Selection, nested) and tells a tree's shape. Owns which checks count;
// the rules themselves live in checkers/, the arithmetic of rewards in ../rewards.

import { DEFAULT_CHECK_MODE, type CheckMode, type CompositionNode, type RuleNode } from "../../../shared/domain/instruction.ts";
import type { CheckResult, Verdict } from "../../../shared/domain/verdict.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { findChecker, parseKwargs } from "./catalogue.ts";

export type CompositionKind = "single" | "and" | "chain" | "selection" | "nested";

/** How a part of the tree counts: it does, it stands in a branch not taken, or it comes after a failed Chain step. */
type Standing = "active" | "inactive" | "blocked";

interface Evaluation {
  readonly answer: string;
  readonly input: string | undefined;
  readonly mode: CheckMode;
  readonly verdicts: Verdict[];
}

/**
 * One verdict per leaf, in the order of the tree; conditions of Selections are no leaves. `passed` is true only in state "pass".
 * A Chain step after a failed one is "blocked" (counts as failed), leaves outside the taken Selection branch are "inactive" (do not
 * count). Throws WorkbenchError("invalid-record") for a Selection without an input text, and what parseKwargs throws.
 */
export function evaluateTree(
  tree: CompositionNode,
  answer: string,
  input: string | undefined,
  mode: CheckMode = DEFAULT_CHECK_MODE,
): Verdict[] {
  const evaluation: Evaluation = { answer, input, mode, verdicts: [] };
  visit(tree, [], "active", evaluation);
  return evaluation.verdicts;
}

/** The verdicts that count: s of n is the passed ones of these. */
export function activeVerdicts(verdicts: readonly Verdict[]): Verdict[] {
  return verdicts.filter((verdict) => verdict.state !== "inactive");
}

/** Index of the branch a Selection takes on this input, or undefined for `otherwise`. */
export function chooseBranch(
  node: Extract<CompositionNode, { type: "selection" }>,
  input: string | undefined,
  mode: CheckMode = DEFAULT_CHECK_MODE,
): number | undefined {
  if (input === undefined) {
    throw new WorkbenchError("invalid-record", "a Selection needs the record's input text", { expected: "a field input", got: "none" });
  }
  const index = node.branches.findIndex((branch) => checkRule(branch.when, input, mode).passed);
  return index < 0 ? undefined : index;
}

/** Runs one rule on one text. */
export function checkRule(rule: RuleNode, text: string, mode: CheckMode = DEFAULT_CHECK_MODE): CheckResult {
  return findChecker(rule.id).check(text, parseKwargs(rule, rule.id), mode);
}

/** Every rule an answer can be checked against; conditions of Selections are not among them. */
export function leaves(tree: CompositionNode): RuleNode[] {
  return tree.type === "rule" ? [tree] : children(tree).flatMap(leaves);
}

/** A rule has depth 0, a composition one more than its deepest child. */
export function depth(tree: CompositionNode): number {
  return tree.type === "rule" ? 0 : 1 + Math.max(...children(tree).map(depth));
}

/** "nested" is a composition inside another of any type. */
export function compositionKind(tree: CompositionNode): CompositionKind {
  if (tree.type === "rule") return "single";
  return depth(tree) > 1 ? "nested" : tree.type;
}

function children(node: Exclude<CompositionNode, RuleNode>): readonly CompositionNode[] {
  switch (node.type) {
    case "and":
      return node.children;
    case "chain":
      return node.steps;
    case "selection":
      return [...node.branches.map((branch) => branch.then), ...(node.otherwise === undefined ? [] : [node.otherwise])];
  }
}

/** Appends the verdicts of a subtree and says whether all of its active checks hold. */
function visit(node: CompositionNode, path: readonly (string | number)[], standing: Standing, evaluation: Evaluation): boolean {
  switch (node.type) {
    case "rule": {
      const verdict = judge(node, path, standing, evaluation);
      evaluation.verdicts.push(verdict);
      return verdict.passed;
    }
    case "and": {
      const held = node.children.map((child, index) => visit(child, [...path, "and", index], standing, evaluation));
      return held.every(Boolean);
    }
    case "chain": {
      let held = true;
      for (const [index, step] of node.steps.entries()) {
        const stepStanding: Standing = standing === "active" && !held ? "blocked" : standing;
        const stepHeld = visit(step, [...path, "chain", index], stepStanding, evaluation);
        held &&= stepHeld;
      }
      return held;
    }
    case "selection": {
      const taken = chooseBranch(node, evaluation.input, evaluation.mode);
      let held = true;
      for (const [index, branch] of node.branches.entries()) {
        const branchHeld = visit(branch.then, [...path, "selection", "then", index], index === taken ? standing : "inactive", evaluation);
        if (index === taken) held = branchHeld;
      }
      if (node.otherwise !== undefined) {
        const otherwiseStanding: Standing = taken === undefined ? standing : "inactive";
        const otherwiseHeld = visit(node.otherwise, [...path, "selection", "otherwise"], otherwiseStanding, evaluation);
        if (taken === undefined) held = otherwiseHeld;
      }
      return held;
    }
  }
}

function judge(rule: RuleNode, path: readonly (string | number)[], standing: Standing, evaluation: Evaluation): Verdict {
  const checked = checkRule(rule, evaluation.answer, evaluation.mode);
  const state = standing === "active" ? (checked.passed ? "pass" : "fail") : standing;
  return {
    path: path.length === 0 ? "rule" : path.join("."),
    ruleId: rule.id,
    kwargs: rule.kwargs,
    state,
    passed: state === "pass",
    expected: checked.expected,
    got: state === "blocked" ? `an earlier step failed; here: ${checked.got}` : checked.got,
    spans: checked.spans,
  };
}
