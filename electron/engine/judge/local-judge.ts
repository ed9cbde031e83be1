// A local model as judge: nothing is generated, "yes" and "no" are scored as continuations of the request in the model's own chat
// template with its own tokenizer (RAIF, arXiv 2506.01413, judge rewards). The request is never cut at its end.

import { WorkbenchError } from "../../../shared/errors.ts";
import type { DecodeBatch, ScoringLanguageModel } from "../decoding/language-model.ts";
import type { JudgeQuestion, JudgeVerdict } from "../rewards/leaf-checks.ts";
import type { ChatTemplate } from "../tokenizer/chat-template.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Judge } from "./judge.ts";
import { judgePrompt } from "./judge-prompt.ts";

export interface JudgeModel {
  readonly languageModel: ScoringLanguageModel;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  /** SHA-256 of weights, tokenizer and template. */
  readonly hash: string;
}

const BATCH_QUESTIONS = 32;
/** Padded tokens of a batch, which bounds the memory of its cache. */
const BATCH_TOKENS = 16_384;
/** Each try keeps this much of the try before. */
const SHORTEN_BY = 0.7;
const SMALLEST_SHARE = 0.01;

/** verdict true iff log p(yes | request) > log p(no | request), summed over the word's tokens; margin is their difference. */
export class LocalJudge implements Judge {
  readonly identity: string;
  /** The model computes one batch at a time. */
  readonly concurrency = 1;
  private readonly model: JudgeModel;
  private readonly close: () => Promise<void>;
  private readonly words: { readonly yes: readonly number[]; readonly no: readonly number[] };

  /** `close` is called once, by dispose. */
  constructor(model: JudgeModel, close: () => Promise<void> = () => Promise.resolve()) {
    this.model = model;
    this.close = close;
    this.identity = `local ${model.hash}`;
    const encode = (word: string): number[] => model.tokenizer.encode(word, { addSpecialTokens: false });
    this.words = { yes: encode("yes"), no: encode("no") };
  }

  /** Requests of like length together, the longest first. */
  plan(questions: readonly JudgeQuestion[]): readonly (readonly number[])[] {
    const lengths = questions.map((question) => this.request(question).ids.length);
    const order = lengths.map((_, index) => index).sort((a, b) => (lengths[b] as number) - (lengths[a] as number) || a - b);
    const batches: number[][] = [];
    for (const index of order) {
      const batch = batches.at(-1);
      const longest = lengths[batch?.[0] ?? index] as number;
      const fits = batch !== undefined && batch.length < BATCH_QUESTIONS && (batch.length + 1) * longest <= BATCH_TOKENS;
      if (fits) batch.push(index);
      else batches.push([index]);
    }
    return batches;
  }

  async ask(questions: readonly JudgeQuestion[], signal?: AbortSignal): Promise<readonly JudgeVerdict[]> {
    if (signal?.aborted === true) throw new WorkbenchError("cancelled", "judging was cancelled");
    const requests = questions.map((question) => this.request(question));
    const scores = await this.score(requests.map(({ ids }) => ids));
    return scores.map(({ yes, no }, index): JudgeVerdict => {
      const margin = yes - no;
      if (!Number.isFinite(margin)) throw new WorkbenchError("non-finite", "the judge's scores are not finite", { got: `${yes}, ${no}` });
      const said = margin > 0 ? "yes" : "no";
      return { yes: margin > 0, margin, ...(requests[index]?.cut === true ? { note: `${said}, for a shortened text` } : {}) };
    });
  }

  dispose(): Promise<void> {
    return this.close();
  }

  /** Token ids of a request that leaves room for the longer word; long texts lose their middle where they have to. */
  private request(question: JudgeQuestion): { readonly ids: readonly number[]; readonly cut: boolean } {
    const { tokenizer, template, languageModel } = this.model;
    const room = languageModel.contextLength - Math.max(this.words.yes.length, this.words.no.length);
    for (let share = 1; share >= SMALLEST_SHARE; share *= SHORTEN_BY) {
      const header = template.render([{ role: "user", content: judgePrompt(question, share) }], { addGenerationPrompt: true });
      // Templates of reasoning models open a think block; the word comes after it.
      const text = /<think>\s*$/.test(header) ? `${header}\n</think>\n\n` : header;
      const ids = tokenizer.encode(text, { addSpecialTokens: false });
      if (ids.length <= room) return { ids, cut: share < 1 };
    }
    throw new WorkbenchError("prompt-too-long", "the question does not fit the judge's context, even with everything else left out", {
      expected: `at most ${room} tokens`,
      got: question.question.slice(0, 80),
    });
  }

  /** Sums of log-probabilities of both words after each prompt. */
  private async score(prompts: readonly (readonly number[])[]): Promise<{ readonly yes: number; readonly no: number }[]> {
    const { yes, no } = this.words;
    const steps = Math.max(yes.length, no.length) - 1;
    const settings = { maxNewTokens: Math.max(1, steps), temperature: 0 };
    const batch = await this.model.languageModel.prefill(
      prompts.map((promptIds) => ({ promptIds, rows: steps === 0 ? 1 : 2 })),
      settings,
    );
    try {
      const sums = prompts.map((_, prompt) => {
        const row = rowOf(batch.promptLogits, prompt, this.model.languageModel.vocabularySize);
        return { yes: logProbability(row, yes[0]), no: logProbability(row, no[0]) };
      });
      await this.addFurtherTokens(batch, sums, steps);
      return sums;
    } finally {
      batch.dispose();
    }
  }

  /** Rows 2i and 2i + 1 say yes and no to prompt i, a token a step. */
  private async addFurtherTokens(batch: DecodeBatch, sums: { yes: number; no: number }[], steps: number): Promise<void> {
    const words = ["yes", "no"] as const;
    for (let step = 0; step < steps; step++) {
      const fed = sums.flatMap(() => words.map((word) => this.words[word][step] ?? 0));
      const { type, data } = await batch.step(Int32Array.from(fed));
      sums.forEach((sum, prompt) =>
        words.forEach((word, side) => {
          const next = this.words[word][step + 1];
          if (next === undefined) return;
          const row = rowOf(data, 2 * prompt + side, this.model.languageModel.vocabularySize);
          sum[word] += type === "logits" ? logProbability(row, next) : Math.log(row[next] as number);
        }),
      );
    }
  }
}

function rowOf(data: Float32Array, row: number, vocabulary: number): Float32Array {
  return data.subarray(row * vocabulary, (row + 1) * vocabulary);
}

/** Of one token under softmax(logits). */
function logProbability(logits: Float32Array, token: number | undefined): number {
  if (token === undefined) throw new WorkbenchError("invalid-tokenizer", 'the judge has no token for "yes" or "no"');
  let largest = -Infinity;
  for (const logit of logits) largest = Math.max(largest, logit);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  return (logits[token] as number) - largest - Math.log(sum);
}
