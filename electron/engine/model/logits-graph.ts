// The logits of every position as a graph: the decoder and its output projection, nothing else. For looking at a model and
// comparing it with other implementations; training never builds the [tokens, vocabulary] array that this one returns.

import { Graph, type Value } from "../onnx/graph.ts";
import { serializeGraph } from "../onnx/serialize.ts";
import { OnnxSession, type SessionOptions } from "../onnx/session.ts";
import { float32, int64, type Float32Tensor } from "../tensor/tensor.ts";
import { parameterShapes, type DecoderConfig } from "./config.ts";
import { attentionWithin, declareDecoderInputs, decoderHidden, headWeightName, plainLinear } from "./decoder.ts";

/** Inputs: ids, positions, steps, segments [B, T] and every parameter by name. Output: logits [B*T, V]. */
export function logitsGraph(config: DecoderConfig): Graph {
  const graph = new Graph("logits");
  const inputs = declareDecoderInputs(graph);
  const weights = new Map<string, Value>();
  for (const [name, shape] of parameterShapes(config)) weights.set(name, graph.input(name, "float32", shape));
  const weight = (name: string): Value => {
    const value = weights.get(name);
    if (value === undefined) throw new Error(`no weight ${name}`);
    return value;
  };
  const hidden = decoderHidden(graph, config, weight, plainLinear(graph, weight), inputs, attentionWithin(graph, config, inputs));
  graph.output(graph.op("Gemm", [hidden, weight(headWeightName(config))], { transA: false, transB: true }), "logits");
  return graph;
}

/** Logits [T, V] of one sequence of T ids, each below vocabSize, T at most maxPositionEmbeddings. */
export async function sequenceLogits(
  config: DecoderConfig,
  parameters: ReadonlyMap<string, Float32Tensor>,
  ids: readonly number[],
  options: SessionOptions = {},
): Promise<Float32Tensor> {
  const session = await OnnxSession.create(serializeGraph(logitsGraph(config)), options);
  try {
    const shape = [1, ids.length];
    const places = ids.map((_, i) => i);
    const out = await session.run({
      ...Object.fromEntries(parameters),
      ids: int64(shape, ids),
      positions: int64(shape, places),
      steps: float32(shape, places),
      segments: float32(shape, new Float32Array(ids.length).fill(1)),
    });
    return out["logits"] as Float32Tensor;
  } finally {
    await session.dispose();
  }
}
