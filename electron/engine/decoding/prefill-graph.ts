// The graph that reads whole prompts: keys and values of every position for the prefix cache, and logits after each prompt's last
// token. Prompts are padded on the right, so the causal mask alone keeps padding out of every real position.
// Dimensions: P prompts, T padded prompt length, otherwise as in generation-graph.ts.

import type { DecoderConfig } from "../model/config.ts";
import { product } from "../onnx/dims.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import type { GenerationAdditions } from "./adapter-additions.ts";
import type { DecoderWeights } from "./decoder-weights.ts";
import { generationLogits, layerMasks, rotaryInputs, rotarySlots, weightValues } from "./generation-graph.ts";

export interface PrefillGraph {
  readonly graph: Graph;
  /** Output names: k [P, Hkv, D, T] (transposed for the decode step), v [P, Hkv, T, D], logits [P, V]. */
  readonly keys: readonly string[];
  readonly values: readonly string[];
  readonly logits: string;
}

/** Inputs: ids int32 [P T], positions int64 [P, T S] (see rotaryPositions), last int32 [P] (row of each prompt's last token), mask and, where layers have a window, windowMask float32 [T, T], cos, sin, weights. */
export function buildPrefillGraph(config: DecoderConfig, weights: DecoderWeights, additions?: GenerationAdditions): PrefillGraph {
  const graph = new Graph("prefill");
  const { numHeads, numKvHeads, headDim } = config;
  const [P, T] = ["P", "T"];
  const N = product([P, T]);
  const positions = graph.input("positions", "int64", [P, product([rotarySlots(config), T])]);
  const tokens = { ids: graph.input("ids", "int32", [N]), positions, ...rotaryInputs(graph, config) };
  const last = graph.input("last", "int32", [P]);
  const maskOf = layerMasks(graph, config, [T, T]);
  const keys: Value[] = [];
  const values: Value[] = [];
  const stacked = product([numHeads / numKvHeads, T]);
  const headShape = (heads: number) => [P, T, heads, headDim];
  const transpose = (x: Value, perm: readonly number[]) => graph.op("Transpose", [x], { perm });
  const attend = (layer: number, q: Value, k: Value, v: Value): Value => {
    // Query heads that share a key head are stacked along the rows, so keys and values are never repeated.
    const queries = graph.reshape(transpose(q, [0, 2, 1, 3]), [P, numKvHeads, stacked, headDim]);
    const key = transpose(k, [0, 2, 3, 1]);
    const value = transpose(v, [0, 2, 1, 3]);
    keys.push(key);
    values.push(value);
    const scores = graph.reshape(graph.op("MatMul", [queries, key], {}), [P, numHeads, T, T]);
    const weightsOf = graph.op("Softmax", [graph.op("Add", [scores, maskOf(layer)], {})], { axis: -1 });
    const mixed = graph.op("MatMul", [graph.reshape(weightsOf, [P, numKvHeads, stacked, T]), value], {});
    const merged = transpose(graph.reshape(mixed, [P, numHeads, T, headDim]), [0, 2, 1, 3]);
    return graph.reshape(merged, [N, numHeads * headDim]);
  };
  const logits = generationLogits(
    graph,
    config,
    weightValues(graph, weights, () => "input", additions),
    tokens,
    {
      headShape,
      headAxis: 2,
      attend,
      select: (hidden) => graph.op("Gather", [hidden, last], { axis: 0 }),
    },
  );
  graph.outputs.push(...keys, ...values, logits);
  const names = (list: readonly Value[]) => list.map((value) => value.name);
  return { graph, keys: names(keys), values: names(values), logits: logits.name };
}
