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
  for (let layer = 0; layer < config.numLayers; layer++) hidden = decoderLayer(config, layer, get, hidden);
  const head = config.tieWordEmbeddings ? embedding : get("lm_head.weight");
  return hidden.map((x) => linear(rmsNorm(x, get("model.norm.weight"), config.rmsNormEps), head));
}

function decoderLayer(config: DecoderConfig, layer: number, get: (name: string) => Floats, hidden: Float64Array[]): Float64Array[] {
  const prefix = `model.layers.${layer}`;
  const feed = (name: string, x: Float64Array) =>
    linear(x, get(`${prefix}.mlp.${name}.weight`), config.mlpBias ? get(`${prefix}.mlp.${name}.bias`) : undefined);
  const attended = attention(
    config,
    layer,
    get,
    hidden.map((x) => rmsNorm(x, get(`${prefix}.input_layernorm.weight`), config.rmsNormEps)),
  );
  return hidden.map((x, t) => {
    const residual = add(x, attended[t] as Float64Array);
    const normed = rmsNorm(residual, get(`${prefix}.post_attention_layernorm.weight`), config.rmsNormEps);
    const up = feed("up_proj", normed);
    const product = feed("gate_proj", normed).map((g, i) => (g / (1 + Math.exp(-g))) * (up[i] as number));
    return add(residual, feed("down_proj", product));
  });
}

function attention(config: DecoderConfig, layer: number, get: (name: string) => Floats, inputs: Float64Array[]): Float64Array[] {
  const { numHeads, numKvHeads, headDim } = config;
  const prefix = `model.layers.${layer}.self_attn`;
  const window = config.slidingLayers.includes(layer) ? (config.slidingWindow ?? Infinity) : Infinity;
  /** Heads of every position: [position][head][headDim]. */
  const project = (which: "q" | "k" | "v", heads: number): Float64Array[][] =>
    inputs.map((x, position) => {
      const bias = config.qkvBias ? get(`${prefix}.${which}_proj.bias`) : undefined;
      const y = linear(x, get(`${prefix}.${which}_proj.weight`), bias);
      return Array.from({ length: heads }, (_, head) => {
        let value: Float64Array = y.slice(head * headDim, (head + 1) * headDim);
        if (which === "v") return value;
        if (config.qkNorm) value = rmsNorm(value, get(`${prefix}.${which}_norm.weight`), config.rmsNormEps);
        return config.unrotatedLayers.includes(layer) ? value : rotate(value, position, config);
      });
    });
  const [q, k, v] = [project("q", numHeads), project("k", numKvHeads), project("v", numKvHeads)];
  return inputs.map((_, t) => {
    const mixed = new Float64Array(numHeads * headDim);
    for (let head = 0; head < numHeads; head++) {
      const keyHead = Math.floor((head * numKvHeads) / numHeads);
      const query = q[t]?.[head] as Float64Array;
      const first = Math.max(0, t + 1 - window);
      const scores = k.slice(first, t + 1).map((keys) => dot(query, keys[keyHead] as Float64Array) / Math.sqrt(headDim));
      const max = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - max));
      const total = weights.reduce((a, b) => a + b, 0);
      weights.forEach((weight, j) => {
        const value = v[first + j]?.[keyHead] as Float64Array;
        for (let i = 0; i < headDim; i++)
          mixed[head * headDim + i] = (mixed[head * headDim + i] as number) + (weight / total) * (value[i] as number);
      });
    }
    return linear(mixed, get(`${prefix}.o_proj.weight`), config.outBias ? get(`${prefix}.o_proj.bias`) : undefined);
  });
}

/** Pairs are (i, i + headDim / 2), as in transformers. */
function rotate(x: Float64Array, position: number, config: DecoderConfig): Float64Array {
  const half = x.length / 2;
  const stretch = config.ropeScaling.type === "yarn" ? config.ropeScaling.attentionFactor : 1;
  return x.map((value, i) => {
    const angle = (position * 2 * Math.PI) / wavelength(config, i % half);
    const partner = i < half ? -(x[i + half] as number) : (x[i - half] as number);
    return stretch * (value * Math.cos(angle) + partner * Math.sin(angle));
  });
}

/** Positions in which a pair turns once, by the papers' definitions rather than by the engine's. */
function wavelength({ ropeTheta, ropeScaling: scaling, headDim }: DecoderConfig, pair: number): number {
  const plain = 2 * Math.PI * ropeTheta ** ((2 * pair) / headDim);
  const between = (x: number) => Math.min(1, Math.max(0, x));
  if (scaling.type === "linear") return plain * scaling.factor;
  if (scaling.type === "llama3") {
    const [long, short] = [scaling.originalMaxPositions / scaling.lowFreqFactor, scaling.originalMaxPositions / scaling.highFreqFactor];
    if (plain < short) return plain;
    if (plain > long) return plain * scaling.factor;
    const smooth = (scaling.originalMaxPositions / plain - scaling.lowFreqFactor) / (scaling.highFreqFactor - scaling.lowFreqFactor);
    return 1 / ((1 - smooth) / (plain * scaling.factor) + smooth / plain);
  }
  if (scaling.type === "yarn") {
    // The pair at which the original context holds so many turns, rounded outwards.
    const pairAt = (turns: number) =>
      (headDim / 2) * (Math.log(scaling.originalMaxPositions / (2 * Math.PI * turns)) / Math.log(ropeTheta));
    const low = Math.max(0, scaling.truncate ? Math.floor(pairAt(scaling.betaFast)) : pairAt(scaling.betaFast));
    const high = Math.min(headDim - 1, scaling.truncate ? Math.ceil(pairAt(scaling.betaSlow)) : pairAt(scaling.betaSlow));
    const interpolated = between((pair - low) / (low === high ? 0.001 : high - low));
    return 1 / (interpolated / (plain * scaling.factor) + (1 - interpolated) / plain);
  }
  return plain;
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
