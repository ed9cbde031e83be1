// A language model for tests of the decode loop: logits are a pure function of a row's whole token history, so any mix-up of rows,
// caches or order changes the output. Keeps counts that tests look at.

import { mixSeed, Random } from "../tensor/random.ts";
import type { DecodeBatch, LanguageModel, PrefillGroup } from "./language-model.ts";

export class FakeLanguageModel implements LanguageModel {
  readonly vocabularySize: number;
  readonly contextLength: number;
  /** Rows in each step so far, in order. */
  readonly stepRows: number[] = [];
  /** Prompt lengths of each prefill so far. */
  readonly prefillLengths: number[][] = [];
  openBatches = 0;

  constructor(vocabularySize: number, contextLength = 1000) {
    this.vocabularySize = vocabularySize;
    this.contextLength = contextLength;
  }

  /** Standard-normal logits seeded by the history. */
  logitsAfter(history: readonly number[]): Float32Array {
    const random = new Random(mixSeed(...history));
    return Float32Array.from({ length: this.vocabularySize }, () => random.normal());
  }

  prefill(groups: readonly PrefillGroup[]): Promise<DecodeBatch> {
    this.prefillLengths.push(groups.map((group) => group.promptIds.length));
    this.openBatches++;
    let histories = groups.flatMap((group) => Array.from({ length: group.rows }, () => [...group.promptIds]));
    const logitsOf = (rows: readonly (readonly number[])[]): Float32Array =>
      Float32Array.from(rows.flatMap((history) => [...this.logitsAfter(history)]));
    return Promise.resolve({
      type: "scores",
      promptLogits: logitsOf(groups.map((group) => group.promptIds)),
      step: (tokenIds) => {
        if (tokenIds.length !== histories.length) throw new Error(`step of ${tokenIds.length} tokens for ${histories.length} rows`);
        histories.forEach((history, row) => history.push(tokenIds[row] as number));
        this.stepRows.push(histories.length);
        return Promise.resolve({ type: "logits", data: logitsOf(histories) });
      },
      keepRows: (indices) => {
        if (indices.some((index, row) => index < row) || new Set(indices).size < indices.length) throw new Error("bad row order");
        histories = indices.map((index) => histories[index] as number[]);
      },
      dispose: () => {
        this.openBatches--;
      },
    });
  }
}
