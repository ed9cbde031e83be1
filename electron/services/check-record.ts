// A record looked at while it is written: what is wrong with its label, which branches its conditions take, and what an answer is worth
// in both readings of the rules. Bad labels are told about, not thrown.

import type { DraftRecord } from "../../shared/domain/dataset.ts";
import {
  DEFAULT_CHECK_MODE,
  instructionRecordSchema,
  type CheckMode,
  type CompositionNode,
  type ConditionNode,
  type InstructionRecord,
  type RuleNode,
} from "../../shared/domain/instruction.ts";
import type { CheckedAnswer, NodeProblem, RecordCheck } from "../../shared/domain/record-check.ts";
import { isWorkbenchError } from "../../shared/errors.ts";
import { findChecker, parseKwargs } from "../engine/constraints/catalogue.ts";
import { checkRule } from "../engine/constraints/composition.ts";
import { areConflicting } from "../engine/constraints/conflicts.ts";
import { findContradiction } from "../engine/data-quality/contradictions.ts";
import { scoreAnswer, validateRecord } from "../engine/rewards/reward.ts";
import { pathsOf } from "../engine/synthesis/rule-plan.ts";

type Path = readonly (string | number)[];

export function checkRecord(draft: DraftRecord, answer: string | undefined): RecordCheck {
  const nothing = { descriptions: {}, conditions: {}, answers: [], disagreeing: [] };
  if (draft.label === undefined) return { problems: [{ path: "", message: "nothing verifies an answer yet" }], ...nothing };
  const parsed = instructionRecordSchema.safeParse(draft);
  if (!parsed.success) return { problems: parsed.error.issues.map(({ path, message }) => ({ path: nodePath(path), message })), ...nothing };
  const record: InstructionRecord = parsed.data;
  const problems: NodeProblem[] = [];
  const descriptions: Record<string, string> = {};
  const conditions: Record<string, boolean> = {};
  if (record.label.type === "tree") {
    for (const { path, rule } of rulesOf(record.label.tree, [])) {
      const told = said(rule);
      if (typeof told === "string") descriptions[path] = told;
      else problems.push({ path, message: told.message });
    }
    if (problems.length === 0) problems.push(...conflictsOf(record.label.tree, []));
    for (const { path, node } of conditionsOf(record.label.tree, [])) {
      if (node.type === "value") {
        conditions[path] = node.value;
        continue;
      }
      const told = said(node);
      if (typeof told !== "string") problems.push({ path, message: told.message });
      else {
        descriptions[path] = told;
        if (record.input !== undefined) conditions[path] = checkRule(node, record.input, record.label.mode).passed;
      }
    }
  }
  if (record.label.type === "tree" && problems.length === 0) problems.push(...contradictionsOf(record.label.tree, record.label.mode));
  const unusable = problem(() => validateRecord(record, "the label"));
  if (unusable !== undefined && problems.length === 0) problems.push({ path: "", message: unusable });
  const read = answer === undefined || unusable !== undefined ? { answers: [], disagreeing: [] } : checkBothReadings(record, answer);
  return { problems, descriptions, conditions, ...read };
}

/**
 * An answer in the record's own reading of the rules, then in the other one; `disagreeing` are the paths that they see differently. Nobody
 * is asked: questions do not hold, and say so. The record is a valid one (validateRecord).
 */
export function checkBothReadings(record: InstructionRecord, answer: string): Pick<RecordCheck, "answers" | "disagreeing"> {
  const answers = readingsOf(record).map((mode) => checked(record, answer, mode));
  const [own, other] = answers;
  const disagreeing = (own?.verdicts ?? []).flatMap(({ path, state }) =>
    other !== undefined && other.verdicts.find((verdict) => verdict.path === path)?.state !== state ? [path] : [],
  );
  return { answers, disagreeing };
}

function readingsOf({ label }: InstructionRecord): readonly CheckMode[] {
  if (label.type === "math") return [DEFAULT_CHECK_MODE];
  return (label.mode ?? DEFAULT_CHECK_MODE) === "compat" ? ["compat", "corrected"] : ["corrected", "compat"];
}

function checked(record: InstructionRecord, answer: string, mode: CheckMode): CheckedAnswer {
  const label = record.label.type === "math" ? record.label : { ...record.label, mode };
  const { accuracy, passed, checks, verdicts } = scoreAnswer(answer, { ...record, label }, {}, "not-asked");
  return { mode, accuracy, passed, checks, verdicts };
}

/** What the rule says to a person, or why it cannot be used. */
function said(rule: RuleNode): string | Error {
  try {
    return findChecker(rule.id).describe(parseKwargs(rule, rule.id));
  } catch (error) {
    if (isWorkbenchError(error)) return new Error(error.details.expected ?? error.message);
    throw error;
  }
}

