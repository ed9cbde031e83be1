// Keys and values of prompts and of sampled tokens in a memory of WebAssembly, and attention over them (attention-kernels.ts). Each prompt
// lies there once, however many rows it has; rows have room for their longest from the start and never move. Owns no graph.
// Dimensions: R rows, P prompts, H query heads, Hkv key heads, D head size.

import type { DecoderConfig } from "../model/config.ts";
import { onMemory, ownWasmMemory, type OwnWasmMemory } from "../tensor/wasm-code.ts";
import { attentionKernels, POSITIONS_AT_ONCE } from "./attention-kernels.ts";
import type { PromptLayer } from "./prompt-cache.ts";
import type { RotaryTables } from "./rotary-tables.ts";

/** Memories that outlive a batch, so that the next one does not fault in fresh pages. */
export type MemoryPool = OwnWasmMemory[];

export interface AttentionCacheSize {
  /** Of each row, which prompt it continues. */
  readonly promptOfRow: readonly number[];
  /** Tokens of each prompt. */
  readonly promptLengths: readonly number[];
  /** Most tokens of a row beyond its prompt. */
  readonly mostSteps: number;
}

const FLOAT = Float32Array.BYTES_PER_ELEMENT;
/** What 32 bits can address. */
const MOST_BYTES = 2 ** 32;
/** Rotary tables and scores grow in steps of so many positions, so that batches of about the same size lie on the same pages. */
const POSITION_STEP = 256;

/** Whether there are kernels for heads of that size. */
export const attendsTo = ({ headDim }: DecoderConfig): boolean => headDim % 8 === 0;

export class AttentionCache {
  private readonly config: DecoderConfig;
  private readonly promptLengths: readonly number[];
  private readonly attend: (...addresses: number[]) => number;
  private readonly memory: OwnWasmMemory;
  private readonly places: Places;
  /** Of each live row: its prompt, and which slices of the memory are its own. */
  private promptOfRow: number[];
  private slices: number[];
  /** Tokens every row has sampled and stored. */
  private stored = 0;

  /** undefined where one memory cannot hold it all. Tokens are at positions the tables give; `rotary` is copied. */
  static open(config: DecoderConfig, size: AttentionCacheSize, rotary: RotaryTables, pool: MemoryPool): AttentionCache | undefined {
    const places = new Places(config, size);
    const spare = pool.findIndex(({ buffer }) => buffer.byteLength >= places.bytes);
    if (spare < 0) pool.pop();
    const memory = spare < 0 ? ownWasmMemory(roomFor(places.bytes)) : (pool.splice(spare, 1)[0] as OwnWasmMemory);
    return memory === undefined ? undefined : new AttentionCache(config, size, rotary, memory, places);
  }

  private constructor(config: DecoderConfig, size: AttentionCacheSize, rotary: RotaryTables, memory: OwnWasmMemory, places: Places) {
    this.config = config;
    this.memory = memory;
    this.places = places;
    this.promptLengths = size.promptLengths;
    this.promptOfRow = [...size.promptOfRow];
    this.slices = size.promptOfRow.map((_, row) => row);
    this.attend = onMemory(attentionKernels(config), memory)["attend"] as (...addresses: number[]) => number;
    const { cos, sin } = rotary.feeds(places.positions);
    const half = config.headDim / 2;
    this.floats(places.cos, cos.data.length).set(cos.data);
    this.floats(places.sin, sin.data.length).set(sin.data);
    // Turned by these, numbers stay what they are.
    this.floats(places.unturned, half).fill(1);
    this.floats(places.unturned + half * FLOAT, half).fill(0);
  }

  /** Keys and values of prompts `first`, `first + 1`, ... as a prefill gives them for one layer, padded to the longest prompt. */
  storePrompts(layer: number, first: number, { key, value }: PromptLayer): void {
    const { headDim } = this.config;
    const slice = this.places.promptStride / FLOAT;
    const length = slice / headDim;
    this.floats(this.places.prompt(layer, "value", first), value.length).set(value);
    const keys = this.floats(this.places.prompt(layer, "key", first), key.length);
    for (let start = 0; start < key.length; start += slice) {
      for (let i = 0; i < headDim; i++) {
        const from = start + i * length;
        for (let token = 0; token < length; token++) keys[start + token * headDim + i] = key[from + token] as number;
      }
    }
  }

  /** What the live rows' new tokens saw in the layer that was mixed last, [R, H D]: the same memory until rows leave. */
  get mixed(): Float32Array<ArrayBuffer> {
    const { numHeads, headDim } = this.config;
    return this.floats(this.places.mixed, this.promptOfRow.length * numHeads * headDim);
  }

