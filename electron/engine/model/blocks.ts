// The building blocks of a decoder as graph composites: each emits its forward nodes and carries a hand-derived backward pass
// that touches memory fewer times than the op-by-op derivative would. The generic rules in ../autodiff give the same numbers;
// tests hold both against each other.

import { float32 } from "../tensor/tensor.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import { product, type Dim } from "../onnx/dims.ts";
import { inverseRms, transposeLast } from "../autodiff/vjp-rules/linear.ts";

/** Gradient of a composite's only output; the walk calls a composite only when one arrived. */
function only(gradients: readonly (Value | undefined)[]): Value {
  const gradient = gradients[0];
  if (gradient === undefined) throw new Error("no gradient for the composite's first output");
  return gradient;
}

/** silu(gate) * up, all [N, F]. Backward: with a = silu(gate), s = sigmoid(gate): dup = g a, dgate = g up (s + a (1 - s)). */
export function swiglu(graph: Graph, gate: Value, up: Value): Value {
  let activated: Value | undefined;
  const mul = (a: Value, b: Value) => graph.op("Mul", [a, b], {});
  const outputs = graph.composite(
    [gate, up],
    () => {
      activated = graph.op("QuickGelu", [gate], { alpha: 1 });
      return [mul(activated, up)];
    },
    (gradients) => {
      const [g, a] = [only(gradients), activated as Value];
      const s = graph.op("Sigmoid", [gate], {});
      const slope = graph.op("Add", [s, mul(a, graph.op("Sub", [graph.scalar(1), s], {}))], {});
      return [mul(mul(g, up), slope), mul(g, a)];
    },
  );
  return outputs[0] as Value;
}

/**
 * RMS norm at the head of a residual branch: [normed x, x itself], x [N, d], w [d]. Both ways back meet here, so that their sum
 * costs no pass of its own. With r = (mean x^2 + eps)^-1/2, g the gradient of the normed x and e the one of x itself:
 * dx = e + (g w) r - x (r^3 / d) sum over columns of (g x) w, dw = sum over rows of r (g x).
 */
export function residualNorm(graph: Graph, x: Value, w: Value, epsilon: number): { normed: Value; x: Value } {
  const mul = (a: Value, b: Value) => graph.op("Mul", [a, b], {});
  const [rows, width] = x.shape as [Dim, number];
  let inverseNorm: Value | undefined;
  const outputs = graph.composite(
    [x, w],
    () => {
      const [normed, r] = graph.emit("SimplifiedLayerNormalization", [x, w], { epsilon }) as [Value, Value];
      inverseNorm = r;
      return [normed, graph.op("Identity", [x], {})];
    },
    ([g, e], wanted) => {
      if (g === undefined) return [e, undefined];
      const r = inverseRms(graph, inverseNorm as Value, x, epsilon);
      const gx = mul(g, x);
      const column = graph.reshape(mul(w, graph.scalar(-1 / width)), [width, 1]);
      const projection = mul(mul(mul(r, r), r), graph.op("MatMul", [gx, column], {}));
      const scaled = mul(g, w);
      const direct = e === undefined ? mul(scaled, r) : graph.op("GatedAdd", [e, scaled, r], {});
      const dx = graph.op("GatedAdd", [direct, x, projection], {});
      if (!wanted(w)) return [dx, undefined];
      const dw = graph.op("MatMul", [graph.reshape(r, [1, rows]), gx], {});
      return [dx, graph.reshape(dw, [width])];
    },
  );
  return { normed: outputs[0] as Value, x: outputs[1] as Value };
}

export interface AttentionShape {
  /** Symbolic or fixed batch and length. */
  readonly B: Dim;
  readonly T: Dim;
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headDim: number;
}

/**
 * Attention of q [N, H*D], already divided by sqrt(D), over k, v [N, Hkv*D] with N = B*T and an additive mask bias [B, 1, T, T];
 * result [N, H*D]. The query heads of one key head are stacked along the rows, so keys and values are never repeated. Backward,
 * with P the probabilities: dV = P^T dO, dS = P (dO V^T - rowsum(dO O)), dQ = dS K, dK = dS^T Q.
 */
