// The weights of a model folder, in one safetensors file or in shards with an index, read as the parameters a configuration
// asks for. Nothing the file holds is ignored unless it cannot matter.

import { access, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { WorkbenchError } from "../../../shared/errors.ts";
import { combineSha256, sha256OfFile } from "../tensor/sha256.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";
import { isQuantisable, quantiseMatrix, type BlockFormat, type ModelWeight, type QuantisedMatrix } from "./block-quantisation.ts";
import { parameterShapes } from "./config.ts";
import type { DecoderConfig } from "./config.ts";
import { SafetensorsFile } from "./safetensors.ts";

export const WEIGHTS_FILE_NAME = "model.safetensors";
const INDEX_FILE_NAME = "model.safetensors.index.json";
const NAMES_SHOWN = 8;

export interface ReadHooks {
  readonly signal?: AbortSignal;
  /** Put matrices into blocks as they are read; those that are stored so stay as they are. */
  readonly quantise?: BlockFormat;
  /** After every tensor. */
  readonly onProgress?: (event: { readonly tensorsRead: number; readonly tensorCount: number }) => void;
}

/** A matrix in blocks is stored as three tensors, named after it. */
export const QUANTISED_PARTS = ["packed", "scales", "zeros"] as const;

/** The weight files of a folder, open, and which of them holds a tensor. */
export class WeightFiles {
  private readonly files: readonly SafetensorsFile[];
  readonly fileOf: ReadonlyMap<string, SafetensorsFile>;

  private constructor(files: readonly SafetensorsFile[]) {
    this.files = files;
    this.fileOf = new Map(files.flatMap((file) => [...file.entries.keys()].map((name) => [name, file] as const)));
  }

  /** Throws "file-not-found", "invalid-json" and "invalid-model". */
  static async open(folder: string): Promise<WeightFiles> {
    const files: SafetensorsFile[] = [];
    try {
      for (const path of await weightPaths(folder)) files.push(await SafetensorsFile.open(path));
      return new WeightFiles(textParts(files));
    } catch (error) {
      for (const file of files) await file.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const file of this.files) await file.close();
  }
}

/**
 * A model that reads images too names its decoder's tensors "language_model.model.*" (as its files are written) or
 * "model.language_model.*": they get a decoder's own names, and the parts for images are left out.
 */
function textParts(files: readonly SafetensorsFile[]): readonly SafetensorsFile[] {
  const forms = [/^language_model\.(?=model\.|lm_head\.)/, /^model\.language_model\./];
  const form = forms.find((prefix) => files.some((file) => [...file.entries.keys()].some((name) => prefix.test(name))));
  if (form === undefined) return files;
  const rename = (name: string): string | undefined => {
    if (/^(?:model\.)?(?:vision_tower|multi_modal_projector)\./.test(name)) return undefined;
    return name.replace(form, form === forms[0] ? "" : "model.");
  };
  return files.map((file) => file.renamed(rename));
}

/**
 * Every parameter, in the order of parameterShapes: as float32, or in blocks where it is stored or wanted so. Throws "file-not-found", "missing-weights" (with the names),
 * "invalid-model" (unreadable, wrong shape, tensors the configuration has no place for), "non-finite" and "cancelled".
 */
export async function readParameters(folder: string, config: DecoderConfig, hooks: ReadHooks = {}): Promise<Map<string, ModelWeight>> {
  const files = await WeightFiles.open(folder);
  try {
    const { fileOf } = files;
    const shapes = parameterShapes(config);
    checkNames(folder, config, fileOf);
    const parameters = new Map<string, ModelWeight>();
    for (const [name, shape] of shapes) {
      if (hooks.signal?.aborted === true) throw new WorkbenchError("cancelled", "loading was cancelled", { where: folder });
      parameters.set(name, await readWeight(fileOf, name, shape, hooks.quantise));
      hooks.onProgress?.({ tensorsRead: parameters.size, tensorCount: shapes.size });
    }
    const embeddings = parameters.get("model.embed_tokens.weight") as Float32Tensor;
    await checkTiedHead(fileOf.get("lm_head.weight"), embeddings, config);
    return parameters;
  } finally {
    await files.close();
  }
}

async function readWeight(
  fileOf: ReadonlyMap<string, SafetensorsFile>,
  name: string,
  shape: readonly number[],
  quantise: BlockFormat | undefined,
): Promise<ModelWeight> {
  const file = fileOf.get(name);
  if (file === undefined) return readQuantised(fileOf, name, shape as readonly [number, number]);
  const tensor = await readParameter(file, name, shape);
  return quantise !== undefined && isQuantisable(name, shape, quantise) ? quantiseMatrix(tensor, quantise) : tensor;
}

/** The format follows from the shapes: how many blocks a row has, and how many bytes a block. */
async function readQuantised(
  fileOf: ReadonlyMap<string, SafetensorsFile>,
  name: string,
  shape: readonly [number, number],
): Promise<QuantisedMatrix> {
  const fileWith = (part: string) => fileOf.get(`${name}.${part}`) as SafetensorsFile;
  const shapeOf = (part: string) => fileWith(part).entries.get(`${name}.${part}`)?.shape ?? [];
  const [rows, width] = shape;
  const [, blocks = 0, blockBytes = 0] = shapeOf("packed");
  const blockSize = width / blocks;
  const bits = (blockBytes * 8) / blockSize;
  const expected = [[rows, blocks, blockBytes], [rows, blocks], [rows, Math.ceil((blocks * bits) / 8)]]; // prettier-ignore
  const fits = QUANTISED_PARTS.every((part, i) => shapeOf(part).join() === expected[i]?.join());
  if (!fits || (bits !== 4 && bits !== 8) || !Number.isInteger(blockSize)) {
    throw new WorkbenchError("invalid-model", `the blocks of ${name} do not fit the configuration`, {
      where: fileWith("packed").path,
      expected: `rows of ${width} values in whole blocks of 4 or 8 bits`,
      got: QUANTISED_PARTS.map((part) => `${part} [${shapeOf(part).join(", ")}]`).join(", "),
    });
  }
  const [packed, zeros] = [await fileWith("packed").readBytes(`${name}.packed`), await fileWith("zeros").readBytes(`${name}.zeros`)];
  const { data: scales } = await readParameter(fileWith("scales"), `${name}.scales`, [rows, blocks]);
  return { dtype: "blocks", bits, blockSize, shape, packed, scales, zeros };
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

function checkNames(folder: string, config: DecoderConfig, present: ReadonlyMap<string, unknown>): void {
  const wanted = [...parameterShapes(config).keys()].flatMap((name) =>
    present.has(`${name}.packed`) && !present.has(name) ? QUANTISED_PARTS.map((part) => `${name}.${part}`) : [name],
  );
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

async function checkTiedHead(file: SafetensorsFile | undefined, { data: embeddings }: Float32Tensor, config: DecoderConfig): Promise<void> {
  if (file === undefined || !config.tieWordEmbeddings) return;
  const head = (await file.read("lm_head.weight")).data;
  if (head.length === embeddings.length && head.every((value, i) => value === embeddings[i])) return;
  throw new WorkbenchError("invalid-model", "the stored output projection differs from the embeddings it should be tied to", {
    where: `${file.path}: lm_head.weight`,
    expected: "the values of model.embed_tokens.weight, or tie_word_embeddings false",
  });
}