function problem(look: () => void): string | undefined {
  try {
    look();
    return undefined;
  } catch (error) {
    if (isWorkbenchError(error)) return error.message;
    throw error;
  }
}

/** Rules whose verdicts count, conditions of Selections apart. */
function rulesOf(node: CompositionNode, path: Path): readonly { readonly path: string; readonly rule: RuleNode }[] {
  if (node.type === "rule") return [{ path: pathText(path), rule: node }];
  return childrenOf(node).flatMap(({ step, child }) => rulesOf(child, [...path, ...step]));
}

function conditionsOf(node: CompositionNode, path: Path): readonly { readonly path: string; readonly node: ConditionNode }[] {
  const own =
    node.type === "selection"
      ? node.branches.map(({ when }, index) => ({ path: pathText([...path, "selection", "when", index]), node: when }))
      : [];
  return [...own, ...childrenOf(node).flatMap(({ step, child }) => conditionsOf(child, [...path, ...step]))];
}

function childrenOf(node: CompositionNode): readonly { readonly step: Path; readonly child: CompositionNode }[] {
  switch (node.type) {
    case "and":
      return node.children.map((child, index) => ({ step: ["and", index], child }));
    case "chain":
      return node.steps.map((child, index) => ({ step: ["chain", index], child }));
    case "selection":
      return [
        ...node.branches.map(({ then }, index) => ({ step: ["selection", "then", index], child: then })),
        ...(node.otherwise === undefined ? [] : [{ step: ["selection", "otherwise"], child: node.otherwise }]),
      ];
    default:
      return [];
  }
}

/** Pairs of rules that exclude each other and hold at the same time: of the same branch, or of no branch. */
function conflictsOf(tree: CompositionNode, path: Path): readonly NodeProblem[] {
  const together = alwaysTogether(tree, path);
  const own = together.flatMap(({ path: first, rule }, index) =>
    together
      .slice(index + 1)
      .flatMap((other) =>
        areConflicting(rule, other.rule)
          ? [{ path: other.path, message: `contradicts ${rule.id}${first === "" ? "" : ` (${first})`}` }]
          : [],
      ),
  );
  const inside = branchesOf(tree, path).flatMap(({ node, path: inner }) => conflictsOf(node, inner));
  return [...own, ...inside];
}

/** More ways through the choices than this are not all looked at. */
const MOST_WAYS = 64;

/** What follows from rules that hold together and leaves no answer, or none that makes sense; of each way through the choices. */
function contradictionsOf(tree: CompositionNode, mode: CheckMode | undefined): readonly NodeProblem[] {
  if (waysThrough(tree) > MOST_WAYS) return [];
  const messages = pathsOf(tree).flatMap((rules) => {
    const found = findContradiction(rules, mode);
    if (found === undefined) return [];
    return [
      `${found.certainty === "certain" ? "no answer meets all of it" : "only a trick on the checks meets all of it"}: ${found.explanation}`,
    ];
  });
  return [...new Set(messages)].map((message) => ({ path: "", message }));
}

function waysThrough(node: CompositionNode): number {
  const inside = childrenOf(node).map(({ child }) => waysThrough(child));
  return node.type === "selection" ? 1 + inside.reduce((sum, ways) => sum + ways, 0) : inside.reduce((product, ways) => product * ways, 1);
}

/** Rules that hold whenever the node does, without those of a Selection's branches. */
function alwaysTogether(node: CompositionNode, path: Path): ReturnType<typeof rulesOf> {
  if (node.type === "selection") return [];
  if (node.type === "rule") return [{ path: pathText(path), rule: node }];
  return childrenOf(node).flatMap(({ step, child }) => alwaysTogether(child, [...path, ...step]));
}

function branchesOf(node: CompositionNode, path: Path): readonly { readonly node: CompositionNode; readonly path: Path }[] {
  const inner = childrenOf(node).map(({ step, child }) => ({ node: child, path: [...path, ...step] }));
  return node.type === "selection" ? inner : inner.flatMap((child) => branchesOf(child.node, child.path));
}

function pathText(path: Path): string {
  return path.length === 0 ? "rule" : path.join(".");
}

/** Where in the tree a schema's complaint points: [label, tree, children, 0, ...] to "and.0...". */
function nodePath(path: readonly PropertyKey[]): string {
  if (path[0] !== "label" || path[1] !== "tree") return "";
  const steps: (string | number)[] = [];
  const rest = path.slice(2);
  for (let at = 0; at < rest.length; at++) {
    const [part, index, which] = [rest[at], rest[at + 1], rest[at + 2]];
    if (part === "children" && typeof index === "number") steps.push("and", index);
    else if (part === "steps" && typeof index === "number") steps.push("chain", index);
    else if (part === "branches" && typeof index === "number") steps.push("selection", which === "when" ? "when" : "then", index);
    else if (part === "otherwise") steps.push("selection", "otherwise");
  }
  return pathText(steps);
}
