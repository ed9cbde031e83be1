// Model folders with random weights of a true shape, in the layout that transformers writes: for trying sizes and architectures
// without downloading anything. Written tensor by tensor, so that memory holds only the largest. The same seed gives the same bytes.

import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parameterShapes, parseHfConfig } from "../../electron/engine/model/config.ts";
import { float32ToBfloat16, float32ToFloat16 } from "../../electron/engine/model/safetensors-floats.ts";
import { writeSafetensorsEntries, type StoredEntry } from "../../electron/engine/model/safetensors.ts";
import { mixSeed, Random } from "../../electron/engine/tensor/random.ts";
import { sizeOf } from "../../electron/engine/tensor/tensor.ts";

export interface RandomFolder {
  readonly folder: string;
  /** A config.json, as published. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly dtype: "F32" | "F16" | "BF16";
  /** Number of safetensors files; more than one come with an index. */
  readonly shards: number;
  /** Folder whose other files (tokenizer, template) are copied. */
  readonly companions?: string;
  /** How the files name a tensor of the decoder; default: by its own name. */
  readonly storedName?: (name: string) => string;
  /** Tensors beside the decoder's. */
  readonly others?: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

/** Normal numbers that all tensors draw from, each from places of its own. */
const POOL_SIZE = 1 << 20;

export async function writeRandomFolder(wanted: RandomFolder): Promise<void> {
  const { folder, config, seed, dtype, shards, companions, storedName = (name: string): string => name, others = [] } = wanted;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
  if (companions !== undefined) {
    for (const name of await readdir(companions))
      if (!name.endsWith(".safetensors") && name !== "config.json") await copyFile(join(companions, name), join(folder, name));
  }
  const random = new Random(mixSeed(seed, "random folder"));
  const pool = Float32Array.from({ length: POOL_SIZE }, () => random.normal());
  const decoder = [...parameterShapes(parseHfConfig(config))].map(([name, shape]) => ({ name: storedName(name), shape }));
  const entries = [...decoder, ...others].map((entry): StoredEntry => ({ ...entry, dtype }));
  const perShard = Math.ceil(entries.length / shards);
  const map: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const file =
      shards === 1 ? "model.safetensors" : `model-${String(shard + 1).padStart(5, "0")}-of-${String(shards).padStart(5, "0")}.safetensors`;
    const part = entries.slice(shard * perShard, (shard + 1) * perShard);
    for (const { name } of part) map[name] = file;
    await writeSafetensorsEntries(join(folder, file), part, (entry) => tensorBytes(entry, pool, seed));
  }
  if (shards > 1) {
    const index = { metadata: {}, weight_map: map };
    await writeFile(join(folder, "model.safetensors.index.json"), `${JSON.stringify(index, null, 2)}\n`);
  }
}

/** Matrices of standard deviation 1 / sqrt(in), norms around 1, biases around 0. */
function tensorBytes({ name, shape, dtype }: StoredEntry, pool: Float32Array, seed: number): Uint8Array {
  const random = new Random(mixSeed(seed, name));
  const [mean, deviation] = name.endsWith("norm.weight") ? [1, 0.2] : [0, shape.length === 1 ? 0.3 : 1 / Math.sqrt(shape[1] as number)];
  const values = new Float32Array(sizeOf(shape));
  // Runs of the pool from random places: no two rows alike, at the speed of copying.
  for (let start = 0; start < values.length;) {
    const from = random.integer(POOL_SIZE);
    const count = Math.min(POOL_SIZE - from, values.length - start);
    for (let i = 0; i < count; i++) values[start + i] = mean + deviation * (pool[from + i] as number);
    start += count;
  }
  const stored = dtype === "F32" ? values : dtype === "F16" ? float32ToFloat16(values) : float32ToBfloat16(values);
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}
