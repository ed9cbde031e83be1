// Derivatives of ops that move elements without arithmetic.

import { float32 } from "../../tensor/tensor.ts";
import type { OpParams } from "../../onnx/ops.ts";
import { normaliseAxis } from "../../onnx/ops.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import type { Shape } from "../../onnx/dims.ts";
import { contribute, incoming, input, type VjpContext, type VjpRule } from "./rule.ts";

type MovementOp =
  | "Transpose" | "Reshape" | "Expand" | "Concat" | "Split" | "Slice" | "Gather" | "GatherElements" | "ScatterND" | "ScatterElements"; // prettier-ignore

/** Zeros of a (possibly symbolic) shape. */
function zeros(graph: Graph, shape: Shape): Value {
  return graph.op(
    "Expand",
    [
      graph.constant(
        float32(
          shape.map(() => 1),
          [0],
        ),
      ),
    ],
    { shape },
  );
}

/** Indices [..] as the [.., 1] that ScatterND wants. */
function withIndexAxis(graph: Graph, indices: Value): Value {
  return graph.reshape(indices, [...indices.shape, 1]);
}

function numeric(dim: number | string | undefined, what: string): number {
  if (typeof dim !== "number") throw new Error(`${what} needs a fixed size, got ${dim}`);
  return dim;
}

/** Zero-pads a gradient along one axis by concatenation. */
function padAxis(c: VjpContext<unknown>, gradient: Value, axis: number, before: number, after: number): Value {
  const block = (size: number) =>
    zeros(
      c.graph,
      gradient.shape.map((dim, i) => (i === axis ? size : dim)),
    );
  const parts = [...(before > 0 ? [block(before)] : []), gradient, ...(after > 0 ? [block(after)] : [])];
  return parts.length === 1 ? gradient : c.graph.op("Concat", parts, { axis });
}

export const MOVEMENT_RULES: { readonly [K in MovementOp]: VjpRule<OpParams[K]> } = {
  // y = transpose(x, perm): dx = transpose(g, inverse perm)
  Transpose: (c) => [
    contribute(c, 0, () => {
      const inverse = c.params.perm.map((_, i) => c.params.perm.indexOf(i));
      return c.graph.op("Transpose", [incoming(c)], { perm: inverse });
    }),
  ],
  // y = reshape(x): dx = reshape(g, shape of x)
  Reshape: (c) => [contribute(c, 0, () => c.graph.reshape(incoming(c), input(c, 0).shape))],
  // y = expand(x): dx = g summed over the expanded axes
  Expand: (c) => [contribute(c, 0, () => incoming(c))],
  // y = concat(x_i): dx_i = g cut at x_i's place
  Concat: (c) => {
    const axis = normaliseAxis(c.params.axis, input(c, 0).shape.length);
    const sizes = c.inputs.map((value) => numeric(value.shape[axis], "derivative of Concat"));
    const parts = c.graph.emit("Split", [incoming(c)], { axis, sizes });
    return parts.map((part, i) => (c.wanted(i) ? part : undefined));
  },
  // y_i = split(x): dx = concat(g_i), zeros where no gradient arrived
  Split: (c) => [
    contribute(c, 0, () => {
      const parts = c.outputs.map((output, i) => c.gradients[i] ?? zeros(c.graph, output.shape));
      return c.graph.op("Concat", parts, { axis: c.params.axis });
    }),
  ],
  // y = x[start:end]: dx = g padded with zeros on both sides
  Slice: (c) => [
    contribute(c, 0, () => {
      const axis = normaliseAxis(c.params.axis, input(c, 0).shape.length);
      const size = numeric(input(c, 0).shape[axis], "derivative of Slice");
      return padAxis(c, incoming(c), axis, c.params.start, size - c.params.end);
    }),
  ],
  // y = x[indices] along axis 0: dx = zeros with g added at the indices
  Gather: (c) => [
    contribute(c, 0, () => {
      if (normaliseAxis(c.params.axis, input(c, 0).shape.length) !== 0) throw new Error("derivative of Gather is for axis 0");
      const target = zeros(c.graph, input(c, 0).shape);
      return c.graph.op("ScatterND", [target, withIndexAxis(c.graph, input(c, 1)), incoming(c)], { reduction: "add" });
    }),
    undefined,
  ],
  // y_i = x[index_i] along the axis: dx = zeros with g added at the indices
  GatherElements: (c) => [
    contribute(c, 0, () => {
      const target = zeros(c.graph, input(c, 0).shape);
      return c.graph.op("ScatterElements", [target, input(c, 1), incoming(c)], { axis: c.params.axis, reduction: "add" });
    }),
    undefined,
  ],
  // y = x with updates u added (or put) at the indices: du = g at the indices; dx = g, or for "none" g with zeros there
  ScatterND: (c) => {
    if (c.params.reduction !== "add") throw new Error("derivative of ScatterND is for reduction add");
    const axis = numeric(input(c, 1).shape.at(-1), "derivative of ScatterND");
    if (axis !== 1) throw new Error("derivative of ScatterND is for indices of one axis");
    const flat = c.graph.reshape(input(c, 1), input(c, 1).shape.slice(0, -1));
    return [contribute(c, 0, () => incoming(c)), undefined, contribute(c, 2, () => c.graph.op("Gather", [incoming(c), flat], { axis: 0 }))];
  },
  // as ScatterND, along one axis
  ScatterElements: (c) => {
    if (c.params.reduction !== "add") throw new Error("derivative of ScatterElements is for reduction add");
    const updates = () => c.graph.op("GatherElements", [incoming(c), input(c, 1)], { axis: c.params.axis });
    return [contribute(c, 0, () => incoming(c)), undefined, contribute(c, 2, updates)];
  },
};
