// The language model on ONNX Runtime CPU: a prefill session whose weights are inputs, built once, and a decode session whose
// weights are constants, rebuilt when they change because pre-packed constants are about twice as fast at a few dozen rows. On one thread
// that decode session is cut at each attention (layer-decode-batch.ts).

import { isQuantised, type ModelWeights } from "../model/block-quantisation.ts";
import type { DecoderConfig } from "../model/config.ts";
import type { Adapter } from "../model/peft-adapter.ts";
import { weightFeeds as feedsOf } from "../model/quantised-linear.ts";
import { serializeGraph } from "../onnx/serialize.ts";
import { OnnxSession, threadCount, type SessionOptions } from "../onnx/session.ts";
import { float32, int32, int64, type HostTensor } from "../tensor/tensor.ts";
import { adapterAdditions, type GenerationAdditions } from "./adapter-additions.ts";
import { AttentionCache, attendsTo, type AttentionCacheSize, type MemoryPool } from "./attention-cache.ts";
import { buildDecodeGraph, type DecodeGraph } from "./decode-graph.ts";
import { decoderWeights, type DecoderWeights } from "./decoder-weights.ts";
import { rotaryPositions, rotarySlots, type BlockArithmetic, type WeightPlacement } from "./generation-graph.ts";
import type { DecodeBatch, LanguageModel, PrefillGroup, PrefillSettings, StepScores } from "./language-model.ts";
import { LayerDecodeBatch, LayerSessions } from "./layer-decode-batch.ts";
import { buildPrefillGraph, type PrefillGraph } from "./prefill-graph.ts";
import { PromptCache, type PromptLayer } from "./prompt-cache.ts";
import { RotaryTables } from "./rotary-tables.ts";
import { RowCache, type BufferPool } from "./row-cache.ts";

/** Additive mask of what a row must not see; exp of it is 0 in float32. */
const HIDDEN = -1e9;
/** Padded prompt tokens one prefill run takes, which bounds the memory of its activations. */
const PREFILL_TOKENS = 4096;

/**
 * Rows share every weight that is read, so many are decoded together, but each step also reads every row's whole cache, and a cache
 * that falls out of the processor's costs more than the sharing gains. Measured on a 2-core Xeon: beyond about 100 MB, 32 rows are
 * faster than 64.
 */
const MOST_ROWS = 64;
const FEWEST_ROWS = 32;
const CACHE_BYTES = 96 * 2 ** 20;

/**
 * Int8 kernels take a row's two parts as long as any two rows, products in float32 spread each block once for all rows: above this many
 * rows the latter are faster with blocks of 4 bits (with blocks of 8 bits they never are). A batch that began with more goes back to the
 * former where they gain enough to pay for another session. Measured on a 2-core Xeon with AVX-512 VNNI.
 */
const MOST_INT8_ROWS = 12;
const INT8_AGAIN_ROWS = 8;

export interface LanguageModelOptions {
  readonly session?: SessionOptions;
  /** Default: what the config allows. */
  readonly contextLength?: number;
  /** Close each session when its part is done and keep no memory beyond what runs need. */
  readonly lowMemory?: boolean;
  /**
   * Have the runtime prepare float32 matrices for decoding, which takes as much memory again: some 2 times faster at 8 rows, no
   * faster at one. Default: where memory is not low. Matrices in blocks always are.
   */
  readonly preparesFloats?: boolean;
  /**
   * Where a decode step attends: in nodes of its graph, on all threads, or beside graphs that end at each attention, on this one
   * (layer-decode-batch.ts). Default: beside where sessions have one thread and the model allows it, which is 7 to 33 % faster.
   */
  readonly attends?: "beside" | "graph";
}

type Feeds = Record<string, HostTensor>;

interface OpenDecode {
  readonly session: OnnxSession;
  readonly built: DecodeGraph;
  readonly weightFeeds: Feeds;
}

export class OnnxLanguageModel implements LanguageModel {
  readonly vocabularySize: number;
  readonly contextLength: number;
  private readonly config: DecoderConfig;
  private readonly options: LanguageModelOptions;
  private readonly rotary: RotaryTables;
  private readonly pool: BufferPool = [];
  private readonly memories: MemoryPool = [];
  private weights: DecoderWeights;
  private additions: GenerationAdditions = new Map();
  private prefillSession: { readonly session: OnnxSession; readonly built: PrefillGraph } | undefined;
  private decodeSession: (OpenDecode & { readonly arithmetic: BlockArithmetic }) | undefined;
  private layerSessions: LayerSessions | undefined;

