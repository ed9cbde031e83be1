// Parameters by Hugging Face name turned into what the generation graphs take: query, key and value projections merged and the
// attention scale folded into the query's, everything else shared with the caller. Matrices may be quantised. Owns no graph.

import { WorkbenchError } from "../../../shared/errors.ts";
import {
  isQuantised,
  stackQuantised,
  type BlockFormat,
  type ModelWeight,
  type ModelWeights,
  type QuantisedMatrix,
} from "../model/block-quantisation.ts";
import { parameterShapes, type DecoderConfig } from "../model/config.ts";
import { scoreScale } from "../model/rope.ts";
import { float32, type Float32Tensor } from "../tensor/tensor.ts";

export type DecoderWeights = ModelWeights;

/**
 * Names: embed, head (untied only), norm and, per layer L, L.attention_norm, L.qkv [(H + 2 Hkv) D, d], L.out, L.mlp_norm, L.gate,
 * L.up, L.down, with L.q_norm, L.k_norm and L.qkv_bias, L.out_bias, L.gate_bias, L.up_bias, L.down_bias where the config has them.
 * Matrices are [out, in]. Throws "missing-weights" and "invalid-model", naming the tensor.
 */
export function decoderWeights(config: DecoderConfig, parameters: ModelWeights): DecoderWeights {
  const shapes = parameterShapes(config);
  const matrix = (name: string): ModelWeight => {
    const tensor = parameters.get(name);
    const shape = shapes.get(name);
    if (tensor === undefined) throw new WorkbenchError("missing-weights", "a parameter is missing", { where: name });
    if (shape?.join() !== tensor.shape.join()) {
      const [expected, got] = [`[${shape?.join(", ")}]`, `[${tensor.shape.join(", ")}]`];
      throw new WorkbenchError("invalid-model", "a parameter has the wrong shape", { where: name, expected, got });
    }
    return tensor;
  };
  const get = (name: string): Float32Tensor => {
    const tensor = matrix(name);
    if (!isQuantised(tensor)) return tensor;
    throw new WorkbenchError("invalid-model", "a parameter that must be float32 is quantised", { where: name });
  };
  const unrotated = new Set(config.unrotatedLayers);
  const weights = new Map<string, ModelWeight>([
    ["embed", get("model.embed_tokens.weight")],
    ["norm", get("model.norm.weight")],
  ]);
  if (!config.tieWordEmbeddings) weights.set("head", get("lm_head.weight"));
  for (let layer = 0; layer < config.numLayers; layer++) {
    const hf = `model.layers.${layer}`;
    const set = (name: string, tensor: ModelWeight) => weights.set(`${layer}.${name}`, tensor);
    const scale = scoreScale(config, !unrotated.has(layer));
    set("attention_norm", get(`${hf}.input_layernorm.weight`));
    // A norm per head undoes any scale of the projection, so there the scale goes into the norm's own weight.
    const projectionScale = config.qkNorm ? 1 : scale;
    const merged = (kind: "weight" | "bias") => {
      const parts = ["q", "k", "v"].map((which) => matrix(`${hf}.self_attn.${which}_proj.${kind}`));
      return stacked(`${hf}.self_attn.qkv.${kind}`, parts, projectionScale);
    };
    set("qkv", merged("weight"));
    if (config.qkvBias) set("qkv_bias", merged("bias"));
    if (config.qkNorm) {
      set("q_norm", scaledThenStacked(get(`${hf}.self_attn.q_norm.weight`), scale));
      set("k_norm", get(`${hf}.self_attn.k_norm.weight`));
    }
    set("out", matrix(`${hf}.self_attn.o_proj.weight`));
    if (config.outBias) set("out_bias", get(`${hf}.self_attn.o_proj.bias`));
    set("mlp_norm", get(`${hf}.post_attention_layernorm.weight`));
    for (const name of ["gate", "up", "down"]) {
      set(name, matrix(`${hf}.mlp.${name}_proj.weight`));
      if (config.mlpBias) set(`${name}_bias`, get(`${hf}.mlp.${name}_proj.bias`));
    }
  }
  return weights;
}

/** The same names and shapes without any values, for graphs whose weights are inputs: `format` is that of the layers' matrices. */
export function decoderWeightOutlines(config: DecoderConfig, format: BlockFormat | undefined): DecoderWeights {
  const { hiddenSize: d, headDim: D, numHeads: H, numKvHeads, intermediateSize: F, vocabSize: V } = config;
  const outlines = new Map<string, ModelWeight>();
  const set = (name: string, ...shape: number[]) => outlines.set(name, { dtype: "float32", shape, data: NO_FLOATS });
  const matrix = (name: string, outSize: number, inSize: number) => {
    if (format === undefined || inSize % format.blockSize !== 0) return set(name, outSize, inSize);
    const { bits, blockSize } = format;
    return outlines.set(name, { dtype: "blocks", bits, blockSize, shape: [outSize, inSize], packed: NO_BYTES, scales: NO_FLOATS, zeros: NO_BYTES });
  };
  set("embed", V, d);
  set("norm", d);
  if (!config.tieWordEmbeddings) set("head", V, d);
  for (let layer = 0; layer < config.numLayers; layer++) {
    set(`${layer}.attention_norm`, d);
    matrix(`${layer}.qkv`, (H + 2 * numKvHeads) * D, d);
    if (config.qkvBias) set(`${layer}.qkv_bias`, (H + 2 * numKvHeads) * D);
    if (config.qkNorm) for (const name of ["q_norm", "k_norm"]) set(`${layer}.${name}`, D);
    matrix(`${layer}.out`, d, H * D);
    if (config.outBias) set(`${layer}.out_bias`, d);
    set(`${layer}.mlp_norm`, d);
    for (const [name, outSize, inSize] of [["gate", F, d], ["up", F, d], ["down", d, F]] as const) {
      matrix(`${layer}.${name}`, outSize, inSize);
      if (config.mlpBias) set(`${layer}.${name}_bias`, outSize);
    }
  }
  return outlines;
} // prettier-ignore

const NO_FLOATS = new Float32Array(0);
const NO_BYTES = new Uint8Array(0);

/** Query, key and value parts below each other, the first times `factor`. They are quantised alike or not at all. */
function stacked(name: string, parts: readonly ModelWeight[], factor: number): ModelWeight {
  const quantised = parts.filter(isQuantised);
  if (quantised.length === parts.length) return stackQuantised(quantised satisfies readonly QuantisedMatrix[], [factor, 1, 1]);
  if (quantised.length > 0) throw new WorkbenchError("invalid-model", "only some of the projections are quantised", { where: name });
  const [q, k, v] = parts as [Float32Tensor, Float32Tensor, Float32Tensor];
  return scaledThenStacked(q, factor, k, v);
}

/** factor * first, with the others below it in order. */
function scaledThenStacked(first: Float32Tensor, factor: number, ...others: readonly Float32Tensor[]): Float32Tensor {
  const all = [first, ...others];
  const data = new Float32Array(all.reduce((sum, tensor) => sum + tensor.data.length, 0));
  for (let i = 0; i < first.data.length; i++) data[i] = (first.data[i] as number) * factor;
  let offset = first.data.length;
  for (const tensor of others) {
    data.set(tensor.data, offset);
    offset += tensor.data.length;
  }
  return float32([all.reduce((sum, tensor) => sum + (tensor.shape[0] as number), 0), ...first.shape.slice(1)], data);
}
