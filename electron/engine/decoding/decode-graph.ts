// The graph of one decode step: one new token for each of R rows. A row attends to its prompt (one copy of keys and values per
// prompt, shared by its rows), to the tokens it has sampled so far (its own cache, read from host memory) and to itself. Only the
// new keys and values leave the graph, because every output is copied and a whole cache would dominate the step.
// Dimensions: R rows, P prompts, Tp padded prompt length, M query slots of a prompt per key head, C cache capacity, G query heads per
// key head.

import type { DecoderConfig } from "../model/config.ts";
import { product, type Dim, type Shape } from "../onnx/dims.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import type { GenerationAdditions } from "./adapter-additions.ts";
import type { DecoderWeights } from "./decoder-weights.ts";
import {
  generationLogits,
  layerMasks,
  rotaryInputs,
  rotarySlots,
  weightValues,
  type BlockArithmetic,
  type WeightPlacement,
} from "./generation-graph.ts";

export interface DecodeGraph {
  readonly graph: Graph;
  /** Output names: new keys [R, Hkv, 1, D] and values [R, Hkv, 1, D] of each layer, logits [R, V]. */
  readonly keys: readonly string[];
  readonly values: readonly string[];
  readonly logits: string;
  /** softmax(logits * inverseTemperature), [R, V]. */
  readonly probabilities: string;
}

interface AttentionInputs {
  /** int32 [P, Hkv, M]: which query row (row * H + head) sits in a slot of its prompt; padding slots hold any row. */
  readonly slots: Value;
  /** int32 [R, Hkv, G]: which slot a query row sits in. */
  readonly slotOfQuery: Value;
  /** float32 [R, Hkv, G, Tp + C + 1], additive. */
  readonly maskOf: (layer: number) => Value;
  /** int64 [3]: Tp, C, 1. */
  readonly parts: Value;
}

const PROMPT_LENGTH = "Tp";
const CAPACITY = "C";
const SPAN = `${PROMPT_LENGTH}+${CAPACITY}+1`;

/**
 * Inputs: inverseTemperature float32 scalar, ids int32 [R], positions int64 [R, S] (see rotaryPositions), slots, slotOfQuery and parts as above, mask (and windowMask where layers have a window) float32 [R, 1, 1, Tp + C + 1], cos, sin,
 * and per layer L prefixKey.L [P, Hkv, D, Tp], prefixValue.L [P, Hkv, Tp, D], rowKey.L and rowValue.L [R, Hkv, C, D].
 * `blockArithmetic` is for matrices in blocks that are constants.
 */
export function buildDecodeGraph(
  config: DecoderConfig,
  weights: DecoderWeights,
  placement: WeightPlacement,
  additions?: GenerationAdditions,
  blockArithmetic?: BlockArithmetic,
): DecodeGraph {
  const graph = new Graph("decode");
  const { numHeads, numKvHeads } = config;
  const ids = graph.input("ids", "int32", ["R"]);
  const positions = graph.input("positions", "int64", ["R", rotarySlots(config)]);
  const tokens = { ids, positions, ...rotaryInputs(graph, config) };
  const queries = ["R", numKvHeads, numHeads / numKvHeads];
  const inputs: AttentionInputs = {
    slots: graph.input("slots", "int32", ["P", numKvHeads, "M"]),
    slotOfQuery: graph.input("slotOfQuery", "int32", queries),
    // Spread over the heads once, because adding equal shapes is faster than broadcasting in every layer.
    maskOf: layerMasks(graph, config, ["R", 1, 1, SPAN], (mask) => graph.op("Expand", [mask], { shape: [...queries, SPAN] })),
    parts: graph.input("parts", "int64", [3]),
  };
  const keys: Value[] = [];
  const values: Value[] = [];
  const logits = generationLogits(graph, config, weightValues(graph, weights, placement, additions), tokens, {
    headShape: (heads) => ["R", heads, 1, config.headDim],
    headAxis: 1,
    ...(blockArithmetic === undefined ? {} : { blockArithmetic }),
    attend: (layer, q, k, v) => {
      keys.push(k);
      values.push(v);
      return attend(graph, config, inputs, layer, q, k, v);
    },
  });
  const scaled = graph.op("Mul", [logits, graph.input("inverseTemperature", "float32", [])], {});
  const probabilities = graph.op("Softmax", [scaled], { axis: -1 });
  graph.outputs.push(...keys, ...values, logits, probabilities);
  const names = (list: readonly Value[]) => list.map((value) => value.name);
  return { graph, keys: names(keys), values: names(values), logits: logits.name, probabilities: probabilities.name };
}