  /**
   * Parameters by Hugging Face name, matrices quantised or not. Their arrays are read in place for as long as they are set: do not write to them meanwhile.
   * Throws "missing-weights" and "invalid-model". Sessions are made at first use.
   */
  constructor(config: DecoderConfig, parameters: ModelWeights, options: LanguageModelOptions = {}) {
    this.config = config;
    this.options = options;
    this.vocabularySize = config.vocabSize;
    this.contextLength = options.contextLength ?? config.maxPositionEmbeddings;
    this.rotary = new RotaryTables(config);
    this.weights = decoderWeights(config, parameters);
  }

  preferredRows(maxNewTokens: number): number {
    const { numLayers, numKvHeads, headDim } = this.config;
    const rowBytes = 2 * numLayers * numKvHeads * headDim * Float32Array.BYTES_PER_ELEMENT * maxNewTokens;
    return rowBytes * MOST_ROWS <= CACHE_BYTES ? MOST_ROWS : FEWEST_ROWS;
  }

  /** Takes new weights; batches made before must be disposed first. */
  async setParameters(parameters: ModelWeights): Promise<void> {
    this.weights = decoderWeights(this.config, parameters);
    const [stale, staleLayers] = [this.decodeSession, this.layerSessions];
    this.decodeSession = undefined;
    this.layerSessions = undefined;
    await stale?.session.dispose();
    await staleLayers?.dispose();
  }

  /**
   * Adds an adapter beside the weights, for those it cannot be folded into; its values are copied. Batches made before must be
   * disposed first. Only the first call, and one for other layers or another rank, makes new sessions.
   */
  async setAdapter(adapter: Adapter): Promise<void> {
    const shapesOf = (additions: GenerationAdditions) =>
      [...additions].map(([name, { down, up }]) => `${name}:${down.shape.join()}:${up.shape.join()}`).join();
    const additions = adapterAdditions(this.config, adapter);
    const isSame = shapesOf(additions) === shapesOf(this.additions);
    this.additions = additions;
    if (!isSame) await this.disposeSessions();
  }

  async prefill(groups: readonly PrefillGroup[], settings: PrefillSettings): Promise<DecodeBatch> {
    const promptLengths = groups.map((group) => group.promptIds.length);
    const promptOfRow = groups.flatMap((group, index) => new Array<number>(group.rows).fill(index));
    const mostSteps = Math.max(1, Math.min(settings.maxNewTokens, this.contextLength - Math.min(...promptLengths)));
    const size = { promptOfRow, promptLengths, mostSteps };
    const cache = this.attendsBeside() ? AttentionCache.open(this.config, size, this.rotary, this.memories) : undefined;
    if (cache !== undefined) {
      const logits = await this.readPrompts(groups, (layer, first, prompts) => cache.storePrompts(layer, first, prompts));
      const open = async () => (this.layerSessions ??= await LayerSessions.open(this.config, this.weights, this.sessionOptions()));
      return new LayerDecodeBatch(this.config, settings.temperature, logits, promptOfRow.length, cache, this.memories, open);
    }
    return this.prefillForGraph(groups, settings, size);
  }

  private async prefillForGraph(
    groups: readonly PrefillGroup[],
    { temperature }: PrefillSettings,
    { promptOfRow, promptLengths, mostSteps }: AttentionCacheSize,
  ): Promise<DecodeBatch> {
    const longest = Math.max(...promptLengths);
    const { numLayers, numKvHeads, headDim } = this.config;
    const promptSize = numKvHeads * headDim * longest;
    const layers: PromptLayer[] = Array.from({ length: numLayers }, () => ({
      key: new Float32Array(groups.length * promptSize),
      value: new Float32Array(groups.length * promptSize),
    }));
    const promptLogits = await this.readPrompts(groups, (layer, first, { key, value }) => {
      layers[layer]?.key.set(key, first * promptSize);
      layers[layer]?.value.set(value, first * promptSize);
    });
    const prompts = new PromptCache(this.config, longest, promptLengths, layers, promptOfRow);
    const rows = new RowCache({ layers: numLayers, numKvHeads, headDim }, promptOfRow.length, mostSteps, this.pool);
    const fixedFeeds = {
      ...this.rotary.feeds(Math.max(longest + mostSteps, rotarySlots(this.config))),
      inverseTemperature: float32([], [1 / (temperature || 1)]),
      ...this.additionFeeds(),
    };
    const scores = temperature === 0 ? "logits" : "probabilities";
    return new OnnxDecodeBatch(this.config, scores, promptLogits, prompts, rows, this.pool, fixedFeeds, (wanted) =>
      this.openDecode(wanted),
    );
  }

