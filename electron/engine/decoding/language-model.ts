// What the decode loop needs of a model: one prefill per prompt, then steps over the rows still alive. The real one runs ONNX
// graphs (onnx-language-model.ts); tests give small exact ones. Knows nothing of sampling or stopping.

export interface LanguageModel {
  /** V: length of a row of logits. */
  readonly vocabularySize: number;
  /** Most positions, prompt and sampled tokens together, the model can take. */
  readonly contextLength: number;
  /** How many rows of that many new tokens decode fastest together; absent = no opinion. */
  preferredRows?(maxNewTokens: number): number;
  /**
   * Runs every prompt once. Row order afterwards: all rows of group 0, then of group 1, ... The batch belongs to the caller, who
   * disposes it.
   */
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
}

/** One row of V per live row. Probabilities are softmax(logits / temperature) in float32: they sum to 1 up to rounding. */
export interface StepScores {
  readonly type: "logits" | "probabilities";
  /** [rows, V], valid until the next step. */
  readonly data: Float32Array;
}

export interface DecodeBatch {
  /** Logits after each prompt's last token, [groups, V]. */
  readonly promptLogits: Float32Array;
  /** Feeds one token to every live row; gives the scores of the token that follows. */
  step(tokenIds: Int32Array): Promise<StepScores>;
  /** Row i becomes what row indices[i] was; indices[i] >= i and no repeats. Rows not named are dropped for good. */
  keepRows(indices: readonly number[]): void;
  /** Frees the caches. The batch cannot be used afterwards. */
  dispose(): void;
}
