// `raif bench --model`: the speed of a given model, from its folder, or from a config.json alone with weights of no meaning.

import { benchmarkModel, type ModelBenchOptions, type ModelBenchResult } from "../engine/benchmarks/model-bench.ts";
import {
  DEFAULT_BLOCK_SIZE,
  isQuantisable,
  quantiseMatrix,
  type BlockFormat,
  type ModelWeight,
  type ModelWeights,
} from "../engine/model/block-quantisation.ts";
import { parameterShapes, type DecoderConfig } from "../engine/model/config.ts";
import { loadModelWeights } from "../engine/model/hf-folder.ts";
import { Random } from "../engine/tensor/random.ts";
import { float32, sizeOf } from "../engine/tensor/tensor.ts";
import { readArchitecture } from "./estimate-memory.ts";
import { modelFolder } from "./resource-paths.ts";

export type { ModelBenchResult };

export interface ModelBenchRequest {
  /** Hugging Face folder, the path of a config.json, or "nano". */
  readonly model: string;
  /** 4 and 8 put the layers' projections into blocks. */
  readonly bits: 4 | 8 | 32;
  readonly rounds: number;
  /** Other than the documented sizes only in tests. */
  readonly sizes?: ModelBenchOptions;
}

/** Throws what reading the model throws, and "cancelled". */
export async function measureModel(
  { model, bits, rounds, sizes = {} }: ModelBenchRequest,
  signal?: AbortSignal,
): Promise<ModelBenchResult> {
  const format: BlockFormat | undefined = bits === 32 ? undefined : { bits, blockSize: DEFAULT_BLOCK_SIZE };
  const { config, weights } = await openWeights(model, format, signal);
  return benchmarkModel(config, weights, rounds, sizes);
}

async function openWeights(
  model: string,
  quantise: BlockFormat | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly config: DecoderConfig; readonly weights: ModelWeights }> {
  if (!model.endsWith(".json")) {
    return loadModelWeights(modelFolder(model), {
      ...(signal === undefined ? {} : { signal }),
      ...(quantise === undefined ? {} : { quantise }),
    });
  }
  const { config } = await readArchitecture(model);
  return { config, weights: arbitraryWeights(config, quantise) };
}

/** Runs of one pool of numbers: what they are changes nothing about the time. */
function arbitraryWeights(config: DecoderConfig, format: BlockFormat | undefined): ModelWeights {
  const random = new Random(1);
  const pool = Float32Array.from({ length: 1 << 20 }, () => random.normal());
  const weights = new Map<string, ModelWeight>();
  for (const [name, shape] of parameterShapes(config)) {
    const data = new Float32Array(sizeOf(shape));
    const scale = shape.length === 1 ? 1 : 1 / Math.sqrt(shape[1] as number);
    for (let i = 0; i < data.length; i++) data[i] = scale * (pool[i & (pool.length - 1)] as number);
    const tensor = float32(shape, data);
    weights.set(name, format !== undefined && isQuantisable(name, shape, format) ? quantiseMatrix(tensor, format) : tensor);
  }
  return weights;
}