  /** Runs prompts, padded to the longest; gives logits [groups, V], and to `store` a layer's keys and values of prompts from `first` on. */
  private async readPrompts(
    groups: readonly PrefillGroup[],
    store: (layer: number, first: number, prompts: PromptLayer) => void,
  ): Promise<Float32Array> {
    const longest = Math.max(...groups.map((group) => group.promptIds.length));
    const perRun = Math.max(1, Math.floor(PREFILL_TOKENS / longest));
    const promptLogits = new Float32Array(groups.length * this.vocabularySize);
    const { session, built } = await this.openPrefill();
    for (let start = 0; start < groups.length; start += perRun) {
      const results = await session.run(this.prefillFeeds(groups.slice(start, start + perRun), longest));
      promptLogits.set(floats(results, built.logits), start * this.vocabularySize);
      for (let layer = 0; layer < this.config.numLayers; layer++)
        store(layer, start, { key: floats(results, built.keys[layer]), value: floats(results, built.values[layer]) });
    }
    if (this.options.lowMemory === true) {
      this.prefillSession = undefined;
      await session.dispose();
    }
    return promptLogits;
  }

  private attendsBeside(): boolean {
    const { session = {}, lowMemory = false, preparesFloats = !lowMemory, attends } = this.options;
    if ((session.device ?? "cpu") !== "cpu") return false;
    const isAble = preparesFloats && this.additions.size === 0 && ![...this.weights.values()].some(isQuantised) && attendsTo(this.config);
    return isAble && (attends ?? (threadCount(session) === 1 ? "beside" : "graph")) === "beside";
  }

  /** Frees sessions and caches; the next batch opens and fills them again. Batches must be disposed first. */
  async release(): Promise<void> {
    this.pool.length = 0;
    this.memories.length = 0;
    await this.disposeSessions();
  }

  /** Frees sessions and caches. The model cannot be used afterwards. */
  async dispose(): Promise<void> {
    await this.release();
  }

  private sessionOptions(): SessionOptions {
    return this.options.lowMemory === true ? { ...this.options.session, memoryPattern: false } : (this.options.session ?? {});
  }

  private async disposeSessions(): Promise<void> {
    const sessions = [this.prefillSession?.session, this.decodeSession?.session];
    this.prefillSession = undefined;
    this.decodeSession = undefined;
    const layers = this.layerSessions;
    this.layerSessions = undefined;
    for (const session of sessions) await session?.dispose();
    await layers?.dispose();
  }

  private async openPrefill(): Promise<{ session: OnnxSession; built: PrefillGraph }> {
    if (this.prefillSession === undefined) {
      const built = buildPrefillGraph(this.config, this.weights, this.additions);
      this.prefillSession = { session: await OnnxSession.create(serializeGraph(built.graph), this.sessionOptions()), built };
    }
    return this.prefillSession;
  }

  private async openDecode(wanted: BlockArithmetic): Promise<OpenDecode> {
    const isNarrow = [...this.weights.values()].some((weight) => weight.dtype === "blocks" && weight.bits === 4);
    const arithmetic = isNarrow ? wanted : "int8";
    if (this.decodeSession !== undefined && this.decodeSession.arithmetic !== arithmetic) {
      const { session } = this.decodeSession;
      this.decodeSession = undefined;
      await session.dispose();
    }
    if (this.decodeSession === undefined) {
      const { lowMemory = false, preparesFloats = !lowMemory } = this.options;
      const placement: WeightPlacement = (name) => (preparesFloats || this.weights.get(name)?.dtype === "blocks" ? "constant" : "input");
      const built = buildDecodeGraph(this.config, this.weights, placement, this.additions, arithmetic);
      const session = await OnnxSession.openBeside(built.graph, this.sessionOptions());
      const inputs = new Map([...this.weights].filter(([name]) => placement(name) === "input"));
      this.decodeSession = { session, built, weightFeeds: feedsOf(inputs), arithmetic };
    }
    return this.decodeSession;
  }

