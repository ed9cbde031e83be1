// A copy of a model folder with the projections of its layers in 4 or 8 bits, read and written tensor by tensor. The rest of the
// weights keeps its bytes, config.json its fields beside "quantization_config": {"quant_method": "raif-blocks", "bits", "block_size"}.

import { resolve } from "node:path";
import { WorkbenchError } from "../../shared/errors.ts";
import {
  checkBlockFormat,
  isQuantisable,
  quantisationError,
  quantiseMatrix,
  type BlockFormat,
  type QuantisationError,
  type QuantisedMatrix,
} from "../engine/model/block-quantisation.ts";
import { BLOCK_QUANTISATION, parameterShapes, parseHfConfig } from "../engine/model/config.ts";
import { QUANTISED_PARTS, WeightFiles } from "../engine/model/hf-folder-weights.ts";
import { readCompanions, readConfigJson, writeModelFolder } from "../engine/model/hf-folder.ts";
import { writeSafetensorsEntries, type SafetensorsFile, type StoredEntry } from "../engine/model/safetensors.ts";
import { modelFolder } from "./resource-paths.ts";

export interface QuantiseRequest extends BlockFormat {
  /** Hugging Face folder or "nano". */
  readonly model: string;
  /** Folder to make; must not exist. */
  readonly to: string;
}

export interface QuantisedLayer extends QuantisationError {
  readonly name: string;
}

export interface QuantiseOutcome {
  readonly folder: string;
  readonly layers: readonly QuantisedLayer[];
  /** Matrices that the blocks do not divide. */
  readonly leftOut: readonly string[];
  readonly sourceBytes: number;
  readonly bytes: number;
}

export interface QuantiseHooks {
  readonly signal?: AbortSignal;
  readonly onLayer?: (layer: QuantisedLayer, done: number, total: number) => void;
}

/** Throws "invalid-argument", "cancelled", what reading a model folder throws, and storage errors; then there is no folder. */
export async function quantiseModel({ model, to, ...format }: QuantiseRequest, hooks: QuantiseHooks = {}): Promise<QuantiseOutcome> {
  checkBlockFormat(format);
  const source = modelFolder(model);
  const json = (await readConfigJson(source)) as Record<string, unknown>;
  const shapes = parameterShapes(parseHfConfig(json, source));
  if ((json["quantization_config"] ?? null) !== null) {
    throw new WorkbenchError("invalid-argument", "the model is quantised already", { where: source, hint: "Start from its full weights." });
  }
  const files = await WeightFiles.open(source);
  try {
    const plan = planEntries(source, shapes, files, format);
    const layers: QuantisedLayer[] = [];
    await writeModelFolder(to, {
      ...(await readCompanions(source)),
      config: { ...json, quantization_config: { quant_method: BLOCK_QUANTISATION, bits: format.bits, block_size: format.blockSize } },
      writeWeights: (path) => writeWeights(path, plan, format, layers, hooks),
    });
    const bytesOf = (entries: readonly { readonly file: SafetensorsFile; readonly name: string }[]) =>
      entries.reduce((sum, { file, name }) => sum + (file.entries.get(name)?.end ?? 0) - (file.entries.get(name)?.start ?? 0), 0);
    const quantised = plan.filter((entry) => entry.quantise);
    return {
      folder: resolve(to),
      layers,
      leftOut: plan.filter(({ name, quantise }) => !quantise && name.endsWith("_proj.weight")).map(({ name }) => name),
      sourceBytes: bytesOf(plan),
      bytes: bytesOf(plan) - bytesOf(quantised) + quantised.reduce((sum, { shape }) => sum + quantisedBytes(shape, format), 0),
    };
  } finally {
    await files.close();
  }
}

interface PlannedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly file: SafetensorsFile;
  readonly quantise: boolean;
}

function planEntries(
  folder: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  { fileOf }: WeightFiles,
  format: BlockFormat,
): PlannedTensor[] {
  return [...shapes].map(([name, shape]) => {
    const file = fileOf.get(name);
    if (file === undefined) throw new WorkbenchError("missing-weights", "a tensor is missing", { where: folder, expected: name });
    const stored = file.entries.get(name)?.shape ?? [];
    if (stored.join() !== shape.join()) {
      const [expected, got] = [`[${shape.join(", ")}]`, `[${stored.join(", ")}]`];
      throw new WorkbenchError("invalid-model", `tensor ${name} has the wrong shape`, { where: `${file.path}: ${name}`, expected, got });
    }
    return { name, shape, file, quantise: isQuantisable(name, shape, format) };
  });
}

function quantisedBytes(shape: readonly number[], format: BlockFormat): number {
  return partEntries("", shape, format).reduce(
    (sum, { shape: part, dtype }) => sum + part.reduce((a, b) => a * b, dtype === "F32" ? 4 : 1),
    0,
  );
}

function partEntries(name: string, shape: readonly number[], { bits, blockSize }: BlockFormat): StoredEntry[] {
  const [rows, width] = shape as readonly [number, number];
  const blocks = width / blockSize;
  return [
    { name: `${name}.packed`, dtype: "U8", shape: [rows, blocks, (blockSize * bits) / 8] },
    { name: `${name}.scales`, dtype: "F32", shape: [rows, blocks] },
    { name: `${name}.zeros`, dtype: "U8", shape: [rows, Math.ceil((blocks * bits) / 8)] },
  ];
}

async function writeWeights(
  path: string,
  plan: readonly PlannedTensor[],
  format: BlockFormat,
  layers: QuantisedLayer[],
  { signal, onLayer }: QuantiseHooks,
): Promise<void> {
  const total = plan.filter((tensor) => tensor.quantise).length;
  const sources = plan.flatMap((tensor) =>
    (tensor.quantise ? partEntries(tensor.name, tensor.shape, format) : [storedEntry(tensor)]).map((entry) => ({ entry, tensor })),
  );
  const tensorOf = new Map(sources.map(({ entry, tensor }) => [entry.name, tensor]));
  /** The matrix whose three parts are being written. */
  let current: { readonly name: string; readonly matrix: QuantisedMatrix } | undefined;
  await writeSafetensorsEntries(
    path,
    sources.map(({ entry }) => entry),
    async ({ name }) => {
      if (signal?.aborted === true) throw new WorkbenchError("cancelled", "quantising was cancelled");
      const tensor = tensorOf.get(name) as PlannedTensor;
      if (!tensor.quantise) return tensor.file.readBytes(tensor.name);
      if (current?.name !== tensor.name) {
        const values = await tensor.file.read(tensor.name);
        current = { name: tensor.name, matrix: quantiseMatrix(values, format) };
        const layer = { name: tensor.name, ...quantisationError(values, current.matrix) };
        requireFinite(layer);
        layers.push(layer);
        onLayer?.(layer, layers.length, total);
      }
      const part = current.matrix[QUANTISED_PARTS.find((candidate) => name.endsWith(`.${candidate}`)) ?? "packed"];
      return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    },
  );
}

function storedEntry({ name, shape, file }: PlannedTensor): StoredEntry {
  return { name, shape, dtype: file.entries.get(name)?.dtype ?? "F32" };
}

function requireFinite({ name, relative, largest }: QuantisedLayer): void {
  if (Number.isFinite(relative) && Number.isFinite(largest)) return;
  throw new WorkbenchError("non-finite", "a matrix holds values that are not numbers", { where: name });
}
