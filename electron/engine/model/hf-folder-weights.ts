// The weights of a model folder, in one safetensors file or in shards with an index, read as the parameters a configuration
// asks for. Nothing the file holds is ignored unless it cannot matter.

import { access, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { WorkbenchError } from "../../../shared/errors.ts";
import { combineSha256, sha256OfFile } from "../tensor/sha256.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";
import { parameterShapes } from "./config.ts";
import type { DecoderConfig } from "./config.ts";
import { SafetensorsFile } from "./safetensors.ts";

export const WEIGHTS_FILE_NAME = "model.safetensors";
const INDEX_FILE_NAME = "model.safetensors.index.json";
const NAMES_SHOWN = 8;

export interface ReadHooks {
  readonly signal?: AbortSignal;
  /** After every tensor. */
  readonly onProgress?: (event: { readonly tensorsRead: number; readonly tensorCount: number }) => void;
}

/**
 * Every parameter as float32, in the order of parameterShapes. Throws "file-not-found", "missing-weights" (with the names),
 * "invalid-model" (unreadable, wrong shape, tensors the configuration has no place for), "non-finite" and "cancelled".
 */
export async function readParameters(folder: string, config: DecoderConfig, hooks: ReadHooks = {}): Promise<Map<string, Float32Tensor>> {
  const files: SafetensorsFile[] = [];
  try {
    for (const path of await weightPaths(folder)) files.push(await SafetensorsFile.open(path));
    const fileOf = new Map<string, SafetensorsFile>();
    for (const file of files) for (const name of file.entries.keys()) fileOf.set(name, file);
    const shapes = parameterShapes(config);
    checkNames(folder, [...shapes.keys()], fileOf, config);
    const parameters = new Map<string, Float32Tensor>();
    for (const [name, shape] of shapes) {
      if (hooks.signal?.aborted === true) throw new WorkbenchError("cancelled", "loading was cancelled", { where: folder });
      parameters.set(name, await readParameter(fileOf.get(name) as SafetensorsFile, name, shape));
      hooks.onProgress?.({ tensorsRead: parameters.size, tensorCount: shapes.size });
    }
    await checkTiedHead(fileOf.get("lm_head.weight"), parameters, config);
    return parameters;
  } finally {
    for (const file of files) await file.close();
  }
}

/** One fingerprint of all weight files; that of a single file is the file's own SHA-256. */
export async function weightsSha256(folder: string, signal?: AbortSignal): Promise<string> {
  const paths = await weightPaths(folder);
  const [only] = paths;
  if (paths.length === 1 && only !== undefined) return sha256OfFile(only, signal);
  const parts: Record<string, string> = {};
  for (const path of paths) parts[basename(path)] = await sha256OfFile(path, signal);
  return combineSha256(parts);
}

/** The single file wins over the index, as in transformers. */
async function weightPaths(folder: string): Promise<string[]> {
  const single = join(folder, WEIGHTS_FILE_NAME);
  const where = join(folder, INDEX_FILE_NAME);
  if (await exists(single)) return [single];
  if (!(await exists(where))) {
    throw new WorkbenchError("file-not-found", "the folder has no weights", {
      where: folder,
      expected: `${WEIGHTS_FILE_NAME} or ${INDEX_FILE_NAME}`,
      hint: "Only safetensors files are read; convert other formats first.",
    });
  }
  let index: unknown;
  try {
    index = JSON.parse(await readFile(where, "utf8"));
  } catch (cause) {
    throw new WorkbenchError("invalid-json", "the weight index is not JSON", { where }, { cause });
  }
  const map = typeof index === "object" && index !== null && "weight_map" in index ? index.weight_map : undefined;
  const fileNames = typeof map === "object" && map !== null ? new Set<unknown>(Object.values(map)) : new Set<unknown>();
  if (fileNames.size === 0) throw new WorkbenchError("invalid-model", "the weight index names no files", { where: `${where}: weight_map` });
  return [...fileNames].map((fileName) => {
    if (typeof fileName === "string" && basename(fileName) === fileName) return join(folder, fileName);
    const got = JSON.stringify(fileName);
    throw new WorkbenchError("invalid-model", "the weight index names an unusable file", {
      where: `${where}: weight_map`,
      expected: "a file in the folder",
      got,
    });
  });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function checkNames(folder: string, wanted: readonly string[], present: ReadonlyMap<string, unknown>, config: DecoderConfig): void {
  const missing = wanted.filter((name) => !present.has(name));
  if (missing.length > 0) {
    throw new WorkbenchError("missing-weights", `${missing.length} of ${wanted.length} tensors are missing`, {
      where: folder,
      expected: listed(missing),
    });
  }
  const known = new Set(wanted);
  const surplus = [...present.keys()].filter((name) => !known.has(name) && !isHarmless(name, config));
  if (surplus.length > 0) {
    throw new WorkbenchError(
      "invalid-model",
      `${surplus.length} tensors have no place in a ${config.modelType} model of this configuration`,
      {
        where: folder,
        expected: "only the tensors that config.json implies",
        got: listed(surplus),
      },
    );
  }
}

/** Old checkpoints store the rotary frequencies, which follow from rope_theta; a stored tied head is compared with the embeddings. */
function isHarmless(name: string, config: DecoderConfig): boolean {
  return name.endsWith(".rotary_emb.inv_freq") || (name === "lm_head.weight" && config.tieWordEmbeddings);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(", ");
  return names.length > NAMES_SHOWN ? `${shown} and ${names.length - NAMES_SHOWN} more` : shown;
}

async function readParameter(file: SafetensorsFile, name: string, shape: readonly number[]): Promise<Float32Tensor> {
  const stored = file.entries.get(name)?.shape ?? [];
  if (stored.length !== shape.length || stored.some((size, axis) => size !== shape[axis])) {
    throw new WorkbenchError("invalid-model", `tensor ${name} has the wrong shape`, {
      where: `${file.path}: ${name}`,
      expected: `[${shape.join(", ")}]`,
      got: `[${stored.join(", ")}]`,
    });
  }
  const tensor = await file.read(name);
  const bad = tensor.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new WorkbenchError("non-finite", `tensor ${name} holds a value that is not a number`, {
      where: `${file.path}: ${name}[${bad}]`,
      expected: "finite values",
      got: `${tensor.data[bad]}`,
    });
  }
  return tensor;
}

async function checkTiedHead(
  file: SafetensorsFile | undefined,
  parameters: ReadonlyMap<string, Float32Tensor>,
  config: DecoderConfig,
): Promise<void> {
  if (file === undefined || !config.tieWordEmbeddings) return;
  const head = (await file.read("lm_head.weight")).data;
  const embeddings = parameters.get("model.embed_tokens.weight")?.data ?? new Float32Array();
  if (head.length === embeddings.length && head.every((value, i) => value === embeddings[i])) return;
  throw new WorkbenchError("invalid-model", "the stored output projection differs from the embeddings it should be tied to", {
    where: `${file.path}: lm_head.weight`,
    expected: "the values of model.embed_tokens.weight, or tie_word_embeddings false",
  });
}
