// The decode loop: splits groups into batches, prefills each prompt once, samples every live row, and lets finished rows leave.
// Rows sample from their own streams, so the schedule never changes a text. Does not own the model's caches or any ONNX.

import { setImmediate as yieldToEvents } from "node:timers/promises";
import { WorkbenchError } from "../../../shared/errors.ts";
import { Random } from "../tensor/random.ts";
import type { DecodeBatch, DrawKeys, LanguageModel, SamplingBatch, StepScores } from "./language-model.ts";
import { planBatches } from "./plan-batches.ts";
import { Sampler } from "./sampler.ts";
import { type DecodeText, StopStringWatcher } from "./stop-strings.ts";
import type { Completion, FinishReason, GenerateSettings, GenerationGroup, GenerationHooks } from "./types.ts";

export interface GenerateHooks extends GenerationHooks {
  /** Text of sampled tokens; needed when there are stop strings. */
  readonly decodeText?: DecodeText;
}

const DEFAULT_MAX_CONCURRENT_ROWS = 64;

/**
 * Samples every row of every group; the result has the shape of `groups`. An abort ends all rows within one token with finish
 * "cancelled" and what they have so far. A row also ends with "length" where the model's context is full.
 * Throws "invalid-argument" (empty prompt, token id out of range, bad settings), "prompt-too-long", "non-finite".
 */
export async function generate(
  model: LanguageModel,
  groups: readonly GenerationGroup[],
  settings: GenerateSettings,
  hooks: GenerateHooks = {},
): Promise<Completion[][]> {
  checkArguments(model, groups, settings, hooks);
  const count = groups.reduce((sum, { seeds }) => sum + seeds.length, 0);
  // Stop strings need the caller's decoder, and a single row has nobody to share the work with.
  if (model.generateRows !== undefined && count > 1 && settings.stopStrings.length === 0)
    return model.generateRows(groups, settings, hooks);
  const rows = groups.map((group, groupIndex) =>
    group.seeds.map((seed, rowIndex) => new Row(groupIndex, rowIndex, group.promptIds, seed, settings, hooks, model.contextLength)),
  );
  const sampler = new Sampler(model.vocabularySize, settings);
  const maxRows = settings.maxConcurrentRows ?? model.preferredRows?.(settings.maxNewTokens) ?? DEFAULT_MAX_CONCURRENT_ROWS;
  for (const batch of planBatches(groups, maxRows)) {
    if (isAborted(hooks)) break;
    const planned = batch.map(({ group, start, end }) => (rows[group] as Row[]).slice(start, end));
    await runBatch(model, planned, sampler, settings, hooks);
  }
  return rows.map((group) => group.map((row) => row.completion()));
}

class Row {
  readonly group: number;
  readonly row: number;
  readonly promptIds: readonly number[];
  readonly random: Random;
  readonly tokenLimit: number;
  finish: FinishReason | undefined;
  private readonly tokenIds: number[] = [];
  private readonly logProbs: number[] = [];
  private readonly stopTokenIds: readonly number[];
  private readonly watcher: StopStringWatcher | undefined;

  constructor(
    group: number,
    row: number,
    promptIds: readonly number[],
    seed: number,
    settings: GenerateSettings,
    hooks: GenerateHooks,
    contextLength: number,
  ) {
    this.group = group;
    this.row = row;
    this.promptIds = promptIds;
    this.random = new Random(seed);
    this.tokenLimit = Math.min(settings.maxNewTokens, contextLength - promptIds.length);
    this.stopTokenIds = settings.stopTokenIds;
    const { decodeText } = hooks;
    this.watcher =
      settings.stopStrings.length > 0 && decodeText !== undefined ? new StopStringWatcher(settings.stopStrings, decodeText) : undefined;
  }

  push(tokenId: number, logProb: number): void {
    this.tokenIds.push(tokenId);
    this.logProbs.push(logProb);
    const stopStringSeen = this.watcher?.push(tokenId) ?? false;
    if (stopStringSeen || this.stopTokenIds.includes(tokenId)) this.finish = "stop";
    else if (this.tokenIds.length >= this.tokenLimit) this.finish = "length";
  }

  completion(): Completion {
    return { tokenIds: this.tokenIds, logProbs: Float32Array.from(this.logProbs), finish: this.finish ?? "cancelled" };
  }
}

/** Rows that share a prefill within one batch. */
type PlannedGroup = readonly Row[];

async function runBatch(
  model: LanguageModel,
  groups: readonly PlannedGroup[],
  sampler: Sampler,
  settings: GenerateSettings,
  hooks: GenerateHooks,
): Promise<void> {
  const prompts = groups.map((group) => ({ promptIds: group[0]?.promptIds ?? [], rows: group.length }));
  const batch = await model.prefill(prompts, settings);
  try {
    const groupOfRow = groups.flatMap((group, index) => group.map(() => index));
    const source = batch.type === "scores" ? drawingHere(batch, groupOfRow, sampler) : drawingThere(batch, settings.temperature > 0);
    await yieldToEvents();
    if (isAborted(hooks)) return;
    const tokenIds = new Int32Array(groupOfRow.length);
    let live = groups.flat();
    let draw = await source.first(live);
    for (;;) {
      await yieldToEvents();
      if (isAborted(hooks)) return;
      live.forEach((row, slot) => {
        tokenIds[slot] = takeToken(row, draw(row, slot), hooks);
      });
      live = dropFinished(live, tokenIds, batch);
      if (live.length === 0) return;
      draw = await source.next(tokenIds.subarray(0, live.length), live);
    }
  } finally {
    batch.dispose();
  }
}

