// What the prefill graph and the decode graph share: token embedding, norms, projections, rotation, feed-forward, head. How a
// layer attends is given by each. Forward only, built of few and fused nodes; the training graph is ../model/decoder.ts.
// Dimensions: N tokens of this run, d hidden size, H query heads, Hkv key heads, D head size, V vocabulary.

import type { DecoderConfig } from "../model/config.ts";
import { kernelProduct, linearProduct, placeWeight, type QuantisedValue, type WeightValue } from "../model/quantised-linear.ts";
import { splitActivations, splitProduct } from "../model/split-activations.ts";
import { product, type Dim, type Shape } from "../onnx/dims.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import type { GenerationAdditions } from "./adapter-additions.ts";
import type { DecoderWeights } from "./decoder-weights.ts";

export interface GenerationTokens {
  /** int32 [N]. */
  readonly ids: Value;
  /** int64 [B, T S] with B * T = N and S from `rotarySlots`: for each token its position S - 1 times, then 0. */
  readonly positions: Value;
  /** float32 [positions, D / 2]; the runtime wants at least T S rows. */
  readonly cos: Value;
  readonly sin: Value;
}

export interface GenerationGraphParts {
  /** How attention wants that many heads of every token laid out: a shape of N heads D elements in the order [tokens, heads, D]. */
  readonly headShape: (heads: number) => Shape;
  /** The axis of `headShape` that counts heads. */
  readonly headAxis: number;
  /** q, already scaled, k and v in `headShape`; gives [N, H D]. */
  readonly attend: (layer: number, q: Value, k: Value, v: Value) => Value;
  /** Which of the final hidden states [N, d] to compute logits for; default all. */
  readonly select?: (hidden: Value) => Value;
  /** How to multiply with matrices in blocks that are constants; default: as float32 that is made anew, for hundreds of rows. */
  readonly blockArithmetic?: BlockArithmetic;
}

/** The runtime's kernels for blocks on the CPU: with activations split into two of 8 bits, for a few rows, or in float32, for dozens. */
export type BlockArithmetic = "int8" | "float32";

/** Weights as constants, which the runtime pre-packs (faster at few rows), or as inputs of every run (no session to rebuild). */
export type WeightPlacement = (name: string) => "constant" | "input";

/** What a graph multiplies with: every weight, and the low-rank additions of an adapter that is not folded into them. */
export interface GenerationWeights {
  /** A weight that is never quantised. */
  vector(name: string): Value;
  matrix(name: string): WeightValue;
  /** [rank, in] and [out, rank] that add (x down^T) up^T to the product with that matrix. */
  addition(name: string): { readonly down: Value; readonly up: Value } | undefined;
}

/** Additions are inputs of every run, whatever the placement: they change with every update. */
export function weightValues(
  graph: Graph,
  weights: DecoderWeights,
  placement: WeightPlacement,
  additions: GenerationAdditions = new Map(),
): GenerationWeights {
  const values = new Map<string, WeightValue>();
  for (const [name, weight] of weights) values.set(name, placeWeight(graph, name, weight, placement(name)));
  const added = new Map(
    [...additions].map(([name, { down, up }]) => [
      name,
      { down: graph.input(`${name}.down`, "float32", down.shape), up: graph.input(`${name}.up`, "float32", up.shape) },
    ]),
  );
  const matrix = (name: string): WeightValue => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`no weight ${name}`);
    return value;
  };
  const vector = (name: string): Value => {
    const value = matrix(name);
    if (value.dtype === "blocks") throw new Error(`${name} is quantised`);
    return value;
  };
  return { vector, matrix, addition: (name) => added.get(name) };
}

/**
 * Inputs mask and, where some layers see only a window, windowMask: additive float32 of that shape; gives which one a layer takes.
 * `prepare` is run once on each.
 */
export function layerMasks(
  graph: Graph,
  config: DecoderConfig,
  shape: Shape,
  prepare: (mask: Value) => Value = (mask) => mask,
): (layer: number) => Value {
  const declare = (name: string) => prepare(graph.input(name, "float32", shape));
  const mask = declare("mask");
  const windowed = config.slidingWindow === null ? mask : declare("windowMask");
  const sliding = new Set(config.slidingLayers);
  return (layer) => (sliding.has(layer) ? windowed : mask);
}

export function rotaryInputs(graph: Graph, config: DecoderConfig): { cos: Value; sin: Value } {
  const shape = ["positions", config.headDim / 2];
  return { cos: graph.input("cos", "float32", shape), sin: graph.input("sin", "float32", shape) };
}

