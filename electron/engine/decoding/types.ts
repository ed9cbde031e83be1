// What generation takes and gives. A group is one prompt whose rows share a single prefill; every row samples from its own
// random stream, so its text does not depend on what else is in the batch.

export interface SamplingSettings {
  /** 0 means greedy (arg max, ties to the lowest id). */
  readonly temperature: number;
  /** 0 = off. */
  readonly topK: number;
  /** 1 = off. */
  readonly topP: number;
  readonly maxNewTokens: number;
  /** Any of these ends a row; the token itself is kept as the row's last token. */
  readonly stopTokenIds: readonly number[];
  /** Any of these in the row's decoded text ends the row after the token that completed it. */
  readonly stopStrings: readonly string[];
}

export interface GenerateSettings extends SamplingSettings {
  /** Most rows decoded together. Default: what the model prefers, else 64. */
  readonly maxConcurrentRows?: number;
}

export interface GenerationGroup {
  /** Whole prompt including any assistant pre-fill ("<think>\n" or a forced-empty think block). */
  readonly promptIds: readonly number[];
  /** One row per seed. */
  readonly seeds: readonly number[];
}

export type FinishReason = "stop" | "length" | "cancelled";

export interface Completion {
  /** Sampled tokens only, the stop token included. */
  readonly tokenIds: readonly number[];
  /** Log-probability of each sampled token under the distribution it was drawn from at the given temperature, before top-k/top-p cut. */
  readonly logProbs: Float32Array;
  readonly finish: FinishReason;
}

export interface GenerationHooks {
  readonly signal?: AbortSignal;
  /** Called for every sampled token, in batch order. */
  readonly onToken?: (event: { readonly group: number; readonly row: number; readonly tokenId: number; readonly logProb: number }) => void;
}
