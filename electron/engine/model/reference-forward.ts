// The decoder forward pass in plain float64 loops: the oracle that graphs are tested against. Slow on purpose; one sequence, no
// cache, no batching, and nothing shared with the graph code.

import type { DecoderConfig } from "./config.ts";

type Floats = Float32Array | Float64Array;
/** By Hugging Face name; float64 where a difference of two forward passes would drown in the rounding of float32. */
export type ReferenceParameters = ReadonlyMap<string, { readonly data: Floats }>;

/** Logits of every position of one sequence, [ids.length][vocabSize]. Parameters by Hugging Face name. */
export function referenceLogits(config: DecoderConfig, parameters: ReferenceParameters, ids: readonly number[]): Float64Array[] {
  const get = (name: string): Floats => {
    const tensor = parameters.get(name);
    if (tensor === undefined) throw new Error(`no parameter ${name}`);
    return tensor.data;
  };
  const embedding = get("model.embed_tokens.weight");
  const d = config.hiddenSize;
  let hidden: Float64Array[] = ids.map((id) => Float64Array.from(embedding.subarray(id * d, (id + 1) * d)));
  for (let layer = 0; layer < config.numLayers; layer++) hidden = decoderLayer(config, `model.layers.${layer}`, get, hidden);
  const head = config.tieWordEmbeddings ? embedding : get("lm_head.weight");
  return hidden.map((x) => linear(rmsNorm(x, get("model.norm.weight"), config.rmsNormEps), head));
}

function decoderLayer(config: DecoderConfig, prefix: string, get: (name: string) => Floats, hidden: Float64Array[]): Float64Array[] {
  const attended = attention(
    config,
    `${prefix}.self_attn`,
    get,
    hidden.map((x) => rmsNorm(x, get(`${prefix}.input_layernorm.weight`), config.rmsNormEps)),
  );
  return hidden.map((x, t) => {
    const residual = add(x, attended[t] as Float64Array);
    const normed = rmsNorm(residual, get(`${prefix}.post_attention_layernorm.weight`), config.rmsNormEps);
    const gate = linear(normed, get(`${prefix}.mlp.gate_proj.weight`));
    const up = linear(normed, get(`${prefix}.mlp.up_proj.weight`));
    const product = gate.map((g, i) => (g / (1 + Math.exp(-g))) * (up[i] as number));
    return add(residual, linear(product, get(`${prefix}.mlp.down_proj.weight`)));
  });
}

function attention(config: DecoderConfig, prefix: string, get: (name: string) => Floats, inputs: Float64Array[]): Float64Array[] {
  const { numHeads, numKvHeads, headDim } = config;
  /** Heads of every position: [position][head][headDim]. */
  const project = (which: "q" | "k" | "v", heads: number): Float64Array[][] =>
    inputs.map((x, position) => {
      const bias = config.qkvBias ? get(`${prefix}.${which}_proj.bias`) : undefined;
      const y = linear(x, get(`${prefix}.${which}_proj.weight`), bias);
      return Array.from({ length: heads }, (_, head) => {
        let value: Float64Array = y.slice(head * headDim, (head + 1) * headDim);
        if (which === "v") return value;
        if (config.qkNorm) value = rmsNorm(value, get(`${prefix}.${which}_norm.weight`), config.rmsNormEps);
        return rotate(value, position, config.ropeTheta);
      });
    });
  const [q, k, v] = [project("q", numHeads), project("k", numKvHeads), project("v", numKvHeads)];
  return inputs.map((_, t) => {
    const mixed = new Float64Array(numHeads * headDim);
    for (let head = 0; head < numHeads; head++) {
      const keyHead = Math.floor((head * numKvHeads) / numHeads);
      const query = q[t]?.[head] as Float64Array;
      const scores = k.slice(0, t + 1).map((keys) => dot(query, keys[keyHead] as Float64Array) / Math.sqrt(headDim));
      const max = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - max));
      const total = weights.reduce((a, b) => a + b, 0);
      weights.forEach((weight, j) => {
        const value = v[j]?.[keyHead] as Float64Array;
        for (let i = 0; i < headDim; i++)
          mixed[head * headDim + i] = (mixed[head * headDim + i] as number) + (weight / total) * (value[i] as number);
      });
    }
    return linear(mixed, get(`${prefix}.o_proj.weight`));
  });
}

/** Pairs are (i, i + headDim / 2), as in transformers. */
function rotate(x: Float64Array, position: number, theta: number): Float64Array {
  const half = x.length / 2;
  return x.map((value, i) => {
    const angle = position * theta ** ((-2 * (i % half)) / x.length);
    const partner = i < half ? -(x[i + half] as number) : (x[i - half] as number);
    return value * Math.cos(angle) + partner * Math.sin(angle);
  });
}

function rmsNorm(x: Float64Array, weight: Floats, epsilon: number): Float64Array {
  const scale = 1 / Math.sqrt(dot(x, x) / x.length + epsilon);
  return x.map((value, i) => value * scale * (weight[i] as number));
}

/** weight [out, in] times x. */
function linear(x: Float64Array, weight: Floats, bias?: Floats): Float64Array {
  return Float64Array.from({ length: weight.length / x.length }, (_, row) => {
    let sum = bias?.[row] ?? 0;
    for (let i = 0; i < x.length; i++) sum += (weight[row * x.length + i] as number) * (x[i] as number);
    return sum;
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function add(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + (b[i] as number));
}
