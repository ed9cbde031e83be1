// The decoder-only transformer as a graph: token ids in, final hidden states out. Weights are whatever values the caller
// names: graph inputs for training, constants for generation. Shapes: N = B*T tokens, d hidden size, H heads, D head size.

import { recomputed } from "../autodiff/recomputed.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import { product, type Dim } from "../onnx/dims.ts";
import { attention, attentionBias, residualNorm, rotaryTables, swiglu } from "./blocks.ts";
import type { DecoderConfig } from "./config.ts";
import { linearProduct, type WeightValue } from "./quantised-linear.ts";
import { rotaryFrequencies, scoreScale } from "./rope.ts";

export interface DecoderTokens {
  /** int64 [B, T]. */
  readonly ids: Value;
  /** int64 [B, T], position within the sequence; 0 on padding. */
  readonly positions: Value;
}

export interface DecoderInputs extends DecoderTokens {
  /** float32 [B, T], the same numbers for comparing. */
  readonly steps: Value;
  /** float32 [B, T], 0 = padding, else which sequence of the row. */
  readonly segments: Value;
}

/** A parameter by its Hugging Face name. */
export type WeightSource = (name: string) => Value;

/** A matrix by its Hugging Face name, which may be quantised where a parameter may not. */
export type MatrixSource = (name: string) => WeightValue;

/** y = x W^T (+ b) for the linear layer `name` ("model.layers.0.self_attn.q_proj"); x [N, in], W [out, in]. */
export type LinearLayer = (name: string, x: Value, hasBias: boolean) => Value;

/**
 * How a layer's queries [N, H D], scaled already, answer from its keys and values [N, Hkv D]; gives [N, H D]. Whether and how
 * earlier tokens are remembered is up to whoever makes it.
 */
export type Attend = (layer: number, q: Value, k: Value, v: Value) => Value;

export function declareDecoderTokens(graph: Graph): DecoderTokens {
  return { ids: graph.input("ids", "int64", ["B", "T"]), positions: graph.input("positions", "int64", ["B", "T"]) };
}

export function declareDecoderInputs(graph: Graph): DecoderInputs {
  return {
    ...declareDecoderTokens(graph),
    steps: graph.input("steps", "float32", ["B", "T"]),
    segments: graph.input("segments", "float32", ["B", "T"]),
  };
}

export function plainLinear(graph: Graph, weight: WeightSource, matrix: MatrixSource = weight): LinearLayer {
  return (name, x, hasBias) => {
    const y = linearProduct(graph, x, matrix(`${name}.weight`));
    return hasBias ? graph.op("Add", [y, weight(`${name}.bias`)], {}) : y;
  };
}

/** Attention among the tokens of this run alone, each to those before it in its sequence and its layer's window. */
export function attentionWithin(graph: Graph, config: DecoderConfig, inputs: DecoderInputs): Attend {
  const [B, T] = inputs.ids.shape as [Dim, Dim];
  const { numHeads, numKvHeads, headDim } = config;
  const sliding = new Set(config.slidingLayers);
  const maskOf = (window: number | null) => graph.scoped("mask", () => attentionBias(graph, inputs.segments, inputs.steps, window));
  const everything = maskOf(null);
  const windowed = config.slidingWindow === null ? everything : maskOf(config.slidingWindow);
  return (layer, q, k, v) => attention(graph, q, k, v, sliding.has(layer) ? windowed : everything, { B, T, numHeads, numKvHeads, headDim });
}

export interface HiddenOptions {
  /** Bounds the rotary tables. */
  readonly maxPositions?: number;
  /** Keep only the input of each layer for the backward pass. */
  readonly recompute?: boolean;
  /** int64 [M]: tokens whose states are wanted, others going no further than the last layer's keys and values; else all. */
  readonly rows?: Value;
}

