// Verifies an answer against a composition tree (And, Chain, Selection, nested). Owns which checks count; the rules themselves live
// in checkers/, leaves that are no rules are asked for outside, the arithmetic of rewards is in ../rewards.

import {
  DEFAULT_CHECK_MODE,
  type CheckMode,
  type CompositionNode,
  type ConditionNode,
  type LeafNode,
  type RuleNode,
} from "../../../shared/domain/instruction.ts";
import type { CheckResult, Verdict } from "../../../shared/domain/verdict.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { findChecker, parseKwargs } from "./catalogue.ts";
import { unmetDependencies } from "./dependencies.ts";
import { children, isLeaf, leafPath, type NodePath } from "./tree-shape.ts";

/** How a part of the tree counts: it does, it stands in a branch not taken, or it comes after a failed Chain step. */
type Standing = "active" | "inactive" | "blocked";

/** A leaf that no rule of the catalogue decides. */
export type OtherLeaf = Exclude<LeafNode, RuleNode>;

/** What was found out about such a leaf; `margin` by a judge that can say how sure it is. */
export interface LeafCheck extends CheckResult {
  readonly margin?: number | undefined;
}

/** Gives the result of an active leaf that is no rule. */
export type CheckOther = (leaf: OtherLeaf, path: string) => LeafCheck;

export interface PlacedLeaf {
  readonly leaf: LeafNode;
  readonly path: string;
  /** False in a branch that is not taken. */
  readonly active: boolean;
}

/** All leaves in the order of the tree. Which are active hangs on the input alone. Throws like evaluateTree. */
export function placeLeaves(tree: CompositionNode, input: string | undefined, mode: CheckMode = DEFAULT_CHECK_MODE): PlacedLeaf[] {
  return place(tree, [], true, takenParts(input, mode));
}

function place(node: CompositionNode, path: NodePath, active: boolean, takenOf: TakenPart): PlacedLeaf[] {
  if (isLeaf(node)) return [{ leaf: node, path: leafPath(node, path), active }];
  const taken = node.type === "selection" ? takenOf(node) : undefined;
  return children(node).flatMap((child, index) =>
    place(child.node, [...path, ...child.steps], active && (taken === undefined || index === taken), takenOf),
  );
}

/**
 * One verdict per leaf, in the order of the tree; conditions of Selections are no leaves. `passed` is true only in state "pass".
 * "blocked" (counts as failed): a Chain step after a failed one, or a leaf that depends on what does not hold. "inactive" (does not
 * count): outside the taken Selection branch. Throws WorkbenchError("invalid-record") for a Selection without an input text, and
 * what parseKwargs and `checkOther` throw.
 */
export function evaluateTree(
  tree: CompositionNode,
  answer: string,
  input: string | undefined,
  mode: CheckMode = DEFAULT_CHECK_MODE,
  checkOther: CheckOther = refuseOther,
): Verdict[] {
  const takenOf = takenParts(input, mode);
  const placed = place(tree, [], true, takenOf);
  const checks = placed.map(({ leaf, path, active }) => {
    if (leaf.type === "rule") return checkRule(leaf, answer, mode);
    return active ? checkOther(leaf, path) : notAsked(leaf);
  });
  const unmet = unmetDependencies(
    tree,
    placed.map(({ path, active }, index) => ({ path, active, passed: checks[index]?.passed === true })),
  );
  const verdicts: Verdict[] = [];
  const judgeNext: JudgeLeaf = (standing) => {
    const { leaf, path } = placed[verdicts.length] as PlacedLeaf;
    const verdict = verdictOf(leaf, path, checks[verdicts.length] as LeafCheck, standing, unmet.get(path));
    verdicts.push(verdict);
    return verdict.passed;
  };
  visit(tree, "active", takenOf, judgeNext);
  return verdicts;
}

/** The verdicts that count: s of n is the passed ones of these. */
export function activeVerdicts(verdicts: readonly Verdict[]): Verdict[] {
  return verdicts.filter((verdict) => verdict.state !== "inactive");
}

/** Index of the branch a Selection takes on this input, or undefined for `otherwise`. */
export function chooseBranch(node: SelectionNode, input: string | undefined, mode: CheckMode = DEFAULT_CHECK_MODE): number | undefined {
  const index = node.branches.findIndex(({ when }) => conditionHolds(when, input, mode));
  return index < 0 ? undefined : index;
}

