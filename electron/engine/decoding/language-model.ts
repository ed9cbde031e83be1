// What the decode loop needs of a model: one prefill per prompt, then steps over the rows still alive. The real one runs ONNX
// graphs (onnx-language-model.ts); tests give small exact ones. Knows nothing of sampling or stopping.

export interface LanguageModel {
  /** V: length of a row of logits. */
  readonly vocabularySize: number;
  /** Most positions, prompt and sampled tokens together, the model can take. */
  readonly contextLength: number;
  /**
   * Runs every prompt once. Row order afterwards: all rows of group 0, then of group 1, ... `maxNewTokens` bounds the steps to
   * come. The batch belongs to the caller, who disposes it.
   */
  prefill(groups: readonly PrefillGroup[], maxNewTokens: number): Promise<DecodeBatch>;
}

export interface PrefillGroup {
  readonly promptIds: readonly number[];
  readonly rows: number;
}

export interface DecodeBatch {
  /** Logits after each prompt's last token, [groups, V]. */
  readonly promptLogits: Float32Array;
  /** Feeds one token to every live row; gives the logits that follow, [rows, V], valid until the next step. */
  step(tokenIds: Int32Array): Promise<Float32Array>;
  /** Row i becomes what row indices[i] was; indices[i] >= i and no repeats. Rows not named are dropped for good. */
  keepRows(indices: readonly number[]): void;
  /** Frees the caches. The batch cannot be used afterwards. */
  dispose(): void;
}
