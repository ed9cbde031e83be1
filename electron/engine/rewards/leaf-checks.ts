// Leaves of a tree that no rule of the catalogue decides: maths, and questions, whose answers have to be fetched from a judge before
// a tree can be scored. Owns which questions are asked; how a judge answers them is ../judge.

import type { ChatMessage, InstructionRecord, MathNode, QuestionNode } from "../../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { describeLeaf, placeLeaves, type CheckOther, type LeafCheck, type OtherLeaf } from "../constraints/composition.ts";
import { checkCustomRule } from "../constraints/custom-leaf.ts";
import { isBlank } from "../constraints/text.ts";
import { equalMathAnswers, lastBoxed } from "./math.ts";

/** One yes/no question about one answer. A judge is shown the whole conversation and the answer, never the reasoning. */
export interface JudgeQuestion {
  readonly messages: readonly ChatMessage[];
  readonly answer: string;
  readonly question: string;
}

export interface JudgeVerdict {
  readonly yes: boolean;
  /** log p(yes) - log p(no); absent where the judge only says a word. */
  readonly margin?: number | undefined;
  /** What it said, where that was neither yes nor no (it then counts as no), or what else a person should know. */
  readonly note?: string | undefined;
}

/** Answers in the order of the questions. */
export type AskJudge = (questions: readonly JudgeQuestion[]) => Promise<readonly JudgeVerdict[]>;

/** What a judge said about one answer, by the path of the question's leaf. */
export type JudgedQuestions = ReadonlyMap<string, JudgeVerdict>;

/** Questions that count for this answer, with what the judge has to say for them to hold. None for a blank answer, which fails everything without being looked at. */
export function openQuestions(
  record: InstructionRecord,
  answer: string,
): { readonly path: string; readonly question: JudgeQuestion; readonly wanted: boolean }[] {
  if (record.label.type !== "tree" || isBlank(answer)) return [];
  const { tree, mode } = record.label;
  return placeLeaves(tree, record.input, mode).flatMap(({ leaf, path, active }) =>
    active && leaf.type === "question"
      ? [{ path, question: { messages: record.messages, answer, question: leaf.text }, wanted: wantsYes(leaf) }]
      : [],
  );
}

/** For evaluateTree; `input` is the record's. `judged` "not-asked": nobody was, and a question's leaf says so and does not hold. */
export function checkOtherLeaves(answer: string, input: string | undefined, judged: JudgedQuestions | "not-asked"): CheckOther {
  return (leaf: OtherLeaf, path: string): LeafCheck => {
    switch (leaf.type) {
      case "math":
        return checkMath(leaf, answer);
      case "question":
        return checkQuestion(leaf, judged === "not-asked" ? judged : judged.get(path));
      case "custom":
        return checkCustomRule(leaf, answer, input);
    }
  };
}

function checkQuestion(leaf: QuestionNode, verdict: JudgeVerdict | "not-asked" | undefined): LeafCheck {
  const expected = describeLeaf(leaf);
  if (verdict === "not-asked") return { passed: false, expected, got: "the judge was not asked", spans: [] };
  if (verdict === undefined) {
    throw new WorkbenchError("invalid-config", "the record asks a question and there is no judge", {
      where: "judge.model",
      expected: "local:<folder> or endpoint:<url>#<model>",
      got: leaf.text,
    });
  }
  const { yes, margin, note } = verdict;
  return {
    passed: yes === wantsYes(leaf),
    expected,
    got: note ?? (yes ? "yes" : "no"),
    spans: [],
    ...(margin === undefined ? {} : { margin }),
  };
}

function wantsYes({ answer }: QuestionNode): boolean {
  return answer !== "no";
}

/** Whether the last box of the answer holds the reference. */
export function checkMath(leaf: Pick<MathNode, "answer">, answer: string): LeafCheck & { readonly boxed: boolean } {
  const boxed = lastBoxed(answer);
  return {
    passed: boxed !== undefined && equalMathAnswers(boxed.text, leaf.answer),
    expected: `\\boxed{${leaf.answer}}`,
    got: boxed === undefined ? "no box" : `\\boxed{${boxed.text}}`,
    spans: boxed === undefined ? [] : [{ start: boxed.start, end: boxed.end }],
    boxed: boxed !== undefined,
  };
}
