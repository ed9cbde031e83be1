// What the prefill graph and the decode graph share: token embedding, norms, projections, rotation, feed-forward, head. How a
// layer attends is given by each. Forward only, built of few and fused nodes; the training graph is ../model/decoder.ts.
// Dimensions: N tokens of this run, d hidden size, H query heads, Hkv key heads, D head size, V vocabulary.

import type { DecoderConfig } from "../model/config.ts";
import { product, type Dim, type Shape } from "../onnx/dims.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import type { DecoderWeights } from "./decoder-weights.ts";

export interface GenerationTokens {
  /** int32 [N]. */
  readonly ids: Value;
  /** int64 [B, T] with B * T = N. */
  readonly positions: Value;
  /** float32 [positions, D / 2]. */
  readonly cos: Value;
  readonly sin: Value;
}

export interface GenerationGraphParts {
  /** How attention wants that many heads of every token laid out: a shape of N heads D elements in the order [B, T, heads, D]. */
  readonly headShape: (heads: number) => Shape;
  /** The axis of `headShape` that counts heads. */
  readonly headAxis: number;
  /** q, already scaled, and k in `headShape`, v [N, Hkv D]; gives [N, H D]. */
  readonly attend: (layer: number, q: Value, k: Value, v: Value) => Value;
  /** Which of the final hidden states [N, d] to compute logits for; default all. */
  readonly select?: (hidden: Value) => Value;
}

/** Weights as constants, which the runtime pre-packs (faster at few rows), or as inputs of every run (no session to rebuild). */
export type WeightPlacement = "constant" | "input";

export function weightValues(graph: Graph, weights: DecoderWeights, placement: WeightPlacement): (name: string) => Value {
  const values = new Map<string, Value>();
  for (const [name, tensor] of weights)
    values.set(name, placement === "constant" ? graph.initializer(name, tensor) : graph.input(name, "float32", tensor.shape));
  return (name) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`no weight ${name}`);
    return value;
  };
}

export function rotaryInputs(graph: Graph, config: DecoderConfig): { cos: Value; sin: Value } {
  const shape = ["positions", config.headDim / 2];
  return { cos: graph.input("cos", "float32", shape), sin: graph.input("sin", "float32", shape) };
}

/** Logits [selected, V]. */
export function generationLogits(
  graph: Graph,
  config: DecoderConfig,
  weight: (name: string) => Value,
  tokens: GenerationTokens,
  parts: GenerationGraphParts,
): Value {
  const { attend, select } = parts;
  const epsilon = { epsilon: config.rmsNormEps };
  const linear = (x: Value, name: string, bias?: string) =>
    graph.op("Gemm", bias === undefined ? [x, weight(name)] : [x, weight(name), weight(bias)], { transA: false, transB: true });
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
      const [qBias, vBias] = config.qkvBias ? [`${layer}.qk_bias`, `${layer}.v_bias`] : [];
      const merged = linear(x, `${layer}.qk`, qBias);
      const [q, k] = queryAndKey(graph, config, merged, tokens, parts, (value, which) => norm(value, `${layer}.${which}_norm`));
      x = addThenNorm(linear(attend(layer, q, k, linear(x, `${layer}.v`, vBias)), `${layer}.out`), `${layer}.mlp_norm`);
      const gate = graph.op("QuickGelu", [linear(x, `${layer}.gate`)], { alpha: 1 });
      delta = linear(graph.op("Mul", [gate, linear(x, `${layer}.up`)], {}), `${layer}.down`);
    });
  }
  const head = config.tieWordEmbeddings ? "embed" : "head";
  if (select === undefined) return linear(addThenNorm(delta as Value, "norm"), head);
  return linear(norm(select(graph.op("Add", [residual, delta as Value], {})), "norm"), head);
}

/** Rotates the merged projection [N, (H + Hkv) D] and splits it, in one go where no norm per head comes between. */
function queryAndKey(
  graph: Graph,
  config: DecoderConfig,
  merged: Value,
  tokens: GenerationTokens,
  { headShape, headAxis }: GenerationGraphParts,
  headNorm: (value: Value, which: "q" | "k") => Value,
): readonly [Value, Value] {
  const { numHeads, numKvHeads, headDim, qkNorm } = config;
  const [N] = merged.shape as [Dim, Dim];
  const [B, T] = tokens.positions.shape as [Dim, Dim];
  const rotate = (x: Value, heads: number) => {
    const batched = graph.reshape(x, [B, T, heads * headDim]);
    const rotated = graph.op("RotaryEmbedding", [batched, tokens.positions, tokens.cos, tokens.sin], { numHeads: heads });
    return graph.reshape(rotated, headShape(heads));
  };
  const split = (x: Value, axis: number, sizes: readonly number[]) => graph.emit("Split", [x], { axis, sizes }) as [Value, Value];
  if (!qkNorm) return split(rotate(merged, numHeads + numKvHeads), headAxis, [numHeads, numKvHeads]);
  const [q, k] = split(merged, 1, [numHeads * headDim, numKvHeads * headDim]);
  const normed = (x: Value, heads: number, which: "q" | "k") =>
    graph.reshape(headNorm(graph.reshape(x, [product([N, heads]), headDim]), which), [N, heads * headDim]);
  return [rotate(normed(q, numHeads, "q"), numHeads), rotate(normed(k, numKvHeads, "k"), numKvHeads)];
}
