// The reward of one response: format plus accuracy (RAIF, arXiv 2506.01413). Owns the sum and the gate; the checks come from
// ../constraints and leaf-checks.ts, the arithmetic of accuracy is accuracy.ts. Questions are answered before (score-responses.ts).

import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import type { Reward, Verdict } from "../../../shared/domain/verdict.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { validateTree } from "../constraints/catalogue.ts";
import { activeVerdicts, evaluateTree, placeLeaves } from "../constraints/composition.ts";
import { isBlank } from "../constraints/text.ts";
import { leafWeights } from "../constraints/tree-shape.ts";
import { accuracyModeOf, ALL, NOTHING, scoreVerdicts, sharesOfMinimum, type AccuracyMode } from "./accuracy.ts";
import { isPlaceholder, parseResponse, type FormatMode, type ParsedResponse } from "./format.ts";
import { checkMath, checkOtherLeaves, type JudgedQuestions } from "./leaf-checks.ts";

const MATH_WRONG = -1.5;

export interface RewardOptions {
  /** Where the label does not say; default "boolean". */
  readonly accuracyMode?: AccuracyMode;
  /** True: the format point is paid only if the whole gate is passed, so that a well-formed but empty response gets -1 for format. */
  readonly gatedFormat?: boolean;
}

export interface ResponseToScore {
  /** The assistant turn: pre-fill and generated text, template tokens removed. */
  readonly text: string;
  readonly record: InstructionRecord;
  /** False for rows whose think block is forced empty: the gate then ignores the reasoning. */
  readonly requireThink: boolean;
  readonly formatMode?: FormatMode;
}

export interface AnswerScore {
  /** Before any gate. Instructions: -2, 2 or s/n. Maths: 2, -1.5 or -2. */
  readonly accuracy: number;
  readonly passed: number;
  readonly checks: number;
  readonly verdicts: readonly Verdict[];
}

const NO_QUESTIONS: JudgedQuestions = new Map();

/**
 * Spans of the verdicts are offsets in the answer; add parseResponse(text).answerStart for the whole text. `judged` answers the
 * questions of an open answer (openAnswer); throws WorkbenchError("invalid-config") for one that is not among them.
 */
export function scoreResponse(response: ResponseToScore, options: RewardOptions = {}, judged: JudgedQuestions = NO_QUESTIONS): Reward {
  const { record } = response;
  const parsed = parseResponse(response.text, response.formatMode);
  const gate = findGate(parsed, response.requireThink);
  // Maths has no gate in the paper: without a box it is at the minimum anyway.
  const closed = gate !== "ok" && record.label.type !== "math";
  const score = scoreAnswer(parsed.answer, record, options, closed ? "not-asked" : judged);
  const format = parsed.formatOk && !(options.gatedFormat === true && gate !== "ok") ? 1 : -1;
  if (!closed || record.label.type !== "tree") return { ...score, total: format + score.accuracy, format, gate: "ok" };
  const mode = accuracyModeOf(record.label.reward, options.accuracyMode ?? "boolean");
  const verdicts = sharesOfMinimum(score.verdicts, leafWeights(record.label.tree), mode);
  return { ...score, verdicts, total: format + NOTHING, format, accuracy: NOTHING, gate };
}

/** The answer inside a response and whether its checks decide about the reward: only then is a judge asked. */
export function openAnswer({ text, record, requireThink, formatMode }: ResponseToScore): {
  readonly answer: string;
  readonly open: boolean;
} {
  const parsed = parseResponse(text, formatMode);
  return { answer: parsed.answer, open: record.label.type === "tree" && findGate(parsed, requireThink) === "ok" };
}

/**
 * Scores a plain answer without tags. A blank answer fails every check, also those that ask for absence. `judged` "not-asked": nobody
 * was, and questions do not hold.
 */
export function scoreAnswer(
  answer: string,
  record: InstructionRecord,
  options: RewardOptions = {},
  judged: JudgedQuestions | "not-asked" = NO_QUESTIONS,
): AnswerScore {
  return record.label.type === "math" ? scoreMath(answer, record.label.answer) : scoreTree(answer, record, options, judged);
}

/**
 * Load-time check of a record's label beyond its schema. Throws WorkbenchError("unknown-rule" | "invalid-rule-arguments" |
 * "invalid-record"), the latter if a Selection has no input text or no check is active.
 */
export function validateRecord(record: InstructionRecord, where: string): void {
  if (record.label.type === "math") {
    if (isBlank(record.label.answer)) throw new WorkbenchError("invalid-record", "the maths answer is blank", { where });
    return;
  }
  validateTree(record.label.tree, where, record.label.mode);
  if (!placeLeaves(record.label.tree, record.input, record.label.mode).some(({ active }) => active)) {
    throw new WorkbenchError("invalid-record", "no check of the label is active for this input", {
      where,
      expected: "a branch that is taken, or otherwise",
      got: "no active check",
    });
  }
}

function scoreTree(answer: string, record: InstructionRecord, options: RewardOptions, judged: JudgedQuestions | "not-asked"): AnswerScore {
  if (record.label.type !== "tree") throw new Error("scoreTree needs a tree label");
  const { tree, mode, reward } = record.label;
  const blank = isBlank(answer);
  const evaluated = evaluateTree(tree, answer, record.input, mode, checkOtherLeaves(answer, record.input, blank ? "not-asked" : judged));
  const accuracyMode = accuracyModeOf(reward, options.accuracyMode ?? "boolean");
  const { accuracy, verdicts } = scoreVerdicts(blank ? evaluated.map(failBlank) : evaluated, leafWeights(tree), accuracyMode);
  const active = activeVerdicts(verdicts);
  return { accuracy, passed: active.filter((verdict) => verdict.passed).length, checks: active.length, verdicts };
}

function scoreMath(answer: string, reference: string): AnswerScore {
  const { passed, boxed, ...checked } = checkMath({ answer: reference }, answer);
  const accuracy = passed ? ALL : boxed ? MATH_WRONG : NOTHING;
  const identity = { path: "math", ruleId: "math", kwargs: { answer: reference } };
  const verdict: Verdict = { ...identity, state: passed ? "pass" : "fail", passed, ...checked, share: accuracy };
  return { accuracy, passed: passed ? 1 : 0, checks: 1, verdicts: [verdict] };
}

function failBlank(verdict: Verdict): Verdict {
  return verdict.state === "pass" ? { ...verdict, state: "fail", passed: false, got: "an empty answer", spans: [] } : verdict;
}

function findGate(parsed: ParsedResponse, requireThink: boolean): Reward["gate"] {
  if (!parsed.formatOk) return "bad-format";
  if (parsed.answer === "") return "empty-answer";
  return requireThink && isPlaceholder(parsed.think) ? "empty-think" : "ok";
}