/** Final hidden states [N, d] or [M, d], after the last norm. */
export function decoderHidden(
  graph: Graph,
  config: DecoderConfig,
  weight: WeightSource,
  linear: LinearLayer,
  inputs: DecoderTokens,
  attend: Attend,
  { maxPositions = config.maxPositionEmbeddings, recompute = false, rows }: HiddenOptions = {},
): Value {
  const [B, T] = inputs.ids.shape as [Dim, Dim];
  const N = product([B, T]);
  const tables = (name: string, scale: number) => rotaryTables(graph, name, rotaryFrequencies(config), maxPositions, scale);
  // Attention wants queries divided by sqrt(D): the rotation does it on the way, forward and backward.
  const rotary = { q: tables("rotary.q", scoreScale(config, true)), k: tables("rotary.k", 1) };
  const unrotated = new Set(config.unrotatedLayers);
  const norm = (name: string, x: Value) =>
    graph.op("SimplifiedLayerNormalization", [x, weight(`${name}.weight`)], { epsilon: config.rmsNormEps });
  const branch = (name: string, x: Value) => residualNorm(graph, x, weight(`${name}.weight`), config.rmsNormEps);
  const rotate = (which: "q" | "k", x: Value, heads: number) => {
    const three = graph.reshape(x, [B, T, heads * config.headDim]);
    const rotated = graph.op("RotaryEmbedding", [three, inputs.positions, rotary[which].cos, rotary[which].sin], { numHeads: heads });
    return graph.reshape(rotated, [N, heads * config.headDim]);
  };
  /** q or k of one layer: projection, optional norm per head, rotation. */
  const project = (layer: number, which: "q" | "k", heads: number, x: Value) => {
    const prefix = `model.layers.${layer}.self_attn`;
    let y = linear(`${prefix}.${which}_proj`, x, config.qkvBias);
    if (config.qkNorm) {
      const perHead = graph.reshape(y, [product([N, heads]), config.headDim]);
      y = graph.reshape(norm(`${prefix}.${which}_norm`, perHead), [N, heads * config.headDim]);
    }
    if (!unrotated.has(layer)) return rotate(which, y, heads);
    return which === "q" ? graph.op("Mul", [y, graph.scalar(scoreScale(config, false))], {}) : y;
  };
  let x = graph.reshape(graph.op("Gather", [weight("model.embed_tokens.weight"), inputs.ids], { axis: 0 }), [N, config.hiddenSize]);
  for (let layer = 0; layer < config.numLayers; layer++) {
    const prefix = `model.layers.${layer}`;
    const isLast = layer === config.numLayers - 1;
    const wanted = (value: Value) => (isLast && rows !== undefined ? graph.op("Gather", [value, rows], { axis: 0 }) : value);
    const run = (input: Value): Value => {
      const before = branch(`${prefix}.input_layernorm`, input);
      const h = before.normed;
      const q = project(layer, "q", config.numHeads, h);
      const k = project(layer, "k", config.numKvHeads, h);
      const v = linear(`${prefix}.self_attn.v_proj`, h, config.qkvBias);
      const mixed = wanted(attend(layer, q, k, v));
      const attended = graph.op("Add", [wanted(before.x), linear(`${prefix}.self_attn.o_proj`, mixed, config.outBias)], {});
      const between = branch(`${prefix}.post_attention_layernorm`, attended);
      const m = between.normed;
      const feed = (name: string, input: Value) => linear(`${prefix}.mlp.${name}`, input, config.mlpBias);
      const gated = swiglu(graph, feed("gate_proj", m), feed("up_proj", m));
      return graph.op("Add", [between.x, feed("down_proj", gated)], {});
    };
    const emit = (input: Value) => graph.scoped(`layer${layer}`, () => run(input));
    x = recompute ? recomputed(graph, x, emit) : emit(x);
  }
  return norm("model.norm", x);
}

/** Name of the output projection: the embedding when tied. */
export function headWeightName(config: DecoderConfig): string {
  return config.tieWordEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
}
