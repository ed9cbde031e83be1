// A model folder in the Hugging Face layout: loading it whole, with the fingerprints that identify it, and saving one that
// transformers loads too. A saved folder appears complete or not at all.

import { randomUUID } from "node:crypto";
import { access, copyFile, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { WorkbenchError } from "../../../shared/errors.ts";
import { combineSha256, sha256OfFile, sha256OfText } from "../tensor/sha256.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";
import { TOKENIZER_FILE_NAMES, readChatTemplateSource } from "../tokenizer/tokenizer-files.ts";
import { dequantised, type ModelWeights } from "./block-quantisation.ts";
import { parameterShapes, parseHfConfig, toHfConfig } from "./config.ts";
import type { DecoderConfig } from "./config.ts";
import { WEIGHTS_FILE_NAME, readParameters, weightsSha256 } from "./hf-folder-weights.ts";
import type { ReadHooks } from "./hf-folder-weights.ts";
import { writeSafetensors } from "./safetensors.ts";

const CONFIG_FILE_NAME = "config.json";
const GENERATION_CONFIG_FILE_NAME = "generation_config.json";
const FORMATS = { float32: "F32", bfloat16: "BF16", float16: "F16" } as const;
export type StorageDtype = keyof typeof FORMATS;

/** Parsed generation_config.json; which of its fields matter is the sampler's business. */
export type GenerationConfig = Readonly<Record<string, unknown>>;

export interface ModelContents {
  readonly config: DecoderConfig;
  /** Exactly the tensors of parameterShapes(config). */
  readonly parameters: ReadonlyMap<string, Float32Tensor>;
  /** Absolute paths of the tokenizer and template files. */
  readonly tokenizerFiles: readonly string[];
  readonly generationConfig: GenerationConfig | null;
}

export interface LoadedModel extends ModelContents {
  /** SHA-256, lower-case hex. Weights, config and tokenizer are over file contents, chatTemplate over the template text. */
  readonly sha256: ModelFingerprints;
}

export interface ModelFingerprints {
  readonly weights: string;
  readonly config: string;
  readonly tokenizer: string;
  readonly chatTemplate: string | null;
}

/** A model whose matrices may be in blocks. */
export interface LoadedWeights extends Omit<LoadedModel, "parameters"> {
  readonly weights: ModelWeights;
}

/** Every weight as float32. Throws "file-not-found", "invalid-json", and what parseHfConfig and readParameters throw. */
export async function loadModelFolder(folder: string, hooks: ReadHooks = {}): Promise<LoadedModel> {
  const { weights, ...model } = await loadModelWeights(folder, hooks);
  return { ...model, parameters: dequantised(weights) };
}

/** The same with matrices in blocks left so. */
export async function loadModelWeights(folder: string, hooks: ReadHooks = {}): Promise<LoadedWeights> {
  const path = resolve(folder);
  const config = await readModelConfig(path);
  const companions = await readCompanions(path);
  const weights = await readParameters(path, config, hooks);
  return {
    config,
    weights,
    ...companions,
    sha256: await modelFingerprints(path, hooks.signal),
  };
}

/** The parsed config.json as it is. Throws "file-not-found" and "invalid-json". */
export function readConfigJson(folder: string): Promise<unknown> {
  return readJson(join(folder, CONFIG_FILE_NAME));
}

/** What a copy of the folder takes along beside config and weights. Throws what reading throws. */
export async function readCompanions(folder: string): Promise<Pick<ModelContents, "tokenizerFiles" | "generationConfig">> {
  const path = resolve(folder);
  const generationPath = join(path, GENERATION_CONFIG_FILE_NAME);
  const generation = (await exists(generationPath)) ? await readJson(generationPath) : null;
  return { tokenizerFiles: await presentTokenizerFiles(path), generationConfig: asGenerationConfig(generation, generationPath) };
}

/** Only the configuration, e.g. to list models. Throws "file-not-found", "invalid-json" and what parseHfConfig throws. */
export async function readModelConfig(folder: string): Promise<DecoderConfig> {
  const path = join(folder, CONFIG_FILE_NAME);
  return parseHfConfig(await readJson(path), path);
}

/** SHA-256 hex over the tokenizer's files, without reading the weights. */
export async function tokenizerFingerprint(folder: string, signal?: AbortSignal): Promise<string> {
  const parts: Record<string, string> = {};
  for (const path of await presentTokenizerFiles(resolve(folder))) parts[basename(path)] = await sha256OfFile(path, signal);
  return combineSha256(parts);
}

/** Reads every file once. Throws "file-not-found". */
export async function modelFingerprints(folder: string, signal?: AbortSignal): Promise<ModelFingerprints> {
  const template = await readChatTemplateSource(folder);
  return {
    weights: await weightsSha256(folder, signal),
    config: await sha256OfFile(join(folder, CONFIG_FILE_NAME), signal),
    tokenizer: await tokenizerFingerprint(folder, signal),
    chatTemplate: template === null ? null : sha256OfText(template.text),
  };
}

/** Ids that end an answer by the model's own files: those of config.json and generation_config.json. */
export function stopTokenIds(model: Pick<ModelContents, "config" | "generationConfig">): number[] {
  const named = [model.generationConfig?.["eos_token_id"] ?? []].flat();
  return [...new Set([...model.config.eosTokenIds, ...named.filter((id) => typeof id === "number")])];
}

/**
 * Writes config, weights in `dtype`, generation config and copies of the tokenizer files into a new folder. Everything is written
 * and flushed beside it first and then renamed. Throws "invalid-argument" when `folder` exists, "missing-weights" and
 * "invalid-model" when the parameters do not fit the configuration, "non-finite", "file-not-found", "storage-failed" and
 * "storage-full".
 */
export async function saveModelFolder(folder: string, model: ModelContents, options: { readonly dtype: StorageDtype }): Promise<void> {
  const target = resolve(folder);
  await requireUnused(target);
  checkParameters(model);
  await writeModelFolder(target, {
    config: toHfConfig(model.config, options.dtype),
    generationConfig: model.generationConfig,
    tokenizerFiles: model.tokenizerFiles,
    writeWeights: (path) => writeSafetensors(path, model.parameters, FORMATS[options.dtype]),
  });
}

export interface FolderContents extends Pick<ModelContents, "tokenizerFiles" | "generationConfig"> {
  readonly config: Readonly<Record<string, unknown>>;
  /** Writes and flushes the file of the weights. */
  readonly writeWeights: (path: string) => Promise<void>;
}

/** A new model folder, which appears complete or not at all. Throws "invalid-argument" when it exists, and storage errors. */
export async function writeModelFolder(folder: string, contents: FolderContents): Promise<void> {
  const target = resolve(folder);
  await requireUnused(target);
  const staging = join(dirname(target), `.${basename(target)}.${randomUUID()}.partial`);
  try {
    await mkdir(staging, { recursive: true });
    await writeJson(join(staging, CONFIG_FILE_NAME), contents.config);
    if (contents.generationConfig !== null) await writeJson(join(staging, GENERATION_CONFIG_FILE_NAME), contents.generationConfig);
    for (const source of contents.tokenizerFiles) await copyInto(staging, source);
    await contents.writeWeights(join(staging, WEIGHTS_FILE_NAME));
    await flush(staging);
    await rename(staging, target);
    await flush(dirname(target));
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw storageError(error, target);
  }
}

async function requireUnused(target: string): Promise<void> {
  if (await exists(target)) throw new WorkbenchError("invalid-argument", "the folder exists already", { where: target });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function presentTokenizerFiles(folder: string): Promise<string[]> {
  const present: string[] = [];
  for (const fileName of TOKENIZER_FILE_NAMES) if (await exists(join(folder, fileName))) present.push(join(folder, fileName));
  return present;
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new WorkbenchError(
      "file-not-found",
      "cannot read the file",
      { where: path, expected: "a model folder in the Hugging Face layout" },
      { cause },
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new WorkbenchError("invalid-json", "not a JSON file", { where: path, got }, { cause });
  }
}

function asGenerationConfig(json: unknown, where: string): GenerationConfig | null {
  if (json === null) return null;
  if (typeof json === "object" && !Array.isArray(json)) return json as GenerationConfig;
  throw new WorkbenchError("invalid-config", "not a JSON object", { where, expected: "an object", got: JSON.stringify(json) });
}

function checkParameters(model: ModelContents): void {
  const shapes = parameterShapes(model.config);
  const missing = [...shapes.keys()].filter((name) => !model.parameters.has(name));
  if (missing.length > 0) throw new WorkbenchError("missing-weights", "the model lacks tensors", { expected: missing.join(", ") });
  for (const [name, tensor] of model.parameters) {
    const expected = shapes.get(name);
    if (expected?.join() === tensor.shape.join()) continue;
    throw new WorkbenchError("invalid-model", `tensor ${name} does not fit the configuration`, {
      where: name,
      expected: expected === undefined ? "no such tensor" : `[${expected.join(", ")}]`,
      got: `[${tensor.shape.join(", ")}]`,
    });
  }
}

async function copyInto(folder: string, source: string): Promise<void> {
  const target = join(folder, basename(source));
  if (!(await exists(source))) throw new WorkbenchError("file-not-found", "a tokenizer file is gone", { where: source });
  await copyFile(source, target);
  await flush(target);
}

async function writeJson(path: string, json: unknown): Promise<void> {
  const handle = await open(path, "w");
  try {
    await handle.writeFile(`${JSON.stringify(json, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a file, or the entries of a folder, survive a power cut. Windows cannot open folders and does not need it. */
async function flush(path: string): Promise<void> {
  let handle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    if (process.platform === "win32") return;
    throw error;
  }
  try {
    await handle.sync();
  } catch (error) {
    if (process.platform !== "win32") throw error;
  } finally {
    await handle.close();
  }
}

function storageError(error: unknown, where: string): unknown {
  if (error instanceof WorkbenchError || !(error instanceof Error) || !("code" in error)) return error;
  const isFull = error.code === "ENOSPC" || error.code === "EDQUOT";
  return new WorkbenchError(
    isFull ? "storage-full" : "storage-failed",
    "the model could not be saved",
    { where, got: error.message },
    { cause: error },
  );
}
