// Rows that decode together on a device: feeds the tokens of a step, keeps count of positions, drops rows that are done. What becomes of
// the logits is the business of whoever holds the rows (device-batch.ts, device-scores.ts); the caches are device-caches.ts.

import type { DeviceTensor } from "../onnx/device-tensor.ts";
import type { OnnxSession, PlacedOutputs } from "../onnx/session.ts";
import { int32, int64 } from "../tensor/tensor.ts";
import type { DeviceCaches } from "./device-caches.ts";

export interface DeviceRowsParts {
  readonly decode: OnnxSession;
  /** Owned by the rows. */
  readonly caches: DeviceCaches;
  readonly weights: () => ReadonlyMap<string, DeviceTensor>;
  /** Of each row. */
  readonly promptLengths: readonly number[];
}

export class DeviceRows {
  private readonly parts: DeviceRowsParts;
  /** Tokens of each live row that are in the cache. */
  private cached: number[];
  /** Rows to keep, of those the caches have; applied before the next run. */
  private order: readonly number[];

  constructor(parts: DeviceRowsParts) {
    this.parts = parts;
    this.cached = [...parts.promptLengths];
    this.order = this.cached.map((_, row) => row);
  }

  /** Feeds one token to every live row. "logits" [rows, V] lie where the session leaves them; on the device they are the caller's. */
  async step(tokenIds: Int32Array): Promise<PlacedOutputs> {
    const { decode, caches, weights } = this.parts;
    const count = this.cached.length;
    if (tokenIds.length !== count) throw new Error(`${tokenIds.length} tokens for ${count} rows`);
    const most = Math.max(...this.cached) + 1;
    await caches.arrange(this.order, most);
    this.order = this.cached.map((_, row) => row);
    const made = await decode.runKeeping({
      ids: int64([count, 1], Array.from(tokenIds)),
      positions: int64([count, 1], this.cached),
      cached: int32([count], this.cached),
      most: int32([], [most]),
      ...caches.feeds(),
      ...Object.fromEntries(weights()),
    });
    caches.advance(made.device);
    this.cached = this.cached.map((tokens) => tokens + 1);
    return made;
  }

  keepRows(indices: readonly number[]): void {
    this.order = indices.map((from) => this.order[from] as number);
    this.cached = indices.map((from) => this.cached[from] as number);
  }

  dispose(): void {
    this.parts.caches.dispose();
  }
}