interface DrawnToken {
  readonly tokenId: number;
  readonly logProb: number;
}

type Draw = (row: Row, slot: number) => DrawnToken;

/** Where a batch's tokens come from, whoever draws them. */
interface TokenSource {
  readonly first: (live: readonly Row[]) => Promise<Draw>;
  readonly next: (tokenIds: Int32Array, live: readonly Row[]) => Promise<Draw>;
}

/** The model gives scores; each row draws from them with its own stream. */
function drawingHere(batch: DecodeBatch, groupOfRow: readonly number[], sampler: Sampler): TokenSource {
  const size = sampler.vocabularySize;
  const from = ({ type, data }: StepScores, row: Row, offset: number): DrawnToken => {
    const tokenId = type === "logits" ? sampler.sample(data, offset, row.random) : sampler.sampleProbabilities(data, offset, row.random);
    return { tokenId, logProb: sampler.logProb };
  };
  const prompts: StepScores = { type: "logits", data: batch.promptLogits };
  return {
    first: () => Promise.resolve((row, slot) => from(prompts, row, (groupOfRow[slot] as number) * size)),
    next: async (tokenIds) => {
      const scores = await batch.step(tokenIds);
      return (row, slot) => from(scores, row, slot * size);
    },
  };
}

/** The model draws; each row's stream gives the keys of its draws. */
function drawingThere(batch: SamplingBatch, random: boolean): TokenSource {
  const keysOf = (live: readonly Row[]): DrawKeys => {
    const keys = new Int32Array(2 * live.length);
    if (random) live.forEach((row, slot) => keys.set([row.random.uint32() | 0, row.random.uint32() | 0], 2 * slot));
    return keys;
  };
  const drawn = ({ tokenIds, logProbs }: { readonly tokenIds: Int32Array; readonly logProbs: Float32Array }): Draw => {
    const bad = logProbs.find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw new WorkbenchError("non-finite", "logits cannot be sampled from", { got: `log-probability ${bad}` });
    return (_row, slot) => ({ tokenId: tokenIds[slot] as number, logProb: logProbs[slot] as number });
  };
  return {
    first: async (live) => drawn(await batch.first(keysOf(live))),
    next: async (tokenIds, live) => drawn(await batch.step(tokenIds, keysOf(live))),
  };
}

/** A function, because the signal changes between awaits and the type checker would remember the first look. */
function isAborted(hooks: GenerateHooks): boolean {
  return hooks.signal?.aborted ?? false;
}

function takeToken(row: Row, { tokenId, logProb }: DrawnToken, hooks: GenerateHooks): number {
  row.push(tokenId, logProb);
  hooks.onToken?.({ group: row.group, row: row.row, tokenId, logProb });
  return tokenId;
}

/** Fills the place of each finished row with the last live one, because moving a row moves its whole cache. */
function dropFinished(live: Row[], tokenIds: Int32Array, batch: Pick<DecodeBatch, "keepRows">): Row[] {
  const order = live.map((_, slot) => slot);
  let count = live.length;
  for (let slot = 0; slot < count;) {
    if (live[order[slot] as number]?.finish === undefined) slot++;
    else order[slot] = order[--count] as number;
  }
  if (count === live.length) return live;
  order.length = count;
  if (count > 0) batch.keepRows(order);
  order.forEach((from, slot) => {
    tokenIds[slot] = tokenIds[from] as number;
  });
  return order.map((from) => live[from] as Row);
}

function checkArguments(model: LanguageModel, groups: readonly GenerationGroup[], settings: GenerateSettings, hooks: GenerateHooks): void {
  const { maxNewTokens, maxConcurrentRows = DEFAULT_MAX_CONCURRENT_ROWS } = settings;
  for (const [name, value] of Object.entries({ maxNewTokens, maxConcurrentRows })) {
    if (!Number.isInteger(value) || value < 1)
      throw new WorkbenchError("invalid-argument", `bad ${name}`, { expected: "an integer >= 1", got: String(value) });
  }
  if (settings.stopStrings.length > 0 && hooks.decodeText === undefined)
    throw new Error("stop strings need hooks.decodeText to see the text");
  if (settings.stopStrings.includes(""))
    throw new WorkbenchError("invalid-argument", "a stop string is empty", { expected: "at least one character" });
  groups.forEach(({ promptIds }, index) => {
    const where = `prompt ${index}`;
    if (promptIds.length === 0) throw new WorkbenchError("invalid-argument", "the prompt has no tokens", { where });
    if (promptIds.length >= model.contextLength)
      throw new WorkbenchError("prompt-too-long", "the prompt leaves no room to answer", {
        where,
        expected: `fewer than ${model.contextLength} tokens`,
        got: `${promptIds.length} tokens`,
      });
    const bad = promptIds.find((id) => !Number.isInteger(id) || id < 0 || id >= model.vocabularySize);
    if (bad !== undefined)
      throw new WorkbenchError("invalid-argument", "token id outside the vocabulary", {
        where,
        expected: `0 to ${model.vocabularySize - 1}`,
        got: String(bad),
      });
  });
}
