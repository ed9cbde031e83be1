// Derivatives of reductions along axes, softmax and running sums.

import type { OpParams } from "../../onnx/ops.ts";
import { normaliseAxis } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/graph.ts";
import { contribute, incoming, input, type VjpContext, type VjpRule } from "./rule.ts";

type ReductionOp = "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceSumSquare" | "ReduceLogSumExp" | "Softmax" | "CumSum";
interface ReduceParams {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** A reduced value with its reduced axes put back as size 1, ready to broadcast against the input. */
function withAxes(c: VjpContext<ReduceParams>, reduced: Value): Value {
  if (c.params.keepDims) return reduced;
  const rank = input(c, 0).shape.length;
  const axes = new Set(c.params.axes.map((axis) => normaliseAxis(axis, rank)));
  return c.graph.reshape(
    reduced,
    input(c, 0).shape.map((dim, i) => (axes.has(i) ? 1 : dim)),
  );
}

function expanded(c: VjpContext<ReduceParams>): Value {
  return c.graph.op("Expand", [withAxes(c, incoming(c))], { shape: input(c, 0).shape });
}

function reducedCount(c: VjpContext<ReduceParams>): number {
  const shape = input(c, 0).shape;
  return c.params.axes.reduce((count, axis) => {
    const dim = shape[normaliseAxis(axis, shape.length)];
    if (typeof dim !== "number") throw new Error(`derivative of ReduceMean needs a fixed size, got ${dim}`);
    return count * dim;
  }, 1);
}

const mul = (c: VjpContext<unknown>, a: Value, b: Value) => c.graph.op("Mul", [a, b], {});

export const REDUCTION_RULES: { readonly [K in ReductionOp]: VjpRule<OpParams[K]> } = {
  // y = sum x: dx = g spread
  ReduceSum: (c) => [contribute(c, 0, () => expanded(c))],
  // y = sum x / n: dx = g / n spread
  ReduceMean: (c) => [contribute(c, 0, () => mul(c, expanded(c), c.graph.scalar(1 / reducedCount(c))))],
  // y = max x: dx = g where x = y, shared equally between ties
  ReduceMax: (c) => [
    contribute(c, 0, () => {
      const hit = c.graph.op("Cast", [c.graph.op("Equal", [input(c, 0), withAxes(c, c.outputs[0] as Value)], {})], { to: "float32" });
      const ties = c.graph.op("ReduceSum", [hit], { axes: c.params.axes, keepDims: true });
      return mul(c, hit, c.graph.op("Div", [withAxes(c, incoming(c)), ties], {}));
    }),
  ],
  // y = sum x^2: dx = 2 g x
  ReduceSumSquare: (c) => [contribute(c, 0, () => mul(c, mul(c, withAxes(c, incoming(c)), c.graph.scalar(2)), input(c, 0)))],
  // y = ln sum e^x: dx = g e^(x - y)
  ReduceLogSumExp: (c) => [
    contribute(c, 0, () => {
      const softmax = c.graph.op("Exp", [c.graph.op("Sub", [input(c, 0), withAxes(c, c.outputs[0] as Value)], {})], {});
      return mul(c, withAxes(c, incoming(c)), softmax);
    }),
  ],
  // y = softmax x: dx = y (g - sum(g y))
  Softmax: (c) => [
    contribute(c, 0, () => {
      const [g, y] = [incoming(c), c.outputs[0] as Value];
      const inner = c.graph.op("ReduceSum", [mul(c, g, y)], { axes: [c.params.axis], keepDims: true });
      return mul(c, y, c.graph.op("Sub", [g, inner], {}));
    }),
  ],
  // y_i = sum_{j <= i} x_j: dx_i = sum_{j >= i} g_j = total - cumsum(g)_i + g_i
  CumSum: (c) => [
    contribute(c, 0, () => {
      const g = incoming(c);
      const total = c.graph.op("ReduceSum", [g], { axes: [c.params.axis], keepDims: true });
      const before = c.graph.op("CumSum", [g], { axis: c.params.axis });
      return c.graph.op("Add", [c.graph.op("Sub", [total, before], {}), g], {});
    }),
  ],
};
