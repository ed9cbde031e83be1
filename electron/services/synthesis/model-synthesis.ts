// Synthesis by a model (RAIF, arXiv 2506.01413, section on data): seeds balanced over their kinds, a sample a planned shape, several at
// a time, until enough are accepted. What the model answered is remembered in the workspace, so that going on after a crash repeats
// the way without asking again. Which samples are accepted depends on the settings and the answers alone, not on who was faster.

import { z } from "zod";
import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import type { MixPart, RejectedSample, SynthesisOutcome, SynthesisShape } from "../../../shared/domain/synthesis.ts";
import { isWorkbenchError, WorkbenchError } from "../../../shared/errors.ts";
import { comparableText } from "../../engine/data-quality/text-tokens.ts";
import { DEFAULT_LENGTH_LIMITS } from "../../engine/synthesis/filters.ts";
import { planShapes } from "../../engine/synthesis/mix.ts";
import { balancedSeeds, type Seed } from "../../engine/synthesis/seeds.ts";
import { mixSeed, Random } from "../../engine/tensor/random.ts";
import type { RememberedModel } from "../endpoint/remembered-model.ts";
import { askForJson } from "./json-reply.ts";
import { fillPrompt, type SynthesisPrompts } from "./prompts.ts";
import { makeSample, type SampleDraft, type SampleSettings } from "./sample-stages.ts";
import { Rejection, StageLedger } from "./stage-ledger.ts";

export interface ModelSynthesisRequest {
  /** Records wanted. */
  readonly count: number;
  /** Samples to start at most. */
  readonly maxSamples?: number | undefined;
  readonly mix: readonly MixPart[];
  readonly seed: number;
  readonly seeds: readonly Seed[];
  readonly prompts: SynthesisPrompts;
  /** Samples at the same time. */
  readonly concurrency?: number | undefined;
  readonly answerTries?: number | undefined;
  readonly maxAnswerTokens?: number | undefined;
  readonly questions?: number | undefined;
  /** Their prompts do not come again. */
  readonly avoid?: readonly InstructionRecord[] | undefined;
}

export interface ModelSynthesisHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (accepted: number, wanted: number, started: number) => void;
  /** After each sample, in no particular order. */
  readonly onSample?: (sample: { readonly index: number; readonly record: InstructionRecord } | RejectedSample) => void;
}

/** In the paper under a tenth survives. */
const MAX_SAMPLES_A_RECORD = 12;
const DEFAULT_CONCURRENCY = 4;
const SHOWN_INDEX_DIGITS = 5;

const tagsSchema = z.object({ ability: z.string().trim().min(1).max(40), topic: z.string().trim().min(1).max(40) });

/**
 * Throws "invalid-argument" for maths in the mix, "cancelled", "network-failed", "unauthorised". A spent budget ends it with what there
 * is and says so in `shortfall`.
 */
export async function synthesizeWithModel(
  request: ModelSynthesisRequest,
  model: RememberedModel,
  hooks: ModelSynthesisHooks = {},
): Promise<SynthesisOutcome> {
  const samples = new Samples(request, new StageLedger(model, hooks.signal), hooks);
  return samples.run();
}

class Samples {
  private readonly request: ModelSynthesisRequest;
  private readonly ledger: StageLedger;
  private readonly hooks: ModelSynthesisHooks;
  private readonly settings: SampleSettings;
  private readonly accepted = new Map<number, InstructionRecord>();
  /** Of what is accepted: an instruction that comes twice counts once. */
  private readonly texts = new Set<string>();
  private readonly rejected: RejectedSample[] = [];
  private readonly maxSamples: number;
  private readonly avoided: ReadonlySet<string>;
  private budgetSpent: string | undefined;

  constructor(request: ModelSynthesisRequest, ledger: StageLedger, hooks: ModelSynthesisHooks) {
    this.request = request;
    this.ledger = ledger;
    this.hooks = hooks;
    this.maxSamples = request.maxSamples ?? request.count * MAX_SAMPLES_A_RECORD;
    this.avoided = new Set(request.avoid?.map(promptText));
    this.settings = {
      seed: request.seed,
      prompts: request.prompts,
      questions: request.questions ?? 0,
      answerTries: request.answerTries ?? 2,
      maxAnswerTokens: request.maxAnswerTokens ?? 4096,
      lengthLimits: DEFAULT_LENGTH_LIMITS,
    };
  }

