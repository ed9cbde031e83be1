// Derivatives of matrix products, normalisation and rotation.

import type { OpParams } from "../../onnx/ops.ts";
import { product } from "../../onnx/dims.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import { contribute, incoming, input, type VjpRule } from "./rule.ts";

type LinearOp = "MatMul" | "Gemm" | "SimplifiedLayerNormalization" | "RotaryEmbedding";

/** Swaps the last two axes; ONNX Runtime folds it into the product that uses it. */
export function transposeLast(graph: Graph, value: Value): Value {
  const rank = value.shape.length;
  const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
  return graph.op("Transpose", [value], { perm });
}

/**
 * (mean x^2 + eps)^-1/2 over the last axis, [..., 1]: what SimplifiedLayerNormalization gives as its second output, except on
 * WebGPU, where ONNX Runtime 1.30 leaves that output unwritten.
 */
export function inverseRms(graph: Graph, secondOutput: Value, x: Value, epsilon: number): Value {
  if (!graph.onDevice) return secondOutput;
  const squares = graph.op("ReduceSumSquare", [x], { axes: [-1], keepDims: true });
  const mean = graph.op("Mul", [squares, graph.scalar(1 / (x.shape.at(-1) as number))], {});
  return graph.op("Reciprocal", [graph.op("Sqrt", [graph.op("Add", [mean, graph.scalar(epsilon)], {})], {})], {});
}

export const LINEAR_RULES: { readonly [K in LinearOp]: VjpRule<OpParams[K]> } = {
  // y = a b: da = g b^T, db = a^T g, summed over broadcast batch axes
  MatMul: (c) => [
    contribute(c, 0, () => c.graph.op("MatMul", [incoming(c), transposeLast(c.graph, input(c, 1))], {})),
    contribute(c, 1, () => c.graph.op("MatMul", [transposeLast(c.graph, input(c, 0)), incoming(c)], {})),
  ],
  // y = A' B' + c with A' = transA ? A^T : A, B' likewise: dA' = g B'^T, dB' = A'^T g, transposed back where A or B was; dc = g
  Gemm: (c) => {
    const { transA, transB } = c.params;
    const [a, b, g] = [input(c, 0), input(c, 1), incoming(c)];
    const gemm = (x: Value, y: Value, tx: boolean, ty: boolean) => c.graph.op("Gemm", [x, y], { transA: tx, transB: ty });
    return [
      contribute(c, 0, () => (transA ? gemm(b, g, transB, true) : gemm(g, b, false, !transB))),
      contribute(c, 1, () => (transB ? gemm(g, a, true, transA) : gemm(a, g, !transA, false))),
      ...(c.inputs.length > 2 ? [contribute(c, 2, () => g)] : []),
    ];
  },
  // y = x r w, r = (mean x^2 + eps)^-1/2, d columns. dx = r (g w) - x (r^3 / d) sum over columns of (g x) w;
  // dw = sum over rows of r (g x). One product g x serves both sums, which are matrix-vector products.
  SimplifiedLayerNormalization: (c) => {
    const { graph, outputs } = c;
    const [x, w, g] = [input(c, 0), input(c, 1), incoming(c)];
    const r = inverseRms(graph, outputs[1] as Value, x, c.params.epsilon);
    const width = x.shape.at(-1) as number;
    const mul = (a: Value, b: Value) => graph.op("Mul", [a, b], {});
    const gx = mul(g, x);
    return [
      contribute(c, 0, () => {
        const column = graph.reshape(mul(w, graph.scalar(1 / width)), [width, 1]);
        const projection = mul(mul(mul(r, r), r), graph.op("MatMul", [gx, column], {}));
        return graph.op("Sub", [mul(mul(g, w), r), mul(x, projection)], {});
      }),
      contribute(c, 1, () => {
        const rows = product(x.shape.slice(0, -1));
        return graph.op("MatMul", [graph.reshape(r, [1, rows]), graph.reshape(gx, [rows, width])], {});
      }),
    ];
  },
  // y = R(position) x with R a rotation: dx = R^T g, the rotation by the negative angle
  RotaryEmbedding: (c) => {
    const [, positions, cos, sin] = c.inputs as [Value, Value, Value, Value];
    return [
      contribute(c, 0, () => {
        const negated = c.graph.op("Neg", [sin], {});
        return c.graph.op("RotaryEmbedding", [incoming(c), positions, cos, negated], { numHeads: c.params.numHeads });
      }),
      undefined,
      undefined,
      undefined,
    ];
  },
};