/** Runs one rule on one text. */
export function checkRule(rule: RuleNode, text: string, mode: CheckMode = DEFAULT_CHECK_MODE): CheckResult {
  return findChecker(rule.id).check(text, parseKwargs(rule, rule.id, mode), mode);
}

type SelectionNode = Extract<CompositionNode, { type: "selection" }>;

/** Index among the children of a Selection; `otherwise` comes last, and past the end nothing is taken. */
type TakenPart = (node: SelectionNode) => number;

/** Looks at each Selection's conditions once. */
function takenParts(input: string | undefined, mode: CheckMode): TakenPart {
  const known = new Map<SelectionNode, number>();
  return (node) => {
    let taken = known.get(node);
    if (taken === undefined) known.set(node, (taken = chooseBranch(node, input, mode) ?? node.branches.length));
    return taken;
  };
}

function conditionHolds(when: ConditionNode, input: string | undefined, mode: CheckMode): boolean {
  if (when.type === "value") return when.value;
  if (input !== undefined) return checkRule(when, input, mode).passed;
  throw new WorkbenchError("invalid-record", "a Selection needs the record's input text", { expected: "a field input", got: "none" });
}

/** Judges the next leaf in the order of the tree. */
type JudgeLeaf = (standing: Standing) => boolean;

/** Judges the leaves of a subtree and says whether all of its active checks hold. */
function visit(node: CompositionNode, standing: Standing, takenOf: TakenPart, judge: JudgeLeaf): boolean {
  if (isLeaf(node)) return judge(standing);
  const chosen = node.type === "selection" ? takenOf(node) : undefined;
  let held = true;
  for (const [index, child] of children(node).entries()) {
    const counts = chosen === undefined || chosen === index;
    const blocked = node.type === "chain" && standing === "active" && !held;
    const childHeld = visit(child.node, !counts ? "inactive" : blocked ? "blocked" : standing, takenOf, judge);
    if (counts) held &&= childHeld;
  }
  return held;
}

function verdictOf(leaf: LeafNode, path: string, checked: LeafCheck, standing: Standing, unmet: readonly string[] | undefined): Verdict {
  const kept = standing === "active" && unmet !== undefined ? "blocked" : standing;
  const state = kept === "active" ? (checked.passed ? "pass" : "fail") : kept;
  const why = standing === "blocked" ? "an earlier step failed" : `it depends on ${unmet?.join(", ")}`;
  return {
    path,
    ...identityOf(leaf),
    state,
    passed: state === "pass",
    expected: checked.expected,
    got: state === "blocked" ? `${why}; here: ${checked.got}` : checked.got,
    spans: checked.spans,
    ...(checked.margin === undefined ? {} : { margin: checked.margin }),
  };
}

/** As which rule a leaf is counted and shown. A custom rule's source stays with its record. */
export function identityOf(leaf: LeafNode): Pick<Verdict, "ruleId" | "kwargs"> {
  switch (leaf.type) {
    case "rule":
      return { ruleId: leaf.id, kwargs: leaf.kwargs };
    case "question":
      return { ruleId: "question", kwargs: { text: leaf.text, ...(leaf.answer === undefined ? {} : { answer: leaf.answer }) } };
    case "math":
      return { ruleId: "math", kwargs: { answer: leaf.answer } };
    case "custom":
      return { ruleId: `custom:${leaf.name}`, kwargs: {} };
  }
}

/** What a leaf asks for, for a person. */
export function describeLeaf(leaf: LeafNode): string {
  switch (leaf.type) {
    case "rule":
      return findChecker(leaf.id).describe(parseKwargs(leaf, leaf.id, "corrected"));
    case "question":
      return leaf.answer === "no" ? `${leaf.text} (no)` : leaf.text;
    case "math":
      return `\\boxed{${leaf.answer}}`;
    case "custom":
      return leaf.name;
  }
}

function notAsked(leaf: OtherLeaf): LeafCheck {
  return { passed: false, expected: describeLeaf(leaf), got: "not looked at", spans: [] };
}

function refuseOther(leaf: OtherLeaf): never {
  throw new Error(`nobody was given to check a ${leaf.type}`);
}
