// Adapters in the layout of PEFT: adapter_config.json beside adapter_model.safetensors. Reads those whose arithmetic is that of
// lora.ts and writes ours. What PEFT can do beyond it is an error that names the field.

import { randomUUID } from "node:crypto";
import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { WorkbenchError } from "../../../shared/errors.ts";
import { combineSha256, sha256OfFile } from "../tensor/sha256.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";
import { Fields, isObject, show } from "./config-fields.ts";
import { parameterShapes, type DecoderConfig } from "./config.ts";
import { LORA_TARGETS, type LoraConfig } from "./lora.ts";
import { SafetensorsFile, writeSafetensors } from "./safetensors.ts";

export interface Adapter {
  readonly lora: LoraConfig;
  /** "<layer>.lora_A.weight" and "<layer>.lora_B.weight", as in lora.ts. */
  readonly tensors: ReadonlyMap<string, Float32Tensor>;
}

const CONFIG_FILE_NAME = "adapter_config.json";
const WEIGHTS_FILE_NAME = "adapter_model.safetensors";
/** PEFT wraps the model twice. */
const PREFIX = "base_model.model.";

/** Fields that change what an adapter computes, and the values under which they do not. Absent is fine. */
const INERT_VALUES: Readonly<Record<string, readonly unknown[]>> = {
  peft_type: ["LORA"],
  bias: ["none"],
  use_dora: [false],
  fan_in_fan_out: [false],
  lora_bias: [false],
  use_qalora: [false],
  rank_pattern: [{}],
  alpha_pattern: [{}],
  modules_to_save: [[]],
  layer_replication: [[]],
  megatron_config: [],
  trainable_token_indices: [[], {}],
  target_parameters: [[]],
  alora_invocation_tokens: [[]],
  arrow_config: [],
  use_bdlora: [false],
};

/**
 * An adapter for a model of this configuration. Throws "file-not-found", "invalid-json", "invalid-config", "unsupported" where PEFT
 * would compute something else, and "invalid-model" and "missing-weights" where the tensors do not fit.
 */
export async function readPeftAdapter(folder: string, config: DecoderConfig): Promise<Adapter & { readonly sha256: string }> {
  const fields = await readConfig(join(folder, CONFIG_FILE_NAME));
  const rank = fields.positiveInteger("r", 8);
  const alpha = fields.positiveNumber("lora_alpha", 8);
  const path = join(folder, WEIGHTS_FILE_NAME);
  const tensors = await readTensors(path, config, rank);
  const targets = LORA_TARGETS.filter((target) => [...tensors.keys()].some((name) => name.includes(`.${target}.`)));
  const dropout = fields.get("lora_dropout") ?? 0;
  if (typeof dropout !== "number" || dropout < 0 || dropout >= 1) throw fields.invalid("lora_dropout", "a number from 0 to below 1");
  // Rank-stabilised adapters are scaled by alpha / sqrt(rank), which is ours with a larger alpha.
  const scaled = fields.boolean("use_rslora", false) ? alpha * Math.sqrt(rank) : alpha;
  const sha256 = combineSha256({ config: await sha256OfFile(join(folder, CONFIG_FILE_NAME)), weights: await sha256OfFile(path) });
  return { lora: { rank, alpha: scaled, dropout, targets }, tensors, sha256 };
}

async function readConfig(path: string): Promise<Fields> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new WorkbenchError(
      "file-not-found",
      "cannot read the adapter",
      { where: path, expected: "a folder in PEFT's layout" },
      { cause },
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new WorkbenchError("invalid-json", "not a JSON file", { where: path, got: String(cause) }, { cause });
  }
  if (!isObject(json)) throw new WorkbenchError("invalid-config", "not a JSON object", { where: path, got: show(json) });
  for (const [name, inert] of Object.entries(INERT_VALUES)) {
    const value = json[name] ?? null;
    if (value === null || inert.some((allowed) => JSON.stringify(allowed) === JSON.stringify(value))) continue;
    throw new WorkbenchError("unsupported", `the adapter's field "${name}" asks for arithmetic that is not supported`, {
      where: `${path}: ${name}`,
      expected: ["null", ...inert.map(show)].join(" or "),
      got: show(value),
    });
  }
  return new Fields(json, path);
}

