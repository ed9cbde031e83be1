// A record's composition tree with what became of each node for one response: states from the stored verdicts, conditions of
// Selections checked again on the record's input.

import type { CheckMode, CompositionNode, ConditionNode, LeafNode } from "../../shared/domain/instruction.ts";
import type { NodeState, TreeBranch, TreeNode } from "../../shared/domain/trace-detail.ts";
import type { CheckResult, Verdict } from "../../shared/domain/verdict.ts";
import { checkRule, describeLeaf, identityOf } from "../engine/constraints/composition.ts";
import { isLeaf, leafPath } from "../engine/constraints/tree-shape.ts";
import { ruleLabel } from "./rule-label.ts";

type Path = readonly (string | number)[];

interface Judged {
  readonly verdicts: ReadonlyMap<string, Verdict>;
  readonly input: string | undefined;
  readonly mode: CheckMode | undefined;
}

/** Paths are those of evaluateTree. Never throws: a rule that no longer exists is shown by its id. */
export function judgedTree(tree: CompositionNode, verdicts: readonly Verdict[], input: string | undefined, mode?: CheckMode): TreeNode {
  return judgedNode(tree, [], { verdicts: new Map(verdicts.map((verdict) => [verdict.path, verdict])), input, mode });
}

function judgedNode(node: CompositionNode, path: Path, judged: Judged): TreeNode {
  const name = path.join(".");
  if (isLeaf(node)) return judgedLeaf(node, leafPath(node, path), judged);
  switch (node.type) {
    case "and": {
      const children = node.children.map((child, index) => judgedNode(child, [...path, "and", index], judged));
      return { type: "and", path: name, state: stateOf(children), children };
    }
    case "chain": {
      const steps = node.steps.map((step, index) => judgedNode(step, [...path, "chain", index], judged));
      return { type: "chain", path: name, state: stateOf(steps), steps };
    }
    case "selection":
      return judgedSelection(node, path, judged);
  }
}

function judgedLeaf(leaf: LeafNode, path: string, judged: Judged): TreeNode {
  const verdict = judged.verdicts.get(path);
  return {
    type: "rule",
    path,
    ...identityOf(leaf),
    text: verdict?.expected ?? leafText(leaf),
    state: verdict?.state ?? "unknown",
    got: verdict?.got ?? null,
  };
}

function judgedSelection(node: Extract<CompositionNode, { type: "selection" }>, path: Path, judged: Judged): TreeNode {
  const conditions = node.branches.map(({ when }) => condition(when, judged));
  const taken = conditions.findIndex((result) => result?.passed === true);
  const branches = node.branches.map(({ when, then }, index): TreeBranch => {
    const result = conditions[index] ?? null;
    return {
      when,
      text: when.type === "value" ? "as it was decided when the record was made" : leafText(when),
      holds: result?.passed ?? null,
      got: result?.got ?? null,
      taken: index === taken,
      then: judgedNode(then, [...path, "selection", "then", index], judged),
    };
  });
  const otherwise =
    node.otherwise === undefined
      ? null
      : {
          taken: taken < 0 && (judged.input !== undefined || conditions.every((result) => result !== null)),
          then: judgedNode(node.otherwise, [...path, "selection", "otherwise"], judged),
        };
  const active = [...branches, ...(otherwise === null ? [] : [otherwise])].find((branch) => branch.taken)?.then;
  const all = [...branches.map(({ then }) => then), ...(otherwise === null ? [] : [otherwise.then])];
  return { type: "selection", path: path.join("."), state: active?.state ?? stateOf(all), branches, otherwise };
}

function condition(when: ConditionNode, { input, mode }: Judged): Pick<CheckResult, "passed" | "got"> | null {
  if (when.type === "value") return { passed: when.value, got: "" };
  if (input === undefined) return null;
  try {
    return checkRule(when, input, mode);
  } catch {
    return null;
  }
}

/** What a leaf asks, for a person. */
function leafText(leaf: LeafNode): string {
  try {
    return describeLeaf(leaf);
  } catch {
    return ruleLabel(identityOf(leaf).ruleId);
  }
}

function stateOf(children: readonly TreeNode[]): NodeState {
  const states = children.map(({ state }) => state);
  for (const state of ["inactive", "blocked"] as const) if (states.every((one) => one === state)) return state;
  if (states.includes("unknown")) return "unknown";
  return states.every((state) => state === "pass" || state === "inactive") ? "pass" : "fail";
}
