// Fresh parameters for a decoder that has never been trained, from a seed: normal with standard deviation 0.02, as transformers'
// initializer_range; projections that write into the residual stream scaled down by the number of such writes (GPT-2, Radford et
// al. 2019, section 2.3); norms one, biases zero.

import { Random, mixSeed } from "../tensor/random.ts";
import { float32, sizeOf } from "../tensor/tensor.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";
import { parameterShapes } from "./config.ts";
import type { DecoderConfig } from "./config.ts";

/** transformers' initializer_range, meant for wide models; narrow ones learn sooner with about 1 / sqrt(hiddenSize). */
const STANDARD_DEVIATION = 0.02;

/** Every parameter draws from its own stream, named after it, so one parameter does not depend on which others exist. */
export function initialiseParameters(
  config: DecoderConfig,
  seed: number,
  standardDeviation = STANDARD_DEVIATION,
): Map<string, Float32Tensor> {
  const residualDeviation = standardDeviation / Math.sqrt(2 * config.numLayers);
  const parameters = new Map<string, Float32Tensor>();
  for (const [name, shape] of parameterShapes(config)) {
    const values = new Float32Array(sizeOf(shape));
    if (name.endsWith("norm.weight")) values.fill(1);
    else if (!name.endsWith(".bias")) {
      const random = new Random(mixSeed(seed, "initialise", name));
      const writesResidual = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight");
      const deviation = writesResidual ? residualDeviation : standardDeviation;
      for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
    }
    parameters.set(name, float32(shape, values));
  }
  return parameters;
}

export interface PositionHeads {
  /** Which decoder layer gets them; the first, for heads that look at the tokens just before. */
  readonly layer: number;
  /** Per query head: how many tokens back it looks at first. */
  readonly offsets: readonly number[];
  /** Size of the biases; the score of the favoured offset is about amplitude^2 * pairs / sqrt(headDim). */
  readonly amplitude: number;
  /** Fastest rotary pairs that carry the bias. */
  readonly pairs: number;
}

/**
 * Sets query and key biases of one layer in place so that each head starts out attending a fixed distance back, whatever the
 * tokens: with rotary positions, a query bias turned by -offset against the key bias scores cos((distance - offset) * frequency)
 * a pair. A narrow model with such heads finds copying within 0.3 M tokens, without them not within several million. Needs qkvBias.
 */
export function initialisePositionHeads(parameters: ReadonlyMap<string, Float32Tensor>, config: DecoderConfig, heads: PositionHeads): void {
  const { headDim, numHeads, numKvHeads, ropeTheta } = config;
  const bias = (name: string): Float32Array => {
    const tensor = parameters.get(`model.layers.${heads.layer}.self_attn.${name}.bias`);
    if (tensor === undefined) throw new Error("position heads need biases on queries and keys");
    return tensor.data;
  };
  const [query, key] = [bias("q_proj"), bias("k_proj")];
  const half = headDim / 2;
  for (let pair = 0; pair < heads.pairs; pair++) {
    const frequency = ropeTheta ** ((-2 * pair) / headDim);
    for (let head = 0; head < numKvHeads; head++) key[head * headDim + pair] = heads.amplitude;
    for (let head = 0; head < numHeads; head++) {
      const angle = -(heads.offsets[head] ?? 0) * frequency;
      query[head * headDim + pair] = heads.amplitude * Math.cos(angle);
      query[head * headDim + half + pair] = heads.amplitude * Math.sin(angle);
    }
  }
}
