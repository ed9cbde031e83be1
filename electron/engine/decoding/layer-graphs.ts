// A decode step cut at every layer's attention, for models whose attention is computed beside the graphs (attention-kernels.ts): what
// comes before the first attention, between two, and after the last. Weights are constants.
// Dimensions: R rows, d hidden size, H query heads, Hkv key heads, D head size, V vocabulary.

import type { DecoderConfig } from "../model/config.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import type { DecoderWeights } from "./decoder-weights.ts";
import { GenerationLayers, weightValues } from "./generation-graph.ts";

/** A graph and the names of its outputs: those of the last, or those of all others. */
export interface LayerGraph {
  readonly graph: Graph;
  /** [R, d]. */
  readonly residual: string;
  /** q, already scaled, k and v of the layer, not rotated, [R, (H + 2 Hkv) D]. */
  readonly qkv: string;
}

export interface LastGraph {
  readonly graph: Graph;
  /** [R, V]. */
  readonly logits: string;
  /** softmax(logits * inverseTemperature), [R, V]. */
  readonly probabilities: string;
}

/**
 * As many layer graphs as layers. The first takes ids int32 [R]; all others, the last one too, residual [R, d] and mixed [R, H D], which
 * attention made of qkv. The last takes inverseTemperature as well, a float32 scalar.
 */
export function buildLayerGraphs(
  config: DecoderConfig,
  weights: DecoderWeights,
): { readonly layers: readonly LayerGraph[]; readonly last: LastGraph } {
  const { numLayers, numHeads, headDim, hiddenSize } = config;
  const begin = (next: number) => {
    const graph = new Graph(`decode-${next}`);
    const layers = new GenerationLayers(
      graph,
      config,
      weightValues(graph, weightsBetween(config, weights, next), () => "constant"),
    );
    if (next === 0) layers.begin(graph.input("ids", "int32", ["R"]));
    else {
      layers.residual = graph.input("residual", "float32", ["R", hiddenSize]);
      layers.feedForward(next - 1, graph.input("mixed", "float32", ["R", numHeads * headDim]));
    }
    return { graph, layers };
  };
  const layers = Array.from({ length: numLayers }, (_, next): LayerGraph => {
    const { graph, layers: built } = begin(next);
    const qkv = built.project(next);
    const residual = built.residual as Value;
    graph.outputs.push(residual, qkv);
    return { graph, residual: residual.name, qkv: qkv.name };
  });
  const { graph, layers: built } = begin(numLayers);
  const logits = built.logits();
  const scaled = graph.op("Mul", [logits, graph.input("inverseTemperature", "float32", [])], {});
  const probabilities = graph.op("Softmax", [scaled], { axis: -1 });
  graph.outputs.push(logits, probabilities);
  return { layers, last: { graph, logits: logits.name, probabilities: probabilities.name } };
}

/** Those between the attention of the layer before and that of `next`. */
function weightsBetween({ numLayers, tieWordEmbeddings }: DecoderConfig, weights: DecoderWeights, next: number): DecoderWeights {
  const isProjection = (part: string) => /^(attention_norm|q_norm|k_norm|qkv|qkv_bias)$/.test(part);
  const ends = new Set(next === 0 ? ["embed"] : next === numLayers ? ["norm", tieWordEmbeddings ? "embed" : "head"] : []);
  return new Map(
    [...weights].filter(([name]) => {
      const [layer, part] = name.split(".");
      if (part === undefined) return ends.has(name);
      return Number(layer) === (isProjection(part) ? next : next - 1);
    }),
  );
}
