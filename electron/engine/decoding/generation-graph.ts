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
  const layers = new GenerationLayers(graph, config, weights, parts.blockArithmetic);
  const unrotated = new Set(config.unrotatedLayers);
  layers.begin(tokens.ids);
  for (let layer = 0; layer < config.numLayers; layer++) {
    const merged = layers.project(layer);
    const heads = graph.scoped(`layer${layer}`, () => splitHeads(graph, config, merged, unrotated.has(layer) ? undefined : tokens, parts));
    layers.feedForward(
      layer,
      graph.scoped(`layer${layer}`, () => parts.attend(layer, ...heads)),
    );
  }
  return layers.logits(parts.select);
}

/** What a decoder is made of but attention. Layers come in their order: project, then feedForward with what attention makes of that. */
export class GenerationLayers {
  /** Sum of the embedding and what layers have added to it, [N, d], but for what feedForward gave last. */
  residual: Value | undefined;
  private delta: Value | undefined;
  private readonly graph: Graph;
  private readonly config: DecoderConfig;
  private readonly weights: GenerationWeights;
  private readonly multiply: typeof linearProduct;

  constructor(graph: Graph, config: DecoderConfig, weights: GenerationWeights, blockArithmetic?: BlockArithmetic) {
    this.graph = graph;
    this.config = config;
    this.weights = weights;
    this.multiply = blockProduct(graph, blockArithmetic);
  }

  /** Token ids int32 [N]. */
  begin(ids: Value): void {
    this.residual = this.graph.op("Gather", [this.weights.vector("embed"), ids], { axis: 0 });
  }

  /** q, scaled, k and v of a layer side by side, not rotated: [N, (H + 2 Hkv) D]. */
  project(layer: number): Value {
    return this.graph.scoped(`layer${layer}`, () => {
      const merged = this.linear(this.normed(`${layer}.attention_norm`), `${layer}.qkv`, this.config.qkvBias);
      return this.config.qkNorm ? this.normHeads(layer, merged) : merged;
    });
  }

  /** Takes what a layer's attention mixed, [N, H D]. */
  feedForward(layer: number, mixed: Value): void {
    const { graph, config } = this;
    graph.scoped(`layer${layer}`, () => {
      this.delta = this.linear(mixed, `${layer}.out`, config.outBias);
      const x = this.normed(`${layer}.mlp_norm`);
      const gate = graph.op("QuickGelu", [this.linear(x, `${layer}.gate`, config.mlpBias)], { alpha: 1 });
      const inner = graph.op("Mul", [gate, this.linear(x, `${layer}.up`, config.mlpBias)], {});
      this.delta = this.linear(inner, `${layer}.down`, config.mlpBias);
    });
  }

  /** Logits [N, V], or of the selected states. */
  logits(select?: (hidden: Value) => Value): Value {
    const head = this.config.tieWordEmbeddings ? "embed" : "head";
    if (select === undefined) return this.linear(this.normed("norm"), head);
    const hidden = this.graph.op("Add", [this.present(), this.delta as Value], {});
    return this.linear(this.norm(select(hidden), "norm"), head);
  }

  /** Adds what is still to be added and norms the sum. */
  private normed(name: string): Value {
    const { delta } = this;
    if (delta === undefined) return this.norm(this.present(), name);
    const inputs = [this.present(), delta, this.weights.vector(name)];
    const outputs = this.graph.emit("SkipSimplifiedLayerNormalization", inputs, { epsilon: this.config.rmsNormEps });
    this.delta = undefined;
    this.residual = outputs[3];
    return outputs[0] as Value;
  }

  private norm(x: Value, name: string): Value {
    return this.graph.op("SimplifiedLayerNormalization", [x, this.weights.vector(name)], { epsilon: this.config.rmsNormEps });
  }

  private normHeads(layer: number, merged: Value): Value {
    const { graph } = this;
    const { numHeads, numKvHeads, headDim } = this.config;
    const [N] = merged.shape as [Dim, Dim];
    const sizes = [numHeads, numKvHeads, numKvHeads].map((heads) => heads * headDim);
    const [q, k, v] = graph.emit("Split", [merged], { axis: 1, sizes }) as [Value, Value, Value];
    const normed = (x: Value, heads: number, which: "q" | "k") =>
      graph.reshape(this.norm(graph.reshape(x, [product([N, heads]), headDim]), `${layer}.${which}_norm`), [N, heads * headDim]);
    return graph.op("Concat", [normed(q, numHeads, "q"), normed(k, numKvHeads, "k"), v], { axis: 1 });
  }

  private linear(x: Value, name: string, hasBias = false): Value {
    const { graph, weights } = this;
    const product = this.multiply(graph, x, weights.matrix(name), hasBias ? weights.vector(`${name}_bias`) : undefined);
    const addition = weights.addition(name);
    if (addition === undefined) return product;
    const gemm = (a: Value, b: Value) => graph.op("Gemm", [a, b], { transA: false, transB: true });
    return graph.op("Add", [product, gemm(gemm(x, addition.down), addition.up)], {});
  }

  private present(): Value {
    if (this.residual === undefined) throw new Error("the layers have not begun");
    return this.residual;
  }
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
): readonly [q: Value, k: Value, v: Value] {
  const { numHeads, numKvHeads, headDim } = config;
  let whole = merged;
  if (tokens !== undefined) {
    const [B, slices] = tokens.positions.shape as [Dim, Dim];
    const sliced = graph.reshape(whole, [B, slices, numKvHeads * headDim]);
    whole = graph.op("RotaryEmbedding", [sliced, tokens.positions, tokens.cos, tokens.sin], { numHeads: numKvHeads });
  }
  const heads = graph.reshape(whole, headShape(numHeads + 2 * numKvHeads));
  return graph.emit("Split", [heads], { axis: headAxis, sizes: [numHeads, numKvHeads, numKvHeads] }) as [Value, Value, Value];
}