  /** Stores the new tokens' keys and values of a layer and mixes what they see; qkv [R, (H + 2 Hkv) D], not rotated. */
  mix(layer: number, qkv: Float32Array): void {
    const { config, places, promptOfRow } = this;
    const { numHeads, numKvHeads, headDim, slidingWindow } = config;
    const token = headDim * FLOAT;
    const rows = promptOfRow.length;
    // Beyond it lie another row's keys.
    if ((this.stored + 1) * token > places.rowStride) throw new Error(`no room for ${this.stored + 1} tokens of a row`);
    const window = config.slidingLayers.includes(layer) && slidingWindow !== null ? slidingWindow : Infinity;
    const turned = !config.unrotatedLayers.includes(layer);
    this.floats(places.qkv, qkv.length).set(qkv);
    for (let row = 0; row < rows; row++) {
      const prompt = promptOfRow[row] as number;
      const slice = this.slices[row] as number;
      const promptLength = this.promptLengths[prompt] as number;
      const position = promptLength + this.stored;
      const hidden = Math.max(0, position + 1 - window);
      const hiddenOfPrompt = Math.min(hidden, promptLength);
      const hiddenOfRow = hidden - hiddenOfPrompt;
      const seenOfPrompt = promptLength - hiddenOfPrompt;
      const seenOfRow = this.stored + 1 - hiddenOfRow;
      const rowScores = places.scores + roundUp(seenOfPrompt) * FLOAT;
      const half = token / 2;
      this.attend(
        places.qkv + row * (numHeads + 2 * numKvHeads) * token,
        turned ? places.cos + position * half : places.unturned,
        turned ? places.sin + position * half : places.unturned + half,
        places.prompt(layer, "key", prompt) + hiddenOfPrompt * token,
        places.prompt(layer, "value", prompt) + hiddenOfPrompt * token,
        seenOfPrompt * token,
        places.promptStride,
        places.row(layer, "key", slice) + hiddenOfRow * token,
        places.row(layer, "value", slice) + hiddenOfRow * token,
        seenOfRow * token,
        places.rowStride,
        places.scores,
        rowScores,
        rowScores + roundUp(seenOfRow) * FLOAT,
        places.mixed + row * numHeads * token,
      );
    }
  }

  /** Counts the tokens whose keys and values all layers have stored. */
  advance(): void {
    this.stored++;
  }

  /** Row i becomes what row indices[i] was. */
  keepRows(indices: readonly number[]): void {
    this.promptOfRow = indices.map((from) => this.promptOfRow[from] as number);
    this.slices = indices.map((from) => this.slices[from] as number);
  }

  /** Gives the memory back. */
  release(pool: MemoryPool): void {
    pool.push(this.memory);
  }

  private floats(address: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.memory.buffer, address, length);
  }
}

/** More than is needed, for the batches to come, whose prompts are longer; what they do not touch costs nothing. */
function roomFor(bytes: number): number {
  return Math.max(bytes, Math.min(2 ** Math.ceil(Math.log2(bytes)), MOST_BYTES));
}

/** Positions as kernels count them. */
function roundUp(positions: number): number {
  return Math.ceil(positions / POSITIONS_AT_ONCE) * POSITIONS_AT_ONCE;
}

/** Where in the memory everything lies: addresses in bytes. */
class Places {
  readonly bytes: number;
  /** Positions of the rotary tables. */
  readonly positions: number;
  readonly cos: number;
  readonly sin: number;
  readonly unturned: number;
  readonly qkv: number;
  readonly mixed: number;
  readonly scores: number;
  /** From one key head's slice to the next. */
  readonly promptStride: number;
  readonly rowStride: number;
  private readonly prompts: { readonly start: number; readonly part: number; readonly each: number };
  private readonly rows: { readonly start: number; readonly part: number; readonly each: number };

  constructor(config: DecoderConfig, { promptOfRow, promptLengths, mostSteps }: AttentionCacheSize) {
    const { numHeads, numKvHeads, headDim, numLayers } = config;
    const longest = Math.max(...promptLengths);
    this.positions = Math.ceil((longest + mostSteps) / POSITION_STEP) * POSITION_STEP;
    let end = 0;
    const take = (floats: number): number => {
      const start = end;
      end += Math.ceil(floats / 16) * 16 * FLOAT;
      return start;
    };
    const half = headDim / 2;
    this.cos = take(this.positions * half);
    this.sin = take(this.positions * half);
    this.unturned = take(headDim);
    this.qkv = take(promptOfRow.length * (numHeads + 2 * numKvHeads) * headDim);
    this.mixed = take(promptOfRow.length * numHeads * headDim);
    this.scores = take(this.positions + 3 * POSITIONS_AT_ONCE);
    const slices = (count: number, tokens: number) => {
      const each = numKvHeads * tokens * headDim;
      const start = take(2 * numLayers * count * each);
      return { start, part: count * each * FLOAT, each: each * FLOAT };
    };
    this.promptStride = longest * headDim * FLOAT;
    this.rowStride = mostSteps * headDim * FLOAT;
    this.rows = slices(promptOfRow.length, mostSteps);
    this.prompts = slices(promptLengths.length, longest);
    // What the last slice's last run of positions may read beyond it.
    take(POSITIONS_AT_ONCE * headDim);
    this.bytes = end;
  }

  prompt(layer: number, kind: "key" | "value", prompt: number): number {
    return this.prompts.start + (2 * layer + (kind === "key" ? 0 : 1)) * this.prompts.part + prompt * this.prompts.each;
  }

  row(layer: number, kind: "key" | "value", slice: number): number {
    return this.rows.start + (2 * layer + (kind === "key" ? 0 : 1)) * this.rows.part + slice * this.rows.each;
  }
}
