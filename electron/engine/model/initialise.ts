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
export function initialiseParameters(config: DecoderConfig, seed: number, standardDeviation = STANDARD_DEVIATION): Map<string, Float32Tensor> {
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
