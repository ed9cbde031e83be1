// The decoder-only transformer as a graph: token ids in, final hidden states out. Weights are whatever values the caller
// names: graph inputs for training, constants for generation. Shapes: N = B*T tokens, d hidden size, H heads, D head size.

import type { Graph, Value } from "../onnx/graph.ts";
import { product, type Dim } from "../onnx/dims.ts";
import { attention, attentionBias, residualNorm, rotaryTables, swiglu } from "./blocks.ts";
import type { DecoderConfig } from "./config.ts";

export interface DecoderInputs {
  /** int64 [B, T]. */
  readonly ids: Value;
  /** int64 [B, T], position within the sequence; 0 on padding. */
  readonly positions: Value;
  /** float32 [B, T], the same numbers for comparing. */
  readonly steps: Value;
  /** float32 [B, T], 0 = padding, else which sequence of the row. */
  readonly segments: Value;
}

/** A parameter by its Hugging Face name. */
export type WeightSource = (name: string) => Value;

/** y = x W^T (+ b) for the linear layer `name` ("model.layers.0.self_attn.q_proj"); x [N, in], W [out, in]. */
export type LinearLayer = (name: string, x: Value, hasBias: boolean) => Value;

export function declareDecoderInputs(graph: Graph): DecoderInputs {
  return {
    ids: graph.input("ids", "int64", ["B", "T"]),
    positions: graph.input("positions", "int64", ["B", "T"]),
    steps: graph.input("steps", "float32", ["B", "T"]),
    segments: graph.input("segments", "float32", ["B", "T"]),
  };
}

export function plainLinear(graph: Graph, weight: WeightSource): LinearLayer {
  return (name, x, hasBias) => {
    const y = graph.op("Gemm", [x, weight(`${name}.weight`)], { transA: false, transB: true });
    return hasBias ? graph.op("Add", [y, weight(`${name}.bias`)], {}) : y;
  };
}

/** Final hidden states [N, d], after the last norm. `maxPositions` bounds the rotary tables. */
export function decoderHidden(
  graph: Graph,
  config: DecoderConfig,
  weight: WeightSource,
  linear: LinearLayer,
  inputs: DecoderInputs,
  maxPositions: number = config.maxPositionEmbeddings,
): Value {
  const [B, T] = inputs.ids.shape as [Dim, Dim];
  const N = product([B, T]);
  const tables = (name: string, scale: number) => rotaryTables(graph, name, config.headDim, config.ropeTheta, maxPositions, scale);
  // Attention wants queries divided by sqrt(D): the rotation does it on the way, forward and backward.
  const rotary = { q: tables("rotary.q", 1 / Math.sqrt(config.headDim)), k: tables("rotary.k", 1) };
  const bias = graph.scoped("mask", () => attentionBias(graph, inputs.segments, inputs.steps));
  const norm = (name: string, x: Value) =>
    graph.op("SimplifiedLayerNormalization", [x, weight(`${name}.weight`)], { epsilon: config.rmsNormEps });
  const branch = (name: string, x: Value) => residualNorm(graph, x, weight(`${name}.weight`), config.rmsNormEps);
  const rotate = (which: "q" | "k", x: Value, heads: number) => {
    const three = graph.reshape(x, [B, T, heads * config.headDim]);
    const rotated = graph.op("RotaryEmbedding", [three, inputs.positions, rotary[which].cos, rotary[which].sin], { numHeads: heads });
    return graph.reshape(rotated, [N, heads * config.headDim]);
  };
  /** q or k of one layer: projection, optional norm per head, rotation. */
  const project = (prefix: string, which: "q" | "k", heads: number, x: Value) => {
    let y = linear(`${prefix}.${which}_proj`, x, config.qkvBias);
    if (config.qkNorm) {
      const perHead = graph.reshape(y, [product([N, heads]), config.headDim]);
      y = graph.reshape(norm(`${prefix}.${which}_norm`, perHead), [N, heads * config.headDim]);
    }
    return rotate(which, y, heads);
  };
  let x = graph.reshape(graph.op("Gather", [weight("model.embed_tokens.weight"), inputs.ids], { axis: 0 }), [N, config.hiddenSize]);
  for (let layer = 0; layer < config.numLayers; layer++) {
    const prefix = `model.layers.${layer}`;
    x = graph.scoped(`layer${layer}`, () => {
      const before = branch(`${prefix}.input_layernorm`, x);
      const h = before.normed;
      const q = project(`${prefix}.self_attn`, "q", config.numHeads, h);
      const k = project(`${prefix}.self_attn`, "k", config.numKvHeads, h);
      const v = linear(`${prefix}.self_attn.v_proj`, h, config.qkvBias);
      const mixed = attention(graph, q, k, v, bias, {
        B,
        T,
        numHeads: config.numHeads,
        numKvHeads: config.numKvHeads,
        headDim: config.headDim,
      });
      const attended = graph.op("Add", [before.x, linear(`${prefix}.self_attn.o_proj`, mixed, false)], {});
      const between = branch(`${prefix}.post_attention_layernorm`, attended);
      const m = between.normed;
      const gated = swiglu(graph, linear(`${prefix}.mlp.gate_proj`, m, false), linear(`${prefix}.mlp.up_proj`, m, false));
      return graph.op("Add", [between.x, linear(`${prefix}.mlp.down_proj`, gated, false)], {});
    });
  }
  return norm("model.norm", x);
}

/** Name of the output projection: the embedding when tied. */
export function headWeightName(config: DecoderConfig): string {
  return config.tieWordEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
}