  private prefillFeeds(groups: readonly PrefillGroup[], length: number): Feeds {
    const count = groups.length;
    const ids = new Int32Array(count * length);
    const last = new Int32Array(count);
    groups.forEach(({ promptIds }, group) => {
      ids.set(promptIds, group * length);
      last[group] = group * length + promptIds.length - 1;
    });
    const mask = new Float32Array(length * length);
    for (let t = 0; t < length; t++) mask.fill(HIDDEN, t * length + t + 1, (t + 1) * length);
    const window = this.config.slidingWindow;
    const windowMask = mask.slice(0, window === null ? 0 : mask.length);
    if (window !== null) for (let t = window; t < length; t++) windowMask.fill(HIDDEN, t * length, t * length + t - window + 1);
    return {
      ids: int32([count * length], ids),
      positions: int64(
        [count, length * rotarySlots(this.config)],
        rotaryPositions(
          this.config,
          Array.from({ length: count * length }, (_, token) => token % length),
        ),
      ),
      last: int32([count], last),
      mask: float32([length, length], mask),
      ...(window === null ? {} : { windowMask: float32([length, length], windowMask) }),
      ...this.rotary.feeds(length * rotarySlots(this.config)),
      ...feedsOf(this.weights),
      ...this.additionFeeds(),
    };
  }

  private additionFeeds(): Feeds {
    return Object.fromEntries(
      [...this.additions].flatMap(([name, { down, up }]) => [
        [`${name}.down`, down],
        [`${name}.up`, up],
      ]),
    );
  }
}

class OnnxDecodeBatch implements DecodeBatch {
  readonly type = "scores";
  readonly promptLogits: Float32Array;
  private readonly config: DecoderConfig;
  private readonly prompts: PromptCache;
  private readonly rows: RowCache;
  private readonly pool: BufferPool;
  private readonly open: (arithmetic: BlockArithmetic) => Promise<OpenDecode>;
  /** Follows from the numbers of rows so far and nothing else, so that a batch that is decoded again gives the same bits. */
  private arithmetic: BlockArithmetic;
  /** Of the next token of each row. */
  private positions: number[];
  private mask = new Float32Array(0);
  /** The same for layers with a window; stays empty without such. */
  private windowMask = new Float32Array(0);
  /** What stays the same from step to step until rows leave or the cache grows. */
  private readonly feeds: Feeds;
  private feedsStale = true;
  private readonly scores: StepScores["type"];
  private lastScores: StepScores;

  constructor(
    config: DecoderConfig,
    scores: StepScores["type"],
    promptLogits: Float32Array,
    prompts: PromptCache,
    rows: RowCache,
    pool: BufferPool,
    fixedFeeds: Feeds,
    open: (arithmetic: BlockArithmetic) => Promise<OpenDecode>,
  ) {
    this.config = config;
    this.promptLogits = promptLogits;
    this.lastScores = { type: "logits", data: promptLogits };
    this.scores = scores;
    this.prompts = prompts;
    this.rows = rows;
    this.pool = pool;
    this.feeds = { ...fixedFeeds };
    this.open = open;
    this.arithmetic = rows.rows > MOST_INT8_ROWS ? "float32" : "int8";
    this.positions = Array.from({ length: rows.rows }, (_, row) => prompts.promptLengthOfRow(row));
  }

  async step(tokenIds: Int32Array): Promise<StepScores> {
    if (tokenIds.length !== this.rows.rows) throw new Error(`${tokenIds.length} tokens for ${this.rows.rows} rows`);
    const { session, built, weightFeeds } = await this.open(this.arithmetic);
    if (this.feedsStale) this.refreshFeeds(weightFeeds);
    this.feeds["ids"] = int32([tokenIds.length], tokenIds);
    this.feeds["positions"] = int64([this.rows.rows, rotarySlots(this.config)], rotaryPositions(this.config, this.positions));
    const results = await session.run(this.feeds, [...built.keys, ...built.values, built[this.scores]]);
    for (let layer = 0; layer < this.config.numLayers; layer++)
      this.rows.store(layer, floats(results, built.keys[layer]), floats(results, built.values[layer]));
    this.afterStore();
    this.lastScores = { type: this.scores, data: floats(results, built[this.scores]) };
    return this.lastScores;
  }