export function attention(graph: Graph, q: Value, k: Value, v: Value, bias: Value, shape: AttentionShape): Value {
  const { B, T, numHeads, numKvHeads, headDim } = shape;
  const groupSize = numHeads / numKvHeads;
  const rows = product([groupSize, T]);
  const split = (value: Value) => graph.op("Transpose", [graph.reshape(value, [B, T, numKvHeads, headDim])], { perm: [0, 2, 1, 3] });
  const merge = (value: Value) =>
    graph.reshape(graph.op("Transpose", [value], { perm: [0, 2, 1, 3] }), [product([B, T]), numKvHeads * headDim]);
  const splitQueries = (value: Value) => {
    if (groupSize === 1) return split(value);
    const five = graph.reshape(value, [B, T, numKvHeads, groupSize, headDim]);
    return graph.reshape(graph.op("Transpose", [five], { perm: [0, 2, 3, 1, 4] }), [B, numKvHeads, rows, headDim]);
  };
  const mergeQueries = (value: Value) => {
    if (groupSize === 1) return merge(value);
    const five = graph.reshape(value, [B, numKvHeads, groupSize, T, headDim]);
    return graph.reshape(graph.op("Transpose", [five], { perm: [0, 3, 1, 2, 4] }), [product([B, T]), numHeads * headDim]);
  };
  const matmul = (a: Value, b: Value) => graph.op("MatMul", [a, b], {});
  const mul = (a: Value, b: Value) => graph.op("Mul", [a, b], {});
  let saved: { q: Value; k: Value; v: Value; p: Value; o: Value } | undefined;
  const outputs = graph.composite(
    [q, k, v],
    () => {
      const queries = splitQueries(q);
      const [keys, values] = [split(k), split(v)];
      const scores = graph.reshape(matmul(queries, transposeLast(graph, keys)), [B, numHeads, T, T]);
      const masked = graph.op("Add", [scores, bias], {});
      const p = graph.reshape(graph.op("Softmax", [masked], { axis: -1 }), [B, numKvHeads, rows, T]);
      const o = matmul(p, values);
      saved = { q: queries, k: keys, v: values, p, o };
      return [mergeQueries(o)];
    },
    (gradients) => {
      const { q: queries, k: keys, v: values, p, o } = saved as NonNullable<typeof saved>;
      const dO = splitQueries(only(gradients));
      const dP = matmul(dO, transposeLast(graph, values));
      const inner = graph.op("ReduceSum", [mul(dO, o)], { axes: [-1], keepDims: true });
      const dS = mul(p, graph.op("Sub", [dP, inner], {}));
      const dQ = mergeQueries(matmul(dS, keys));
      const dK = merge(matmul(transposeLast(graph, dS), queries));
      const dV = merge(matmul(transposeLast(graph, p), dO));
      return [dQ, dK, dV];
    },
  );
  return outputs[0] as Value;
}

/**
 * Additive mask bias [B, 1, T, T]: 0 where token i may see token j, else -1e9. It may where j is not later, less than `window` steps
 * before, and in the same segment, or in the segment whose number is i's without its fraction: a prompt that several responses
 * share. Inputs are float32 [B, T]; padding is segment 0. Works for left, right and no padding and for several sequences packed in
 * a row.
 */
export function attentionBias(graph: Graph, segments: Value, steps: Value, window: number | null = null): Value {
  const [B, T] = segments.shape as [Dim, Dim];
  const column = (value: Value) => graph.reshape(value, [B, 1, T, 1]);
  const row = (value: Value) => graph.reshape(value, [B, 1, 1, T]);
  const sub = (a: Value, b: Value) => graph.op("Sub", [a, b], {});
  const shared = graph.op("Floor", [segments], {});
  const toEither = graph.op("Mul", [sub(column(segments), row(segments)), sub(column(shared), row(segments))], {});
  const visible = graph.op("Equal", [toEither, graph.scalar(0)], {});
  const and = (a: Value, b: Value) => graph.op("And", [a, b], {});
  const earlier = graph.op("GreaterOrEqual", [column(steps), row(steps)], {});
  const near = () => graph.op("Less", [sub(column(steps), row(steps)), graph.scalar(window ?? 0)], {});
  const seen = and(visible, window === null ? earlier : and(earlier, near()));
  return graph.op("Where", [seen, graph.scalar(0), graph.scalar(-1e9)], {});
}

export interface RotaryTables {
  readonly cos: Value;
  readonly sin: Value;
}

/** cos and sin [maxPositions, frequencies.length] of the rotary embedding, as constants `name`.cos and .sin, both times `scale`. */
export function rotaryTables(graph: Graph, name: string, frequencies: Float64Array, maxPositions: number, scale = 1): RotaryTables {
  const half = frequencies.length;
  const cos = new Float32Array(maxPositions * half);
  const sin = new Float32Array(maxPositions * half);
  for (let position = 0; position < maxPositions; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * (frequencies[i] as number);
      cos[position * half + i] = scale * Math.cos(angle);
      sin[position * half + i] = scale * Math.sin(angle);
    }
  }
  return {
    cos: graph.initializer(`${name}.cos`, float32([maxPositions, half], cos)),
    sin: graph.initializer(`${name}.sin`, float32([maxPositions, half], sin)),
  };
}
