// One batch of rows that decodes on a device and draws its tokens there: logits never leave it. Rows are device-rows.ts.

import { disposeAll, type DeviceTensor } from "../onnx/device-tensor.ts";
import type { OnnxSession } from "../onnx/session.ts";
import { float32, int32, int64, type HostTensor } from "../tensor/tensor.ts";
import type { DeviceRows } from "./device-rows.ts";
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
  /** Owned by the batch, as are the prompts' logits. */
  readonly rows: DeviceRows;
  readonly sampling: Sampling;
  readonly prompts: readonly PromptLogits[];
  readonly settings: PrefillSettings;
}

export class DeviceBatch implements SamplingBatch {
  readonly type = "samples";
  private readonly parts: DeviceBatchParts;

  constructor(parts: DeviceBatchParts) {
    this.parts = parts;
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
    const { device } = await this.parts.rows.step(tokenIds);
    const logits = device["logits"] as DeviceTensor;
    try {
      return await this.draw(
        logits,
        Array.from(tokenIds, (_, row) => row),
        keys,
      );
    } finally {
      logits.dispose();
    }
  }

  keepRows(indices: readonly number[]): void {
    this.parts.rows.keepRows(indices);
  }

  dispose(): void {
    this.parts.rows.dispose();
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
