// What the decode loop needs of a model: one prefill per prompt, then steps over the rows still alive. A model gives scores to draw
// from (onnx-language-model.ts), or draws on its device (device-language-model.ts); tests give small exact ones. Nothing here stops.

import type { Completion, GenerateSettings, GenerationGroup, GenerationHooks } from "./types.ts";

export interface LanguageModel {
  /** V: length of a row of logits. */
  readonly vocabularySize: number;
  /** Most positions, prompt and sampled tokens together, the model can take. */
  readonly contextLength: number;
  /** How many rows of that many new tokens decode fastest together; absent = no opinion. */
  preferredRows?(maxNewTokens: number): number;
  /**
   * Samples every row as `generate` does, for models that share rows out among threads; absent: the caller's loop decodes. Arguments
   * are checked already; there are no stop strings.
   */
  generateRows?(groups: readonly GenerationGroup[], settings: GenerateSettings, hooks: GenerationHooks): Promise<Completion[][]>;
  /**
   * Runs every prompt once. Row order afterwards: all rows of group 0, then of group 1, ... The batch belongs to the caller, who
   * disposes it.
   */
  prefill(groups: readonly PrefillGroup[], settings: PrefillSettings): Promise<DecodeBatch | SamplingBatch>;
}

/** A model that always gives its scores, for those who do more with them than draw. */
export interface ScoringLanguageModel extends LanguageModel {
  prefill(groups: readonly PrefillGroup[], settings: PrefillSettings): Promise<DecodeBatch>;
}

export interface PrefillGroup {
  readonly promptIds: readonly number[];
  readonly rows: number;
}

export interface PrefillSettings {
  /** Bounds the steps to come. */
  readonly maxNewTokens: number;
  /** A batch may answer steps with probabilities at this temperature; at 0 it answers with logits. */
  readonly temperature: number;
  /** For batches that draw themselves; 0 and 1 = off, as absent. */
  readonly topK?: number;
  readonly topP?: number;
}

/** One row of V per live row. Probabilities are softmax(logits / temperature) in float32: they sum to 1 up to rounding. */
export interface StepScores {
  readonly type: "logits" | "probabilities";
  /** [rows, V], valid until the next step. */
  readonly data: Float32Array;
}

export interface DecodeBatch {
  readonly type: "scores";
  /** Logits after each prompt's last token, [groups, V]. */
  readonly promptLogits: Float32Array;
  /** Feeds one token to every live row; gives the scores of the token that follows. */
  step(tokenIds: Int32Array): Promise<StepScores>;
  /** Row i becomes what row indices[i] was; indices[i] >= i and no repeats. Rows not named are dropped for good. */
  keepRows(indices: readonly number[]): void;
  /** Frees the caches. The batch cannot be used afterwards. */
  dispose(): void;
}

/** Two random int32 a row: all the randomness of its next token. */
export type DrawKeys = Int32Array;

/** Per live row; logProbs of softmax(logits / temperature) before any cut, of softmax(logits) when greedy. */
export interface SampledTokens {
  readonly tokenIds: Int32Array;
  readonly logProbs: Float32Array;
}

/** A batch that draws the tokens where the logits are. */
export interface SamplingBatch {
  readonly type: "samples";
  /** The token after each row's prompt; `keys` of all rows. */
  first(keys: DrawKeys): Promise<SampledTokens>;
  /** Feeds one token to every live row; gives the token that follows. */
  step(tokenIds: Int32Array, keys: DrawKeys): Promise<SampledTokens>;
  /** As DecodeBatch. */
  keepRows(indices: readonly number[]): void;
  dispose(): void;
}
