// A record's composition tree with what became of each node for one response: states from the stored verdicts, conditions of
// Selections checked again on the record's input.

import type { CheckMode, CompositionNode, RuleNode } from "../../shared/domain/instruction.ts";
import type { NodeState, TreeBranch, TreeNode } from "../../shared/domain/trace-detail.ts";
import type { CheckResult, Verdict } from "../../shared/domain/verdict.ts";
import { findChecker, parseKwargs } from "../engine/constraints/catalogue.ts";
import { checkRule } from "../engine/constraints/composition.ts";
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
  switch (node.type) {
    case "rule": {
      const leafPath = path.length === 0 ? "rule" : name;
      const verdict = judged.verdicts.get(leafPath);
      return {
        type: "rule",
        path: leafPath,
        ruleId: node.id,
        kwargs: node.kwargs,
        text: verdict?.expected ?? ruleText(node),
        state: verdict?.state ?? "unknown",
        got: verdict?.got ?? null,
      };
    }
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

function judgedSelection(node: Extract<CompositionNode, { type: "selection" }>, path: Path, judged: Judged): TreeNode {
  const conditions = node.branches.map(({ when }) => condition(when, judged));
  const taken = conditions.findIndex((result) => result?.passed === true);
  const branches = node.branches.map(({ when, then }, index): TreeBranch => {
    const result = conditions[index] ?? null;
    return {
      when,
      text: ruleText(when),
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
          taken: taken < 0 && judged.input !== undefined,
          then: judgedNode(node.otherwise, [...path, "selection", "otherwise"], judged),
        };
  const active = [...branches, ...(otherwise === null ? [] : [otherwise])].find((branch) => branch.taken)?.then;
  const all = [...branches.map(({ then }) => then), ...(otherwise === null ? [] : [otherwise.then])];
  return { type: "selection", path: path.join("."), state: active?.state ?? stateOf(all), branches, otherwise };
}

function condition(when: RuleNode, { input, mode }: Judged): CheckResult | null {
  if (input === undefined) return null;
  try {
    return checkRule(when, input, mode);
  } catch {
    return null;
  }
}

/** What a rule asks, for a person. */
function ruleText(rule: RuleNode): string {
  try {
    return findChecker(rule.id).describe(parseKwargs(rule, rule.id));
  } catch {
    return ruleLabel(rule.id);
  }
}

function stateOf(children: readonly TreeNode[]): NodeState {
  const states = children.map(({ state }) => state);
  for (const state of ["inactive", "blocked"] as const) if (states.every((one) => one === state)) return state;
  if (states.includes("unknown")) return "unknown";
  return states.every((state) => state === "pass" || state === "inactive") ? "pass" : "fail";
}
