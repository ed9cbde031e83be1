// One batch of rows that decodes on a device: feeds the tokens of a step, draws the next ones, keeps count of positions. The caches
// are device-caches.ts.

import { disposeAll, type DeviceTensor } from "../onnx/device-tensor.ts";
import type { OnnxSession } from "../onnx/session.ts";
import { float32, int32, int64, type HostTensor } from "../tensor/tensor.ts";
import type { DeviceCaches } from "./device-caches.ts";
import type { DrawKeys, PrefillSettings, SampledTokens, SamplingBatch } from "./language-model.ts";

/** Logits of some prompts [prompts, V], and for each of their rows which prompt it continues. */
export interface PromptLogits {
  readonly logits: DeviceTensor;
  readonly rows: readonly number[];
}

export interface Sampling {
  readonly session: OnnxSession;
  /** Name of the output of ids. */
  readonly ids: string;
}

export interface DeviceBatchParts {
  readonly decode: OnnxSession;
  readonly sampling: Sampling;
  /** Owned by the batch, as are the prompts' logits. */
  readonly caches: DeviceCaches;
  readonly weights: () => ReadonlyMap<string, DeviceTensor>;
  readonly prompts: readonly PromptLogits[];
  /** Of each row. */
  readonly promptLengths: readonly number[];
  readonly settings: PrefillSettings;
  readonly vocabularySize: number;
}

export class DeviceBatch implements SamplingBatch {
  readonly type = "samples";
  private readonly parts: DeviceBatchParts;
  /** Tokens of each live row that are in the cache. */
  private cached: number[];
  /** Rows to keep, of those the caches have; applied before the next run. */
  private order: readonly number[];

  constructor(parts: DeviceBatchParts) {
    this.parts = parts;
    this.cached = [...parts.promptLengths];
    this.order = this.cached.map((_, row) => row);
  }

  async first(keys: DrawKeys): Promise<SampledTokens> {
    const drawn: SampledTokens[] = [];
    let start = 0;
    for (const { logits, rows } of this.parts.prompts) {
      drawn.push(await this.draw(logits, rows, keys.subarray(2 * start, 2 * (start + rows.length))));
      start += rows.length;
    }
    disposeAll(this.parts.prompts.map(({ logits }) => logits));
    return {
      tokenIds: Int32Array.from(drawn.flatMap(({ tokenIds }) => [...tokenIds])),
      logProbs: Float32Array.from(drawn.flatMap(({ logProbs }) => [...logProbs])),
    };
  }

  async step(tokenIds: Int32Array, keys: DrawKeys): Promise<SampledTokens> {
    const { decode, caches, weights } = this.parts;
    const count = this.cached.length;
    if (tokenIds.length !== count) throw new Error(`${tokenIds.length} tokens for ${count} rows`);
    const most = Math.max(...this.cached) + 1;
    await caches.arrange(this.order, most);
    this.order = this.cached.map((_, row) => row);
    const { device } = await decode.runKeeping({
      ids: int64([count, 1], Array.from(tokenIds)),
      positions: int64([count, 1], this.cached),
      cached: int32([count], this.cached),
      most: int32([], [most]),
      ...caches.feeds(),
      ...Object.fromEntries(weights()),
    });
    caches.advance(device);
    this.cached = this.cached.map((tokens) => tokens + 1);
    const logits = device["logits"] as DeviceTensor;
    try {
      return await this.draw(logits, this.order, keys);
    } finally {
      logits.dispose();
    }
  }

  keepRows(indices: readonly number[]): void {
    this.order = indices.map((from) => this.order[from] as number);
    this.cached = indices.map((from) => this.cached[from] as number);
  }

  dispose(): void {
    this.parts.caches.dispose();
    disposeAll(this.parts.prompts.map(({ logits }) => logits));
  }

  private async draw(logits: DeviceTensor, rows: readonly number[], keys: DrawKeys): Promise<SampledTokens> {
    const { sampling, settings } = this.parts;
    const count = rows.length;
    const column = (offset: number) =>
      int32(
        [count, 1],
        Int32Array.from({ length: count }, (_, row) => keys[2 * row + offset] as number),
      );
    const scalar = (value: number) => float32([], [value]);
    const known: Readonly<Record<string, HostTensor>> = {
      inverseTemperature: scalar(1 / (settings.temperature || 1)),
      keyA: column(0),
      keyB: column(1),
      topK: scalar(settings.topK ?? 0),
      topP: scalar(settings.topP ?? 1),
    };
    const asked = Object.fromEntries(Object.entries(known).filter(([name]) => sampling.session.inputNames.includes(name)));
    const drawn = await sampling.session.run({ logits, rows: int64([count], rows), ...asked });
    return {
      tokenIds: Int32Array.from(drawn[sampling.ids]?.data as BigInt64Array, Number),
      logProbs: drawn["logProbs"]?.data as Float32Array,
    };
  }
}
