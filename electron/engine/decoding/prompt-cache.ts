// Keys and values of the prompts, one copy per prompt however many rows it has, and which query row sits in which of its prompt's
// slots. Prompts without live rows leave. Does not own sampled tokens (row-cache.ts) or graphs.

import type { DecoderConfig } from "../model/config.ts";

export interface PromptLayer {
  /** [P, Hkv, D, Tp] and [P, Hkv, Tp, D]. */
  readonly key: Float32Array;
  readonly value: Float32Array;
}

export class PromptCache {
  /** Tp: prompts are padded to the longest. */
  readonly length: number;
  prompts: number;
  /** M: slots of a prompt per key head. */
  slotsPerKeyHead = 0;
  /** [P, Hkv, M] query rows; [rows H] slots. See decode-graph.ts. */
  slots: Int32Array = new Int32Array(0);
  slotOfQuery: Int32Array = new Int32Array(0);
  private readonly config: DecoderConfig;
  private readonly layers: readonly PromptLayer[];
  /** Tokens of each prompt without padding. */
  private readonly promptLengths: number[];
  private promptOfRow: number[];

  constructor(
    config: DecoderConfig,
    length: number,
    promptLengths: readonly number[],
    layers: readonly PromptLayer[],
    promptOfRow: readonly number[],
  ) {
    this.config = config;
    this.length = length;
    this.prompts = promptLengths.length;
    this.promptLengths = [...promptLengths];
    this.layers = layers;
    this.promptOfRow = [...promptOfRow];
    this.assignSlots();
  }

  layer(layer: number): PromptLayer {
    const { key, value } = this.layers[layer] as PromptLayer;
    const size = this.prompts * this.promptSize();
    return { key: key.subarray(0, size), value: value.subarray(0, size) };
  }

  promptLengthOfRow(row: number): number {
    return this.promptLengths[this.promptOfRow[row] as number] as number;
  }

  /** Row i becomes what row indices[i] was. */
  keepRows(indices: readonly number[]): void {
    this.promptOfRow = indices.map((from) => this.promptOfRow[from] as number);
    for (let prompt = this.prompts - 1; prompt >= 0; prompt--) if (!this.promptOfRow.includes(prompt)) this.drop(prompt);
    this.assignSlots();
  }

  /** The last prompt takes the place of the one that leaves. */
  private drop(prompt: number): void {
    const last = --this.prompts;
    if (prompt === last) return;
    const size = this.promptSize();
    for (const { key, value } of this.layers) {
      key.copyWithin(prompt * size, last * size, (last + 1) * size);
      value.copyWithin(prompt * size, last * size, (last + 1) * size);
    }
    this.promptLengths[prompt] = this.promptLengths[last] as number;
    this.promptOfRow = this.promptOfRow.map((of) => (of === last ? prompt : of));
  }

  private promptSize(): number {
    return this.config.numKvHeads * this.config.headDim * this.length;
  }

  private assignSlots(): void {
    const { numHeads, numKvHeads } = this.config;
    const perKeyHead = numHeads / numKvHeads;
    const rowsOfPrompt = new Array<number>(this.prompts).fill(0);
    const placeInPrompt = this.promptOfRow.map((prompt) => (rowsOfPrompt[prompt] = (rowsOfPrompt[prompt] as number) + 1) - 1);
    const perPrompt = Math.max(...rowsOfPrompt) * perKeyHead;
    this.slotsPerKeyHead = perPrompt;
    this.slots = new Int32Array(this.prompts * numKvHeads * perPrompt);
    this.slotOfQuery = new Int32Array(this.promptOfRow.length * numHeads);
    this.promptOfRow.forEach((prompt, row) => {
      for (let head = 0; head < numHeads; head++) {
        const keyHead = Math.floor(head / perKeyHead);
        const place = (placeInPrompt[row] as number) * perKeyHead + (head % perKeyHead);
        const slot = (prompt * numKvHeads + keyHead) * perPrompt + place;
        this.slots[slot] = row * numHeads + head;
        this.slotOfQuery[row * numHeads + head] = slot;
      }
    });
  }
}
