// How a model is asked in an evaluation, and where its answer stands in what it says: plain (I/O), with reasoning (CoT), with the
// reasoning forced empty. Owns which part of a response is judged; the checks themselves live in ../rewards.

import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import type { Verdict } from "../../../shared/domain/verdict.ts";
import { parseResponse } from "../rewards/format.ts";
import type { AskJudge } from "../rewards/leaf-checks.ts";
import { scoreAnswers } from "../rewards/score-responses.ts";
import type { PromptMode } from "../rollout/prompt.ts";

export const METHODS = {
  /** The conversation as it is; everything the model says is the answer. */
  io: { promptMode: "plain", description: "plain request, the whole output is the answer" },
  /** The thinking instruction and an opened think block; the answer is read from the tags. */
  cot: { promptMode: "think", description: "reason first, the answer is read from its tags" },
  /** The same request as `cot` with a think block that is already closed and empty. */
  "no-think": { promptMode: "empty", description: "the same with the reasoning forced empty" },
} as const satisfies Record<string, { promptMode: PromptMode; description: string }>;

export type EvaluationMethod = keyof typeof METHODS;

export const METHOD_NAMES = Object.keys(METHODS) as readonly EvaluationMethod[];

export interface Judgement {
  readonly think: string | undefined;
  /** What was judged. */
  readonly answer: string;
  /** Each tag once and in order; true for `io`, which asks for no tags. */
  readonly formatOk: boolean;
  /** ok, or why a training reward would be at its minimum; for the record only. */
  readonly gate: "ok" | "bad-format" | "empty-answer";
  readonly passed: number;
  readonly checks: number;
  /** All active checks hold. */
  readonly correct: boolean;
  readonly verdicts: readonly Verdict[];
}

/** One assistant turn: pre-fill and sampled text, end token removed. */
export interface TurnToJudge {
  readonly record: InstructionRecord;
  readonly turn: string;
}

/**
 * Judges assistant turns, in their order. A broken format alone is no failure here: the most likely answer is judged, and only where
 * none can be read do all checks fail. Throws what the judge throws, and "invalid-config" where there is a question and no judge.
 */
export async function judgeTurns(method: EvaluationMethod, turns: readonly TurnToJudge[], askJudge?: AskJudge): Promise<Judgement[]> {
  const parsed = turns.map(({ turn }) =>
    method === "io" ? { think: undefined, answer: turn.trim(), formatOk: true } : parseResponse(turn),
  );
  const answers = turns.map(({ record }, index) => ({ record, answer: parsed[index]?.answer ?? "" }));
  const scores = await scoreAnswers(answers, {}, askJudge);
  return scores.map(({ passed, checks, verdicts }, index): Judgement => {
    const { think, answer, formatOk } = parsed[index] as (typeof parsed)[number];
    const gate = !formatOk ? "bad-format" : answer === "" ? "empty-answer" : "ok";
    return { think, answer, formatOk, gate, passed, checks, correct: passed === checks, verdicts };
  });
}