async function readTensors(path: string, config: DecoderConfig, rank: number): Promise<Map<string, Float32Tensor>> {
  const file = await SafetensorsFile.open(path);
  try {
    const tensors = new Map<string, Float32Tensor>();
    const shapes = adapterShapes(config, rank);
    for (const stored of file.entries.keys()) {
      const name = stored.startsWith(PREFIX) ? stored.slice(PREFIX.length) : stored;
      const expected = shapes.get(name);
      const got = file.entries.get(stored)?.shape ?? [];
      if (expected === undefined || expected.join() !== got.join()) {
        throw new WorkbenchError("invalid-model", "a tensor of the adapter does not fit the model", {
          where: `${path}: ${stored}`,
          expected: expected === undefined ? "lora_A and lora_B of linear layers of the model" : `[${expected.join(", ")}]`,
          got: `[${got.join(", ")}]`,
        });
      }
      tensors.set(name, await file.read(stored));
    }
    checkPairs(path, tensors);
    return tensors;
  } finally {
    await file.close();
  }
}

/** Every tensor an adapter of this rank may have. */
function adapterShapes(config: DecoderConfig, rank: number): Map<string, readonly [number, number]> {
  const shapes = new Map<string, readonly [number, number]>();
  for (const [name, shape] of parameterShapes(config)) {
    const layer = name.slice(0, -".weight".length);
    if (!LORA_TARGETS.some((target) => name.endsWith(`.${target}.weight`))) continue;
    const [outSize, inSize] = shape as [number, number];
    shapes.set(`${layer}.lora_A.weight`, [rank, inSize]);
    shapes.set(`${layer}.lora_B.weight`, [outSize, rank]);
  }
  return shapes;
}

function checkPairs(path: string, tensors: ReadonlyMap<string, Float32Tensor>): void {
  for (const [name, { data }] of tensors) {
    const partner = name.includes(".lora_A.") ? name.replace(".lora_A.", ".lora_B.") : name.replace(".lora_B.", ".lora_A.");
    if (!tensors.has(partner))
      throw new WorkbenchError("missing-weights", "half of an adapter is missing", { where: path, expected: partner });
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new WorkbenchError("non-finite", "a tensor of the adapter holds a value that is not a number", {
        where: `${path}: ${name}[${bad}]`,
        got: String(data[bad]),
      });
    }
  }
  if (tensors.size === 0) throw new WorkbenchError("missing-weights", "the adapter is empty", { where: path });
}

/**
 * Writes a new folder that PEFT loads onto `baseModel`; it appears complete or not at all. Throws "invalid-argument" where it
 * exists, "non-finite", "storage-full" and "storage-failed".
 */
export async function writePeftAdapter(folder: string, { lora, tensors }: Adapter, baseModel: string): Promise<void> {
  const target = resolve(folder);
  const staging = join(dirname(target), `.${basename(target)}.${randomUUID()}.partial`);
  const description = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: baseModel,
    inference_mode: true,
    r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    target_modules: lora.targets,
    bias: "none",
    fan_in_fan_out: false,
    modules_to_save: null,
    use_dora: false,
    use_rslora: false,
  };
  try {
    await mkdir(staging, { recursive: true });
    await writeSafetensors(join(staging, WEIGHTS_FILE_NAME), new Map([...tensors].map(([name, tensor]) => [PREFIX + name, tensor])), "F32");
    await writeFile(join(staging, CONFIG_FILE_NAME), `${JSON.stringify(description, null, 2)}\n`, { flush: true });
    await rename(staging, await unusedFolder(target));
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (error instanceof WorkbenchError || !(error instanceof Error) || !("code" in error)) throw error;
    const isFull = error.code === "ENOSPC" || error.code === "EDQUOT";
    const details = { where: target, got: error.message };
    throw new WorkbenchError(isFull ? "storage-full" : "storage-failed", "the adapter could not be saved", details, { cause: error });
  }
}

/** Renaming would silently replace an empty folder. */
async function unusedFolder(target: string): Promise<string> {
  const exists = await access(target).then(
    () => true,
    () => false,
  );
  if (exists) throw new WorkbenchError("invalid-argument", "the folder exists already", { where: target });
  return target;
}
