// Keys and values of every row on a device, one pair of tensors a layer. Capacity grows in steps, because each decode step copies
// the whole of it: ONNX Runtime in Node cannot write into a tensor it reads.

import type { DecoderConfig } from "../model/config.ts";
import { disposeAll, type DeviceTensor } from "../onnx/device-tensor.ts";
import type { OnnxSession } from "../onnx/session.ts";
import { float32, int64 } from "../tensor/tensor.ts";
import { cacheNames } from "./device-graphs.ts";

/** Tokens a growth step adds: smaller copies less that is empty, larger grows less often. */
const CAPACITY_STEP = 64;

export interface CacheSessions {
  readonly spread: OnnxSession;
  readonly join: OnnxSession;
}

export class DeviceCaches {
  rows = 0;
  private capacity: number;
  private readonly longest: number;
  private readonly most: number;
  private readonly sessions: CacheSessions;
  private readonly names: readonly (readonly [input: string, output: string])[];
  private tensors = new Map<string, DeviceTensor>();

  /** `longest`: padded prompt length; `most`: tokens a row can come to have. */
  constructor(config: DecoderConfig, longest: number, most: number, sessions: CacheSessions) {
    this.longest = longest;
    this.most = most;
    this.capacity = Math.min(longest + CAPACITY_STEP, Math.max(most, longest + 1));
    this.sessions = sessions;
    const pairs = (kind: "key" | "value", made: "newKey" | "newValue") =>
      cacheNames(kind, config).map((name, layer) => [name, cacheNames(made, config)[layer] as string] as const);
    this.names = [...pairs("key", "newKey"), ...pairs("value", "newValue")];
  }

  /** Takes what a prefill run gave of its prompts, spread over their rows; frees it. */
  async add(made: Readonly<Record<string, DeviceTensor>>, rows: readonly number[]): Promise<void> {
    try {
      for (const [name, output] of this.names) {
        const spread = await this.spread(made[output] as DeviceTensor, rows, this.capacity - this.longest);
        const before = this.tensors.get(name);
        if (before === undefined) this.tensors.set(name, spread);
        else await this.replace(name, () => this.join(before, spread), [before, spread]);
      }
    } finally {
      disposeAll(this.names.map(([, output]) => made[output] as DeviceTensor));
    }
    this.rows += rows.length;
  }

  /** Row i becomes what row indices[i] was; makes room for a row of `length` tokens. */
  async arrange(indices: readonly number[], length: number): Promise<void> {
    const grown = Math.max(this.capacity, Math.min(length + CAPACITY_STEP, Math.max(this.most, length)));
    const same = indices.length === this.rows && indices.every((from, to) => from === to);
    if (same && length <= this.capacity) return;
    // The graph wants some room to add; a row that leaves takes with it what that costs.
    const room = length <= this.capacity ? 1 : grown - this.capacity;
    for (const [name] of this.names) {
      const before = this.tensors.get(name) as DeviceTensor;
      await this.replace(name, () => this.spread(before, indices, room), [before]);
    }
    this.capacity += room;
    this.rows = indices.length;
  }

  feeds(): Readonly<Record<string, DeviceTensor>> {
    return Object.fromEntries(this.tensors);
  }

  /** The caches with a token more, as a decode run gave them; frees the ones before. */
  advance(made: Readonly<Record<string, DeviceTensor>>): void {
    disposeAll(this.tensors.values());
    this.tensors = new Map(this.names.map(([name, output]) => [name, made[output] as DeviceTensor]));
  }

  dispose(): void {
    disposeAll(this.tensors.values());
    this.tensors.clear();
  }

  private async replace(name: string, make: () => Promise<DeviceTensor>, freed: readonly DeviceTensor[]): Promise<void> {
    this.tensors.set(name, await make());
    disposeAll(freed);
  }

  private async spread(source: DeviceTensor, rows: readonly number[], room: number): Promise<DeviceTensor> {
    const feeds = { in: source, rows: int64([rows.length], rows), room: float32([1, 1, room, 1]) };
    return (await this.sessions.spread.runKeeping(feeds)).device["out"] as DeviceTensor;
  }

  private async join(a: DeviceTensor, b: DeviceTensor): Promise<DeviceTensor> {
    return (await this.sessions.join.runKeeping({ a, b })).device["out"] as DeviceTensor;
  }
}
