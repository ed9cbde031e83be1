// Tiny random decoders for tests: every feature of the architecture at a size that float64 loops can check, with parameters far
// from an initialisation, so that no term of a gradient vanishes.

import { parameterShapes, PLAIN_DECODER, type DecoderConfig, type ModelType } from "../model/config.ts";
import { Random, mixSeed } from "../tensor/random.ts";
import { float32, sizeOf, type Float32Tensor } from "../tensor/tensor.ts";

/** Grouped-query attention with 4 heads on 2, two layers, 37 tokens, 48 positions. */
export function tinyConfig(modelType: ModelType, changes: Partial<DecoderConfig> = {}): DecoderConfig {
  return {
    ...PLAIN_DECODER,
    modelType,
    vocabSize: 37,
    hiddenSize: 16,
    numLayers: 2,
    numHeads: 4,
    numKvHeads: 2,
    headDim: modelType === "qwen3" ? 6 : 4,
    intermediateSize: 24,
    rmsNormEps: 1e-5,
    ropeTheta: 10000,
    tieWordEmbeddings: false,
    qkvBias: modelType === "qwen2",
    qkNorm: modelType === "qwen3",
    maxPositionEmbeddings: 48,
    eosTokenIds: [],
    bosTokenId: null,
    ...changes,
  };
}

export function randomParameters(config: DecoderConfig, seed: number): Map<string, Float32Tensor> {
  return randomTensors(parameterShapes(config), seed);
}

/** Matrices of standard deviation 1 / sqrt(in), norms around 1, biases around 0. */
export function randomTensors(shapes: ReadonlyMap<string, readonly number[]>, seed: number): Map<string, Float32Tensor> {
  return new Map(
    [...shapes].map(([name, shape]) => {
      const random = new Random(mixSeed(seed, name));
      const [mean, deviation] = name.endsWith("norm.weight") ? [1, 0.2] : [0, shape.length === 1 ? 0.3 : 1 / Math.sqrt(shape[1] as number)];
      return [
        name,
        float32(
          shape,
          Float32Array.from({ length: sizeOf(shape) }, () => mean + deviation * random.normal()),
        ),
      ];
    }),
  );
}
