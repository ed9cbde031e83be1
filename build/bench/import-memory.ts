// How much memory bringing a model in takes, against its largest tensor: `node build/bench/import-memory.ts [FOLDER]`. Without a
// folder, one of 300 MB with random bfloat16 weights is made and removed. Each way in is a process of its own, so that its peak is.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { weightBytes, DEFAULT_BLOCK_SIZE } from "../../electron/engine/model/block-quantisation.ts";
import { loadModelWeights, readModelConfig } from "../../electron/engine/model/hf-folder.ts";
import { WeightFiles } from "../../electron/engine/model/hf-folder-weights.ts";
import { quantiseModel } from "../../electron/services/quantise-model.ts";
import { writeRandomFolder } from "../models/random-folder.ts";

/** Of 150 million parameters, a third of them in the embeddings. */
const CONFIG = {
  ...{ model_type: "qwen2", vocab_size: 65536, hidden_size: 768, intermediate_size: 3072, num_hidden_layers: 11 },
  ...{ num_attention_heads: 12, num_key_value_heads: 2, max_position_embeddings: 4096, tie_word_embeddings: true },
};
const BLOCKS = { bits: 4, blockSize: DEFAULT_BLOCK_SIZE } as const;

interface Measured {
  readonly peakBytes: number;
  /** Of the weights it holds in the end. */
  readonly heldBytes: number;
}

const WAYS: Readonly<Record<string, (folder: string) => Promise<number>>> = {
  "nothing but the programs": () => Promise.resolve(0),
  "raif quantise": async (folder) => {
    const to = mkdtempSync(join(tmpdir(), "raif-quantised-"));
    await quantiseModel({ ...BLOCKS, model: folder, to: join(to, "model") });
    rmSync(to, { recursive: true });
    return 0;
  },
  "loading into 4 bits": async (folder) => heldBy(await loadModelWeights(folder, { quantise: BLOCKS })),
  "loading as float32": async (folder) => heldBy(await loadModelWeights(folder)),
};

function heldBy({ weights }: Awaited<ReturnType<typeof loadModelWeights>>): number {
  return [...weights.values()].reduce((sum, weight) => sum + weightBytes(weight), 0);
}

const [first = "", way] = process.argv.slice(2);
if (way !== undefined) {
  const heldBytes = await (WAYS[way] as (typeof WAYS)[string])(first);
  console.log(JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024, heldBytes } satisfies Measured));
} else if (first === "") {
  const folder = mkdtempSync(join(tmpdir(), "raif-import-"));
  try {
    await writeRandomFolder({ folder, config: CONFIG, seed: 1, dtype: "BF16", shards: 2 });
    await report(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
} else await report(first);

async function report(folder: string): Promise<void> {
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const files = await WeightFiles.open(folder);
  const sizes = [...files.fileOf].map(([name, file]) => (file.entries.get(name)?.end ?? 0) - (file.entries.get(name)?.start ?? 0));
  await files.close();
  const { modelType } = await readModelConfig(folder);
  console.log(
    `${modelType}, ${mebibytes(sizes.reduce((a, b) => a + b, 0))} stored, largest tensor ${mebibytes(Math.max(...sizes))} as stored`,
  );
  let programs = 0;
  for (const name of Object.keys(WAYS)) {
    const { stdout, stderr, status } = spawnSync(process.execPath, [import.meta.filename, folder, name], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    const { peakBytes, heldBytes } = JSON.parse(stdout) as Measured;
    programs ||= peakBytes;
    const beyond = mebibytes(peakBytes - programs - heldBytes);
    console.log(
      `${name}: peak ${mebibytes(peakBytes)}, of that ${mebibytes(heldBytes)} of weights in the end, ${beyond} beside them and the programs`,
    );
  }
}
