// The graphs of generation on a device: prompts in, one token for every row, and what moves rows of the caches about. They are built
// of the training decoder (model/decoder.ts) with its weights and adapter under their own names, so that sampling shares every
// weight with training. Nothing but token ids and small index lists comes from the host.
// Dimensions: P prompts, T padded prompt length, R rows, C cache capacity, otherwise as in model/decoder.ts.

import { parameterShapes, type DecoderConfig } from "../model/config.ts";
import {
  attentionWithin,
  declareDecoderInputs,
  decoderHidden,
  headWeightName,
  plainLinear,
  type Attend,
  type DecoderTokens,
} from "../model/decoder.ts";
import { adaptedLayers, loraLinear, type LoraConfig } from "../model/lora.ts";
import { weightInput, type MatrixFormat, type WeightValue } from "../model/quantised-linear.ts";
import type { Dim } from "../onnx/dims.ts";
import { Graph, type Value } from "../onnx/graph.ts";

export interface DeviceModel {
  readonly config: DecoderConfig;
  /** The adapter beside the weights, where there is one. */
  readonly lora?: LoraConfig;
  /** Matrices that are in blocks or in float16. */
  readonly quantised?: ReadonlyMap<string, MatrixFormat>;
}

export const cacheNames = (kind: "key" | "value" | "newKey" | "newValue", { numLayers }: DecoderConfig): string[] =>
  Array.from({ length: numLayers }, (_, layer) => `${kind}.${layer}`);

/** Inputs: those of the decoder [P, T], last int64 [P] (flat place of each prompt's last token), weights. Outputs: logits [P, V], newKey.L and newValue.L [P, Hkv, T, D]. */
export function devicePrefillGraph(model: DeviceModel): Graph {
  const { config } = model;
  const graph = new Graph("device-prefill", { onDevice: true });
  const inputs = declareDecoderInputs(graph);
  const [B, T] = inputs.ids.shape as [Dim, Dim];
  const within = attentionWithin(graph, config, inputs);
  const toCache = (value: Value) =>
    graph.op("Transpose", [graph.reshape(value, [B, T, config.numKvHeads, config.headDim])], { perm: [0, 2, 1, 3] });
  const last = graph.input("last", "int64", ["B"]);
  const attend: Attend = (layer, q, k, v) => {
    graph.output(toCache(k), `newKey.${layer}`);
    graph.output(toCache(v), `newValue.${layer}`);
    return within(layer, q, k, v);
  };
  graph.output(
    logitsOf(graph, model, inputs, attend, (hidden) => graph.op("Gather", [hidden, last], { axis: 0 })),
    "logits",
  );
  return graph;
}

/**
 * Inputs: ids and positions int64 [R, 1], cached int32 [R] and most int32 scalar (see GroupQueryAttention), key.L and value.L
 * [R, Hkv, C, D], weights. Outputs: logits [R, V], newKey.L and newValue.L.
 */
export function deviceDecodeGraph(model: DeviceModel): Graph {
  const { config } = model;
  const { numHeads, numKvHeads, headDim } = config;
  const graph = new Graph("device-decode", { onDevice: true });
  const tokens: DecoderTokens = { ids: graph.input("ids", "int64", ["R", 1]), positions: graph.input("positions", "int64", ["R", 1]) };
  const counts = [graph.input("cached", "int32", ["R"]), graph.input("most", "int32", [])];
  const sliding = new Set(config.slidingLayers);
  const attend: Attend = (layer, q, k, v) => {
    const [key, value] = ["key", "value"].map((kind) => graph.input(`${kind}.${layer}`, "float32", ["R", numKvHeads, "C", headDim]));
    const three = (x: Value, heads: number) => graph.reshape(x, ["R", 1, heads * headDim]);
    const window = sliding.has(layer) ? config.slidingWindow : null;
    const [mixed, newKey, newValue] = graph.emit(
      "GroupQueryAttention",
      [three(q, numHeads), three(k, numKvHeads), three(v, numKvHeads), key as Value, value as Value, ...counts],
      { numHeads, numKvHeads, window },
    ) as [Value, Value, Value];
    graph.output(newKey, `newKey.${layer}`);
    graph.output(newValue, `newValue.${layer}`);
    return graph.reshape(mixed, ["R", numHeads * headDim]);
  };
  graph.output(
    logitsOf(graph, model, tokens, attend, (hidden) => hidden),
    "logits",
  );
  return graph;
}

/** Rows of one cache in a new order, with room for more tokens behind: in [S, Hkv, T, D], rows int64 [R], room [1, 1, X, 1] of zeros; out [R, Hkv, T + X, D]. */
export function spreadCacheGraph({ numKvHeads, headDim }: DecoderConfig): Graph {
  const graph = new Graph("spread-cache", { onDevice: true });
  const source = graph.input("in", "float32", ["S", numKvHeads, "T", headDim]);
  const picked = graph.op("Gather", [source, graph.input("rows", "int64", ["R"])], { axis: 0 });
  const room = graph.op("Expand", [graph.input("room", "float32", [1, 1, "X", 1])], { shape: ["R", numKvHeads, "X", headDim] });
  graph.output(graph.op("Concat", [picked, room], { axis: 2 }), "out");
  return graph;
}

/** The rows of two caches of equal capacity one after the other: a [S, Hkv, C, D], b [R, Hkv, C, D]; out [S + R, Hkv, C, D]. */
export function joinCachesGraph({ numKvHeads, headDim }: DecoderConfig): Graph {
  const graph = new Graph("join-caches", { onDevice: true });
  const parts = [
    graph.input("a", "float32", ["S", numKvHeads, "C", headDim]),
    graph.input("b", "float32", ["R", numKvHeads, "C", headDim]),
  ];
  graph.output(graph.op("Concat", parts, { axis: 0 }), "out");
  return graph;
}

function logitsOf(graph: Graph, model: DeviceModel, tokens: DecoderTokens, attend: Attend, select: (hidden: Value) => Value): Value {
  const { config, lora, quantised } = model;
  const weights = new Map<string, WeightValue>();
  const shapes = parameterShapes(config);
  for (const [name, shape] of shapes) weights.set(name, weightInput(graph, name, shape, quantised?.get(name)));
  for (const layer of lora === undefined ? [] : adaptedLayers(config, lora)) {
    const [outSize, inSize] = shapes.get(`${layer}.weight`) as [number, number];
    const rank = (lora as LoraConfig).rank;
    weights.set(`${layer}.lora_A.weight`, graph.input(`${layer}.lora_A.weight`, "float32", [rank, inSize]));
    weights.set(`${layer}.lora_B.weight`, graph.input(`${layer}.lora_B.weight`, "float32", [outSize, rank]));
  }
  const matrix = (name: string): WeightValue => {
    const value = weights.get(name);
    if (value === undefined) throw new Error(`no weight ${name}`);
    return value;
  };
  const weight = (name: string): Value => {
    const value = matrix(name);
    if (value.dtype === "blocks" || value.dtype !== "float32") throw new Error(`${name} is ${value.dtype} where float32 is needed`);
    return value;
  };
  const linear = lora === undefined ? plainLinear(graph, weight, matrix) : loraLinear(graph, config, lora, weight, undefined, matrix);
  const hidden = select(decoderHidden(graph, config, weight, linear, tokens, attend));
  return graph.op("Gemm", [hidden, weight(headWeightName(config))], { transA: false, transB: true });
}
