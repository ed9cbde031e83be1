// A composition tree as the page walks it: its constraints in the order they are read, and plain words for its states.

import type { NodeState, TreeNode } from "../../../shared/domain/trace-detail.ts";
import type { Verdict } from "../../../shared/domain/verdict.ts";
import type { MarkState } from "../../ui/Mark.svelte";

export type RuleLeaf = Extract<TreeNode, { readonly type: "rule" }>;

/** Constraints from top to bottom. */
export function leavesOf(node: TreeNode): RuleLeaf[] {
  switch (node.type) {
    case "rule":
      return [node];
    case "and":
      return node.children.flatMap(leavesOf);
    case "chain":
      return node.steps.flatMap(leavesOf);
    case "selection":
      return [...node.branches.map(({ then }) => then), ...(node.otherwise === null ? [] : [node.otherwise.then])].flatMap(leavesOf);
  }
}

/** Without a tree (a number is asked for, or the record is gone) the verdicts stand for it, one below the other. */
export function leavesOfVerdicts(verdicts: readonly Verdict[]): RuleLeaf[] {
  return verdicts.map(({ path, ruleId, kwargs, expected, state, got }) => ({
    type: "rule",
    path,
    ruleId,
    kwargs,
    text: expected,
    state,
    got,
  }));
}

const MARKS: Readonly<Record<NodeState, MarkState>> = {
  pass: "pass",
  fail: "fail",
  inactive: "inactive",
  blocked: "none",
  unknown: "none",
};

export function markOf(state: NodeState): MarkState {
  return MARKS[state];
}

const WORDS: Readonly<Record<NodeState, string>> = {
  pass: "holds",
  fail: "does not hold",
  inactive: "in a branch not taken, does not count",
  blocked: "after a failed step, counts as failed",
  unknown: "no verdict stored",
};

export function wordsOf(state: NodeState): string {
  return WORDS[state];
}

/** The next constraint that does not hold after `path`, around the end; undefined where all hold. */
export function nextFailed(leaves: readonly RuleLeaf[], path: string | undefined): RuleLeaf | undefined {
  const at = leaves.findIndex((leaf) => leaf.path === path);
  const around = [...leaves.slice(at + 1), ...leaves.slice(0, at + 1)];
  return around.find(({ state }) => state === "fail" || state === "blocked");
}
