// Runs a model over records with one method and judges every response. Owns the order of work and the seeds; loading models and
// storing results belong to the services, the numbers to evaluation-summary.ts.

import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import { isWorkbenchError, WorkbenchError } from "../../../shared/errors.ts";
import { generate } from "../decoding/generate.ts";
import type { LanguageModel } from "../decoding/language-model.ts";
import type { Completion, FinishReason } from "../decoding/types.ts";
import type { AskJudge } from "../rewards/leaf-checks.ts";
import { buildPrompt, type Prompt } from "../rollout/prompt.ts";
import { mixSeed } from "../tensor/random.ts";
import type { ChatTemplate } from "../tokenizer/chat-template.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { compositionOf, type Composition } from "./evaluation-summary.ts";
import { judgeTurns, METHODS, type EvaluationMethod, type Judgement } from "./methods.ts";

export interface EvaluationSettings {
  readonly method: EvaluationMethod;
  readonly seed: number;
  /** 0 = greedy, as in the paper. */
  readonly temperature: number;
  /** Longest response; the model's context may end it earlier. */
  readonly maxNewTokens: number;
}

export interface EvaluatedModel {
  readonly languageModel: LanguageModel;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  /** End-of-turn tokens. */
  readonly stopTokenIds: readonly number[];
}

export interface EvaluatedItem {
  /** Index in the records given. */
  readonly position: number;
  readonly recordId: string;
  readonly composition: Composition;
  readonly seed: number;
  readonly promptIds: readonly number[];
  /** Sampled tokens, the stop token included. */
  readonly tokenIds: readonly number[];
  readonly logProbs: Float32Array;
  readonly finish: FinishReason;
  /** The assistant turn: pre-fill and sampled text. */
  readonly text: string;
  readonly judgement: Judgement;
}

export interface LeftOutRecord {
  readonly recordId: string;
  readonly reason: string;
}

export interface EvaluationHooks {
  readonly signal?: AbortSignal;
  /** Needed where a record asks questions. */
  readonly askJudge?: AskJudge;
  /** After each batch, with its items; they come in order of prompt length, not of position. */
  readonly onItems?: (items: readonly EvaluatedItem[], done: number, total: number) => void;
}

export interface EvaluationResult {
  /** By position. */
  readonly items: readonly EvaluatedItem[];
  /** Records whose prompt fills the context; never cut, not judged. */
  readonly leftOut: readonly LeftOutRecord[];
}

/** Records decoded together; a batch lasts as long as its longest response. */
const BATCH_RECORDS = 64;

/** Throws "cancelled", "prompt-too-long" when no record fits, and what generation throws. */
export async function evaluateRecords(
  model: EvaluatedModel,
  records: readonly InstructionRecord[],
  settings: EvaluationSettings,
  hooks: EvaluationHooks = {},
): Promise<EvaluationResult> {
  const { questions, leftOut } = askable(model, records, settings.method);
  if (questions.length === 0) {
    throw new WorkbenchError("prompt-too-long", "no record fits the model's context", {
      expected: `fewer than ${model.languageModel.contextLength} tokens`,
      got: leftOut[0]?.reason ?? "no record",
    });
  }
  const byLength = questions.toSorted((a, b) => b.prompt.ids.length - a.prompt.ids.length || a.position - b.position);
  const items: EvaluatedItem[] = [];
  for (let start = 0; start < byLength.length; start += BATCH_RECORDS) {
    const batch = await answer(model, byLength.slice(start, start + BATCH_RECORDS), settings, hooks);
    items.push(...batch);
    hooks.onItems?.(batch, items.length, questions.length);
  }
  return { items: items.sort((a, b) => a.position - b.position), leftOut };
}

interface Question {
  readonly position: number;
  readonly record: InstructionRecord;
  readonly prompt: Prompt;
}

function askable(
  { languageModel, tokenizer, template }: EvaluatedModel,
  records: readonly InstructionRecord[],
  method: EvaluationMethod,
): { readonly questions: readonly Question[]; readonly leftOut: readonly LeftOutRecord[] } {
  const questions: Question[] = [];
  const leftOut: LeftOutRecord[] = [];
  const options = { maxPromptTokens: languageModel.contextLength - 1 };
  for (const [position, record] of records.entries()) {
    try {
      questions.push({ position, record, prompt: buildPrompt(record, tokenizer, template, METHODS[method].promptMode, options) });
    } catch (error) {
      if (!isWorkbenchError(error, "prompt-too-long")) throw error;
      leftOut.push({ recordId: record.id, reason: error.message });
    }
  }
  return { questions, leftOut };
}

async function answer(
  model: EvaluatedModel,
  questions: readonly Question[],
  { method, seed, temperature, maxNewTokens }: EvaluationSettings,
  { signal, askJudge }: EvaluationHooks,
): Promise<EvaluatedItem[]> {
  const seeds = questions.map(({ record }) => mixSeed(seed, "evaluation", record.id));
  const completions = await generate(
    model.languageModel,
    questions.map(({ prompt }, index) => ({ promptIds: prompt.ids, seeds: [seeds[index] as number] })),
    { temperature, topK: 0, topP: 1, maxNewTokens, stopTokenIds: model.stopTokenIds, stopStrings: [], maxConcurrentRows: BATCH_RECORDS },
    signal === undefined ? {} : { signal },
  );
  if (signal?.aborted === true) throw new WorkbenchError("cancelled", "the evaluation was cancelled");
  const texts = questions.map(({ prompt }, index) => prompt.prefill + sampledText(model, completions[index]?.[0]?.tokenIds ?? []));
  const turns = questions.map(({ record }, index) => ({ record, turn: texts[index] as string }));
  const judgements = await judgeTurns(method, turns, askJudge);
  return questions.map(({ position, record, prompt }, index) => {
    const completion = completions[index]?.[0] as Completion;
    return {
      ...completion,
      position,
      recordId: record.id,
      composition: compositionOf(record),
      seed: seeds[index] as number,
      promptIds: prompt.ids,
      text: texts[index] as string,
      judgement: judgements[index] as Judgement,
    };
  });
}

/** Tags may be tokens of their own that a file marks special, so nothing but the end is left out. */
function sampledText({ tokenizer, stopTokenIds }: EvaluatedModel, tokenIds: readonly number[]): string {
  const ended = stopTokenIds.includes(tokenIds.at(-1) ?? -1);
  return tokenizer.decode(ended ? tokenIds.slice(0, -1) : tokenIds);
}