  async run(): Promise<SynthesisOutcome> {
    const { mix, seed, count } = this.request;
    if (mix.some(({ shape }) => shape === "maths")) {
      throw new WorkbenchError("invalid-argument", "maths is made from templates only", {
        where: "mix",
        hint: "Leave maths out, or use templates.",
      });
    }
    const shapes = planShapes(mix, this.maxSamples, new Random(mixSeed("synthesis-shapes", seed)));
    const seeds = balancedSeeds(await this.taggedSeeds(), this.maxSamples, new Random(mixSeed("synthesis-seeds", seed)));
    const running = new Map<number, Promise<void>>();
    let started = 0;
    const limit = this.request.concurrency ?? DEFAULT_CONCURRENCY;
    // Never more on their way than could all be needed: then the samples that are started are the same whoever answers first.
    const mayStart = (): boolean =>
      this.budgetSpent === undefined && started < this.maxSamples && running.size < Math.min(limit, count - this.texts.size);
    try {
      for (;;) {
        while (mayStart()) {
          const index = started++;
          const { shape, constraints } = shapes[index]!;
          running.set(
            index,
            this.sample(index, seeds[index]!, shape, constraints).finally(() => running.delete(index)),
          );
        }
        if (running.size === 0) break;
        await Promise.race(running.values());
        this.hooks.onProgress?.(this.texts.size, count, started);
      }
    } finally {
      await Promise.allSettled(running.values());
    }
    return this.outcome(started);
  }

  private async sample(index: number, seed: Seed, shape: SynthesisShape, constraints: number | undefined): Promise<void> {
    const draft: SampleDraft = { seed: seed.text };
    const id = `synthesis-${this.request.seed}-${String(index + 1).padStart(SHOWN_INDEX_DIGITS, "0")}`;
    try {
      const record = await makeSample(
        { index, id, seed, shape: shape as Exclude<SynthesisShape, "maths">, constraints },
        this.settings,
        this.ledger,
        draft,
      );
      if (this.avoided.has(promptText(record))) throw new Rejection("filters", "the instruction is there already");
      this.accepted.set(index, record);
      this.texts.add(promptText(record));
      this.hooks.onSample?.({ index, record });
    } catch (error) {
      if (isWorkbenchError(error, "budget-spent")) this.budgetSpent ??= error.message;
      else if (error instanceof Rejection) {
        const { stage, message: reason, lastReply } = error;
        this.reject({ index, stage, reason, sample: { ...draft, ...(lastReply === undefined ? {} : { lastReply }) } });
      } else throw error;
    }
  }

  private reject(sample: RejectedSample): void {
    this.rejected.push(sample);
    this.hooks.onSample?.(sample);
  }

  /** Seeds of unknown kind are tagged by the model, as many as could be needed; one that cannot be read stays a kind of its own. */
  private async taggedSeeds(): Promise<Seed[]> {
    const { seeds, seed } = this.request;
    const pool =
      seeds.length <= this.maxSamples ? seeds : new Random(mixSeed("synthesis-pool", seed)).shuffle(seeds).slice(0, this.maxSamples);
    return Promise.all(pool.map(async (each) => (each.ability !== "" && each.topic !== "" ? each : await this.tagged(each))));
  }

  private async tagged(seed: Seed): Promise<Seed> {
    const prompt = fillPrompt(this.request.prompts, "tags", { seed: seed.text });
    try {
      const tags = await this.ledger.run("tags", (model) =>
        askForJson(model, prompt, tagsSchema, mixSeed("tags", this.request.seed) >>> 1),
      );
      return { ...seed, ...tags };
    } catch (error) {
      if (error instanceof Rejection) return { ...seed, ability: "other", topic: "other" };
      throw error;
    }
  }

  private outcome(started: number): SynthesisOutcome {
    const records: InstructionRecord[] = [];
    const texts = new Set<string>();
    for (const [index, record] of [...this.accepted].sort(([a], [b]) => a - b)) {
      const text = promptText(record);
      if (texts.has(text)) this.reject({ index, stage: "filters", reason: "the instruction was made before", sample: { ...record } });
      else records.push(record);
      texts.add(text);
    }
    const missing = this.request.count - records.length;
    const why = this.budgetSpent ?? `of ${started} samples no more were good enough`;
    return {
      records,
      rejected: [...this.rejected].sort((a, b) => a.index - b.index),
      stages: this.ledger.stages(),
      promptsHash: this.request.prompts.hash,
      shortfall: missing <= 0 ? null : `${missing} of ${this.request.count} records are missing: ${why}`,
    };
  }
}

function promptText({ messages }: InstructionRecord): string {
  return comparableText(messages.map(({ content }) => content).join("\n"));
}