/** Logits [selected, V]. */
export function generationLogits(
  graph: Graph,
  config: DecoderConfig,
  weights: GenerationWeights,
  tokens: GenerationTokens,
  parts: GenerationGraphParts,
): Value {
  const { attend, select } = parts;
  const epsilon = { epsilon: config.rmsNormEps };
  const weight = (name: string) => weights.vector(name);
  const gemm = (x: Value, w: Value) => graph.op("Gemm", [x, w], { transA: false, transB: true });
  const multiply = blockProduct(graph, parts.blockArithmetic);
  const linear = (x: Value, name: string, hasBias = false) => {
    const product = multiply(graph, x, weights.matrix(name), hasBias ? weight(`${name}_bias`) : undefined);
    const addition = weights.addition(name);
    return addition === undefined ? product : graph.op("Add", [product, gemm(gemm(x, addition.down), addition.up)], {});
  };
  const unrotated = new Set(config.unrotatedLayers);
  let residual = graph.op("Gather", [weight("embed"), tokens.ids], { axis: 0 });
  const addThenNorm = (delta: Value, name: string): Value => {
    const outputs = graph.emit("SkipSimplifiedLayerNormalization", [residual, delta, weight(name)], epsilon);
    residual = outputs[3] as Value;
    return outputs[0] as Value;
  };
  const norm = (x: Value, name: string) => graph.op("SimplifiedLayerNormalization", [x, weight(name)], epsilon);
  let x = norm(residual, "0.attention_norm");
  let delta: Value | undefined;
  for (let layer = 0; layer < config.numLayers; layer++) {
    graph.scoped(`layer${layer}`, () => {
      if (delta !== undefined) x = addThenNorm(delta, `${layer}.attention_norm`);
      const merged = linear(x, `${layer}.qkv`, config.qkvBias);
      const rotated = unrotated.has(layer) ? undefined : tokens;
      const heads = splitHeads(graph, config, merged, rotated, parts, (value, which) => norm(value, `${layer}.${which}_norm`));
      x = addThenNorm(linear(attend(layer, ...heads), `${layer}.out`, config.outBias), `${layer}.mlp_norm`);
      const gate = graph.op("QuickGelu", [linear(x, `${layer}.gate`, config.mlpBias)], { alpha: 1 });
      delta = linear(graph.op("Mul", [gate, linear(x, `${layer}.up`, config.mlpBias)], {}), `${layer}.down`, config.mlpBias);
    });
  }
  const head = config.tieWordEmbeddings ? "embed" : "head";
  if (select === undefined) return linear(addThenNorm(delta as Value, "norm"), head);
  return linear(norm(select(graph.op("Add", [residual, delta as Value], {})), "norm"), head);
}

/** linearProduct with blocks multiplied as said; what several matrices multiply is split once. */
function blockProduct(graph: Graph, arithmetic: BlockArithmetic | undefined): typeof linearProduct {
  if (arithmetic === undefined) return linearProduct;
  const splits = new Map<string, Value>();
  const multiply = (x: Value, w: QuantisedValue): Value => {
    if (arithmetic === "float32") return kernelProduct(graph, x, w);
    const key = `${x.name} in ${w.blockSize}`;
    const split = splits.get(key) ?? splitActivations(graph, x, w.blockSize);
    splits.set(key, split);
    return splitProduct(graph, split, w);
  };
  return (_graph, x, w, bias) => {
    if (w.dtype !== "blocks") return linearProduct(graph, x, w, bias);
    const product = multiply(x, w);
    return bias === undefined ? product : graph.op("Add", [product, bias], {});
  };
}

/**
 * S: how many slices of Hkv heads the merged projection has, H / Hkv of queries, one of keys, one of values. The rotary operator sees
 * each slice as a token of its own, so that values, at position 0, pass through it unchanged and all three need one operator.
 */
export function rotarySlots({ numHeads, numKvHeads }: DecoderConfig): number {
  return numHeads / numKvHeads + 2;
}

/** Positions as the graphs take them, [tokens S]. */
export function rotaryPositions(config: DecoderConfig, positions: readonly number[]): BigInt64Array<ArrayBuffer> {
  const slots = rotarySlots(config);
  const repeated = new BigInt64Array(positions.length * slots);
  positions.forEach((position, token) => repeated.fill(BigInt(position), token * slots, token * slots + slots - 1));
  return repeated;
}

/** Rotates the merged projection [N, (H + 2 Hkv) D], where there are tokens to rotate by, and splits it into q, k and v. */
function splitHeads(
  graph: Graph,
  config: DecoderConfig,
  merged: Value,
  tokens: GenerationTokens | undefined,
  { headShape, headAxis }: GenerationGraphParts,
  headNorm: (value: Value, which: "q" | "k") => Value,
): readonly [q: Value, k: Value, v: Value] {
  const { numHeads, numKvHeads, headDim, qkNorm } = config;
  const [N] = merged.shape as [Dim, Dim];
  const sizes = [numHeads, numKvHeads, numKvHeads];
  let whole = merged;
  if (qkNorm) {
    const [q, k, v] = graph.emit("Split", [merged], { axis: 1, sizes: sizes.map((heads) => heads * headDim) }) as [Value, Value, Value];
    const normed = (x: Value, heads: number, which: "q" | "k") =>
      graph.reshape(headNorm(graph.reshape(x, [product([N, heads]), headDim]), which), [N, heads * headDim]);
    whole = graph.op("Concat", [normed(q, numHeads, "q"), normed(k, numKvHeads, "k"), v], { axis: 1 });
  }
  if (tokens !== undefined) {
    const [B, slices] = tokens.positions.shape as [Dim, Dim];
    const sliced = graph.reshape(whole, [B, slices, numKvHeads * headDim]);
    whole = graph.op("RotaryEmbedding", [sliced, tokens.positions, tokens.cos, tokens.sin], { numHeads: numKvHeads });
  }
  const heads = graph.reshape(whole, headShape(numHeads + 2 * numKvHeads));
  return graph.emit("Split", [heads], { axis: headAxis, sizes }) as [Value, Value, Value];
}