  keepRows(indices: readonly number[]): void {
    this.rows.keepRows(indices);
    this.prompts.keepRows(indices);
    if (indices.length <= INT8_AGAIN_ROWS) this.arithmetic = "int8";
    this.positions = indices.map((from) => this.positions[from] as number);
    this.feedsStale = true;
  }

  dispose(): void {
    // A cache that held a NaN would poison the next batch: masked weights are 0, and 0 times NaN is NaN.
    if (this.lastScores.data.every(Number.isFinite)) this.rows.release(this.pool);
  }

  private afterStore(): void {
    this.positions = this.positions.map((position) => position + 1);
    const stored = this.rows.length;
    if (this.rows.advance()) {
      this.feedsStale = true;
      return;
    }
    const span = this.prompts.length + this.rows.capacity + 1;
    for (let row = 0; row < this.rows.rows; row++) this.mask[row * span + this.prompts.length + stored] = 0;
    this.moveWindows(span, stored);
  }

  /** The token just stored comes into every row's window, the one that is now too far back leaves it. */
  private moveWindows(span: number, stored: number): void {
    const window = this.config.slidingWindow;
    if (window === null) return;
    for (let row = 0; row < this.rows.rows; row++) {
      this.windowMask[row * span + this.prompts.length + stored] = 0;
      const left = (this.positions[row] as number) - window;
      if (left >= 0) this.windowMask[row * span + this.placeOf(row, left)] = HIDDEN;
    }
  }

  /** Where the token at a position of a row's sequence lies among its prompt's padded places and the places of its cache. */
  private placeOf(row: number, position: number): number {
    const promptLength = this.prompts.promptLengthOfRow(row);
    return position < promptLength ? position : this.prompts.length + position - promptLength;
  }

  private refreshWindowMask(span: number): void {
    const window = this.config.slidingWindow;
    if (window === null) return;
    this.windowMask = this.mask.slice();
    for (let row = 0; row < this.rows.rows; row++) {
      const left = (this.positions[row] as number) - window;
      for (let position = 0; position <= left; position++) this.windowMask[row * span + this.placeOf(row, position)] = HIDDEN;
    }
    this.feeds["windowMask"] = float32([this.rows.rows, 1, 1, span], this.windowMask);
  }

  private refreshFeeds(weightFeeds: Feeds): void {
    const { numKvHeads, headDim: D, numHeads } = this.config;
    const { rows, prompts, feeds } = this;
    const [P, Tp, R, C, M] = [prompts.prompts, prompts.length, rows.rows, rows.capacity, prompts.slotsPerKeyHead];
    const span = Tp + C + 1;
    this.mask = new Float32Array(R * span);
    for (let row = 0; row < R; row++) {
      this.mask.fill(HIDDEN, row * span + prompts.promptLengthOfRow(row), row * span + Tp);
      this.mask.fill(HIDDEN, row * span + Tp + rows.length, row * span + Tp + C);
    }
    Object.assign(feeds, weightFeeds);
    feeds["mask"] = float32([R, 1, 1, span], this.mask);
    this.refreshWindowMask(span);
    feeds["slots"] = int32([P, numKvHeads, M], prompts.slots);
    feeds["slotOfQuery"] = int32([R, numKvHeads, numHeads / numKvHeads], prompts.slotOfQuery);
    feeds["parts"] = int64([3], [Tp, C, 1]);
    for (let layer = 0; layer < this.config.numLayers; layer++) {
      const prompt = prompts.layer(layer);
      feeds[`prefixKey.${layer}`] = float32([P, numKvHeads, D, Tp], prompt.key);
      feeds[`prefixValue.${layer}`] = float32([P, numKvHeads, Tp, D], prompt.value);
      const row = rows.layer(layer);
      feeds[`rowKey.${layer}`] = float32([R, numKvHeads, C, D], row.key);
      feeds[`rowValue.${layer}`] = float32([R, numKvHeads, C, D], row.value);
    }
    this.feedsStale = false;
  }
}

function floats(results: Readonly<Record<string, HostTensor>>, name: string | undefined): Float32Array {
  const tensor = results[name ?? ""];
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`the graph gave no float32 output ${name}`);
  return tensor.data;
}
