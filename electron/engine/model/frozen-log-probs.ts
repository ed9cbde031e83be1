// Log-probabilities of given tokens under an output projection that is not trained, in vocabulary chunks: one pass over the chunks
// keeps, beside the normaliser, the projection's expected row, so that the backward pass needs no logits at all. The running
// maximum and rescaling are those of online softmax (Milakov and Gimelshein 2018, arXiv 1805.02867).

import type { Graph, Value } from "../onnx/graph.ts";
import { chunkRanges, type LogProbOptions, type LogProbs } from "./log-probs.ts";

/** Over the vocabulary so far, each [M, 1]; exponentials are of l - max. */
interface Running {
  readonly max: Value;
  readonly sum: Value;
  /** Sum of exp(l - max) (l - max), for the entropy. */
  readonly weighted: Value;
  /** Sum of exp(l - max) W, [M, d]. */
  readonly mixed: Value;
}

/**
 * As tokenLogProbs, with the entropy; h [M, d], W [V, d], targets int64 [M]. With p the probabilities and t the temperature:
 * dh = g (W[target] - p W) / t; W gets no gradient.
 */
export function frozenTokenLogProbs(
  graph: Graph,
  h: Value,
  w: Value,
  targets: Value,
  { chunkSize, inverseTemperature }: Omit<LogProbOptions, "entropy">,
): Required<LogProbs> {
  const mul = (a: Value, b: Value) => graph.op("Mul", [a, b], {});
  const sub = (a: Value, b: Value) => graph.op("Sub", [a, b], {});
  const div = (a: Value, b: Value) => graph.op("Div", [a, b], {});
  const M = h.shape[0] as string | number;
  const ranges = chunkRanges(w.shape[0] as number, chunkSize);
  let expected: Value | undefined;
  let targetRows: Value | undefined;

  const forward = () => {
    let running: Running | undefined;
    for (const [start, end] of ranges) {
      const weights = ranges.length === 1 ? w : graph.op("Slice", [w], { axis: 0, start, end });
      const logits = graph.op("Gemm", [running === undefined ? h : after(graph, h, running), weights], { transA: false, transB: true });
      running = absorb(graph, running, mul(logits, inverseTemperature), weights);
    }
    const { max, sum, weighted, mixed } = running as Running;
    const logSum = graph.op("Log", [sum], {});
    expected = div(mixed, sum);
    targetRows = graph.op("Gather", [w, targets], { axis: 0 });
    const targetLogit = graph.op("ReduceSum", [mul(h, targetRows)], { axes: [-1], keepDims: true });
    const logProbs = sub(mul(targetLogit, inverseTemperature), graph.op("Add", [max, logSum], {}));
    // H = log(sum e^(l - max)) - E[l - max]
    return [graph.reshape(logProbs, [M]), graph.reshape(sub(logSum, div(weighted, sum)), [M])];
  };
  const backward = ([gradient]: readonly (Value | undefined)[]) => {
    if (gradient === undefined) return [undefined];
    const g = mul(graph.reshape(gradient, [M, 1]), inverseTemperature);
    return [mul(g, sub(targetRows as Value, expected as Value))];
  };
  const [logProbs, entropy] = graph.composite([h], forward, backward) as [Value, Value];
  return { logProbs, entropy };
}

/** The sums with another chunk's logits [M, chunk] and rows of W [chunk, d] taken in. */
function absorb(graph: Graph, before: Running | undefined, logits: Value, weights: Value): Running {
  const op = (name: "Add" | "Mul" | "Sub") => (a: Value, b: Value) => graph.op(name, [a, b], {});
  const [add, mul, sub] = [op("Add"), op("Mul"), op("Sub")];
  const rowSum = (a: Value) => graph.op("ReduceSum", [a], { axes: [-1], keepDims: true });
  const top = graph.op("ReduceMax", [logits], { axes: [-1], keepDims: true });
  const max = before === undefined ? top : graph.op("Max", [before.max, top], {});
  const shifted = sub(logits, max);
  const exponentials = graph.op("Exp", [shifted], {});
  const sum = rowSum(exponentials);
  const weighted = rowSum(mul(exponentials, shifted));
  const mixed = graph.op("Gemm", [exponentials, weights], { transA: false, transB: false });
  if (before === undefined) return { max, sum, weighted, mixed };
  const drop = sub(before.max, max);
  const kept = graph.op("Exp", [drop], {});
  return {
    max,
    sum: add(mul(before.sum, kept), sum),
    weighted: add(mul(add(before.weighted, mul(before.sum, drop)), kept), weighted),
    mixed: add(mul(before.mixed, kept), mixed),
  };
}

/** h, which cannot be had before the last chunk is done: the runtime would otherwise make all chunks' logits first and keep them. */
function after(graph: Graph, h: Value, { mixed, weighted }: Running): Value {
  const corner = graph.op("Add", [graph.op("Slice", [mixed], { axis: 1, start: 0, end: 1 }), weighted], {});
  return graph.op("Add", [h, graph.op("Mul", [corner, graph.scalar(0)], {})], {});
}