function attend(graph: Graph, config: DecoderConfig, inputs: AttentionInputs, layer: number, q: Value, k: Value, v: Value): Value {
  const { numHeads, numKvHeads, headDim: D } = config;
  const perKeyHead = numHeads / numKvHeads;
  const matmul = (a: Value, b: Value) => graph.op("MatMul", [a, b], {});
  const cache = (name: string, shape: Shape) => graph.input(`${name}.${layer}`, "float32", shape);
  const prefixKey = cache("prefixKey", ["P", numKvHeads, D, PROMPT_LENGTH]);
  const prefixValue = cache("prefixValue", ["P", numKvHeads, PROMPT_LENGTH, D]);
  const rowKey = cache("rowKey", ["R", numKvHeads, CAPACITY, D]);
  const rowValue = cache("rowValue", ["R", numKvHeads, CAPACITY, D]);

  /** [R, Hkv, G, x] to the slots of its prompts [P, Hkv, M, x], and back. */
  const toSlots = (x: Value) =>
    graph.op("Gather", [graph.reshape(x, [product([numHeads, "R"]), x.shape.at(-1) as Dim]), inputs.slots], { axis: 0 });
  const fromSlots = (x: Value) => {
    const flat = graph.reshape(x, [product(["P", numKvHeads, "M"]), x.shape.at(-1) as Dim]);
    return graph.op("Gather", [flat, inputs.slotOfQuery], { axis: 0 });
  };
  const query = perKeyHead === 1 ? q : graph.reshape(q, ["R", numKvHeads, perKeyHead, D]);
  const prefixScores = fromSlots(matmul(toSlots(query), prefixKey));
  const rowScores = graph.op("FusedMatMul", [query, rowKey], { transA: false, transB: true, alpha: 1 });
  // Row by row this is far less than a matrix product's fixed cost per call.
  const selfScores = graph.op("ReduceSum", [graph.op("Mul", [query, k], {})], { axes: [3], keepDims: true });
  const scores = graph.op("Concat", [prefixScores, rowScores, selfScores], { axis: 3 });
  const weights = graph.op("Softmax", [graph.op("Add", [scores, inputs.maskOf(layer)], {})], { axis: -1 });

  const [onPrefix, onRow, onSelf] = splitByInput(graph, weights, inputs.parts, [PROMPT_LENGTH, CAPACITY, 1]);
  const fromPrefix = fromSlots(matmul(toSlots(onPrefix), prefixValue));
  const fromSelf = graph.op("Mul", [onSelf, v], {});
  const own = graph.op("Add", [matmul(onRow, rowValue), fromSelf], {});
  return graph.reshape(graph.op("Add", [own, fromPrefix], {}), ["R", numHeads * D]);
}

/** Split of the last axis whose sizes are only known when the graph runs; the op table's Split takes numbers. */
function splitByInput(graph: Graph, value: Value, sizes: Value, parts: readonly [Dim, Dim, Dim]): readonly [Value, Value, Value] {
  const name = `${value.name}/split`;
  const part = (index: 0 | 1 | 2): Value => ({
    name: `${name}:${index}`,
    dtype: value.dtype,
    shape: [...value.shape.slice(0, -1), parts[index]],
  });
  const outputs = [part(0), part(1), part(2)] as const;
  graph.nodes.push({ op: "Split", inputs: [value, sizes], outputs, params: { axis: -1, sizes: [] }, name });
  return outputs;
}
