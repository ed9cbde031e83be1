// Log-probabilities of given tokens under the output projection, in vocabulary chunks: no [tokens, vocabulary] array ever
// exists when there is more than one chunk. The backward pass recomputes each chunk's logits.

import type { Graph, Value } from "../onnx/graph.ts";
import { float32 } from "../tensor/tensor.ts";

export interface LogProbOptions {
  /** Vocabulary entries a chunk; one chunk keeps its exponentials for the backward pass. */
  readonly chunkSize: number;
  /** 1 / temperature, a scalar value. */
  readonly inverseTemperature: Value;
  /** Also give the entropy of the distribution (no gradient flows through it). */
  readonly entropy: boolean;
}

export interface LogProbs {
  /** [M]. */
  readonly logProbs: Value;
  /** [M], nats. */
  readonly entropy?: Value;
}

interface Chunk {
  readonly max: Value;
  readonly sum: Value;
  /** Sum of exp(l - max) * (l - max), for the entropy. */
  readonly weighted?: Value;
  readonly exponentials: Value;
}

/**
 * log softmax(h W^T / temperature)[target]. h [M, d], W [V, d], targets int64 [M]. With p the probabilities, t the temperature:
 * dh = g (W[target] - p W) / t, dW = (scatter(g h at target) - (g p)^T h) / t.
 */
export function tokenLogProbs(graph: Graph, h: Value, w: Value, targets: Value, options: LogProbOptions): LogProbs {
  const mul = (a: Value, b: Value) => graph.op("Mul", [a, b], {});
  const sub = (a: Value, b: Value) => graph.op("Sub", [a, b], {});
  const rowSum = (a: Value) => graph.op("ReduceSum", [a], { axes: [-1], keepDims: true });
  const M = h.shape[0] as string | number;
  const V = w.shape[0] as number;
  const hidden = h.shape[1] as number;
  const chunks = chunkRanges(V, options.chunkSize);
  // Under another name of the same axis the backward pass gets slices of its own: the runtime would keep equal ones for it.
  const weightChunk = ([start, end]: readonly [number, number], axis: 0 | -2 = 0) =>
    chunks.length === 1 ? w : graph.op("Slice", [w], { axis, start, end });
  const chunkLogits = (weights: Value) => mul(graph.op("Gemm", [h, weights], { transA: false, transB: true }), options.inverseTemperature);
  let normaliser: Value | undefined;
  let kept: Chunk | undefined;
  let targetRows: Value | undefined;

  /** Of several chunks no sum is had before the chunk's part of the entropy, or its exponentials would be kept until that is wanted. */
  const together = (part: Chunk): Chunk => {
    if (chunks.length === 1 || part.weighted === undefined) return part;
    return { ...part, sum: graph.op("Add", [part.sum, mul(part.weighted, graph.scalar(0))], {}) };
  };

  const forward = () => {
    const parts = chunks.map((range) => chunkStatistics(graph, chunkLogits(weightChunk(range)), options.entropy)).map(together);
    if (parts.length === 1) kept = parts[0];
    const max = parts.map((part) => part.max).reduce((a, b) => graph.op("Max", [a, b], {}));
    const scales = parts.map((part) => graph.op("Exp", [sub(part.max, max)], {}));
    const sum = parts.map((part, i) => mul(part.sum, scales[i] as Value)).reduce((a, b) => graph.op("Add", [a, b], {}));
    const logSum = graph.op("Log", [sum], {});
    normaliser = graph.op("Add", [max, logSum], {});
    targetRows = graph.op("Gather", [w, targets], { axis: 0 });
    const targetLogit = mul(rowSum(mul(h, targetRows)), options.inverseTemperature);
    const logProbs = graph.reshape(sub(targetLogit, normaliser), [M]);
    if (!options.entropy) return [logProbs];
    // H = log(sum e^(l - max)) - E[l - max]
    const expectation = parts
      .map((part, i) => mul(scales[i] as Value, graph.op("Add", [part.weighted as Value, mul(part.sum, sub(part.max, max))], {})))
      .reduce((a, b) => graph.op("Add", [a, b], {}));
    return [logProbs, graph.reshape(sub(logSum, graph.op("Div", [expectation, sum], {})), [M])];
  };

  const backward = (gradients: readonly (Value | undefined)[], wanted: (input: Value) => boolean) => {
    const gradient = gradients[0];
    if (gradient === undefined) return [undefined, undefined];
    const g = mul(graph.reshape(gradient, [M, 1]), options.inverseTemperature);
    let dh = mul(g, targetRows as Value);
    // Frozen, a large vocabulary's gradient would be most of the work and of the memory.
    const weightWanted = wanted(w);
    const weightParts = chunks.flatMap((range) => {
      const weights = weightChunk(range, -2);
      const weighted =
        kept !== undefined
          ? mul(kept.exponentials, graph.op("Div", [g, kept.sum], {}))
          : mul(graph.op("Exp", [sub(chunkLogits(weights), normaliser as Value)], {}), g);
      dh = sub(dh, graph.op("Gemm", [weighted, weights], { transA: false, transB: false }));
      return weightWanted ? [graph.op("Gemm", [weighted, h], { transA: true, transB: false })] : [];
    });
    if (!weightWanted) return [dh, undefined];
    const fromAll = weightParts.length === 1 ? (weightParts[0] as Value) : graph.op("Concat", weightParts, { axis: 0 });
    const zeros = graph.op("Expand", [graph.constant(float32([1, 1], [0]))], { shape: [V, hidden] });
    const index = graph.reshape(targets, [M, 1]);
    const fromTargets = graph.op("ScatterND", [zeros, index, mul(g, h)], { reduction: "add" });
    return [dh, sub(fromTargets, fromAll)];
  };

  const outputs = graph.composite([h, w], forward, backward);
  return { logProbs: outputs[0] as Value, ...(options.entropy ? { entropy: outputs[1] as Value } : {}) };
}

function chunkStatistics(graph: Graph, logits: Value, entropy: boolean): Chunk {
  const max = graph.op("ReduceMax", [logits], { axes: [-1], keepDims: true });
  const shifted = graph.op("Sub", [logits, max], {});
  const exponentials = graph.op("Exp", [shifted], {});
  const sum = graph.op("ReduceSum", [exponentials], { axes: [-1], keepDims: true });
  if (!entropy) return { max, sum, exponentials };
  const product = graph.op("Mul", [exponentials, shifted], {});
  return { max, sum, exponentials, weighted: graph.op("ReduceSum", [product], { axes: [-1], keepDims: true }) };
}

/** Runs of at most `chunkSize` that cover the vocabulary. */
export function chunkRanges(size: number, chunkSize: number): (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (let start = 0; start < size; start += chunkSize) ranges.push([start, Math.min(size, start + chunkSize)]);
  return ranges;
}
