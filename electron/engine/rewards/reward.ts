// The reward of one response: format plus accuracy (RAIF, arXiv 2506.01413). Owns the arithmetic and the gate; the checks come from
// ../constraints, the maths from math.ts.

import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import type { Reward, Verdict } from "../../../shared/domain/verdict.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { validateTree } from "../constraints/catalogue.ts";
import { activeVerdicts, evaluateTree } from "../constraints/composition.ts";
import { isBlank } from "../constraints/text.ts";
import { isPlaceholder, parseResponse, type FormatMode, type ParsedResponse } from "./format.ts";
import { equalMathAnswers, lastBoxed } from "./math.ts";

const ALL = 2;
const NOTHING = -2;
const MATH_WRONG = -1.5;

export type AccuracyMode = "boolean" | "scalar";

export interface RewardOptions {
  /** "boolean" (the paper): 2 if all checks hold, -2 if none, else s/n. "scalar": linear from -2 to 2 in s/n. */
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

/** Spans of the verdicts are offsets in the answer; add parseResponse(text).answerStart for the whole text. */
export function scoreResponse(response: ResponseToScore, options: RewardOptions = {}): Reward {
  const parsed = parseResponse(response.text, response.formatMode);
  const gate = findGate(parsed, response.requireThink);
  const score = scoreAnswer(parsed.answer, response.record, options);
  // Maths has no gate in the paper: without a box it is at the minimum anyway.
  const closed = gate !== "ok" && response.record.label.type !== "math";
  const accuracy = closed ? NOTHING : score.accuracy;
  const format = parsed.formatOk && !(options.gatedFormat === true && gate !== "ok") ? 1 : -1;
  return { ...score, total: format + accuracy, format, accuracy, gate: closed ? gate : "ok" };
}

/** Scores a plain answer without tags. A blank answer fails every check, also those that ask for absence. */
export function scoreAnswer(answer: string, record: InstructionRecord, options: RewardOptions = {}): AnswerScore {
  return record.label.type === "math" ? scoreMath(answer, record.label.answer) : scoreTree(answer, record, options);
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
  validateTree(record.label.tree, where);
  // Which checks are active depends on the input alone, so that any answer shows it.
  if (activeVerdicts(evaluateTree(record.label.tree, "", record.input, record.label.mode)).length === 0) {
    throw new WorkbenchError("invalid-record", "no check of the label is active for this input", {
      where,
      expected: "a branch that is taken, or otherwise",
      got: "no active check",
    });
  }
}

function scoreTree(answer: string, record: InstructionRecord, options: RewardOptions): AnswerScore {
  if (record.label.type !== "tree") throw new Error("scoreTree needs a tree label");
  const evaluated = evaluateTree(record.label.tree, answer, record.input, record.label.mode);
  const verdicts = isBlank(answer) ? evaluated.map(failBlank) : evaluated;
  const active = activeVerdicts(verdicts);
  const passed = active.filter((verdict) => verdict.passed).length;
  return {
    accuracy: instructionAccuracy(passed, active.length, options.accuracyMode ?? "boolean"),
    passed,
    checks: active.length,
    verdicts,
  };
}

/** Accuracy for s of n checks. Throws for n = 0: such a record is refused at load. */
export function instructionAccuracy(passed: number, checks: number, mode: AccuracyMode): number {
  if (checks === 0) throw new WorkbenchError("invalid-record", "no check of the label is active", { expected: "at least one", got: "0" });
  if (mode === "scalar") return NOTHING + ((ALL - NOTHING) * passed) / checks;
  if (passed === checks) return ALL;
  return passed === 0 ? NOTHING : passed / checks;
}

function scoreMath(answer: string, reference: string): AnswerScore {
  const boxed = lastBoxed(answer);
  const passed = boxed !== undefined && equalMathAnswers(boxed.text, reference);
  const verdict: Verdict = {
    path: "math",
    ruleId: "math",
    kwargs: { answer: reference },
    state: passed ? "pass" : "fail",
    passed,
    expected: `\\boxed{${reference}}`,
    got: boxed === undefined ? "no box" : `\\boxed{${boxed.text}}`,
    spans: boxed === undefined ? [] : [{ start: boxed.start, end: boxed.end }],
  };
  const accuracy = passed ? ALL : boxed === undefined ? NOTHING : MATH_WRONG;
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
