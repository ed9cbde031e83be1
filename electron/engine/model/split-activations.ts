// Products of few rows with matrices in blocks, on the CPU. The runtime's fast kernels round activations to 8 bits a block, which
// alone would cost 0.4 %: so each row goes in as two, its values rounded to exactly that grid and what the rounding left over, and
// the two products are added. What is lost is the rounding of the rest, some 1e-5, and below 1e-4 beside outliers of 20 deviations.

import type { Graph, Value } from "../onnx/graph.ts";
import type { QuantisedValue } from "./quantised-linear.ts";

/** Largest magnitude of the 8-bit grid. */
const TOP = 127;
/** Blocks of zeros get a scale all the same. */
const LEAST = 1e-30;

/** x [N, K] as [N, 2, K]: on the grid of blocks of so many values, and the rest; their sum is x. */
export function splitActivations(graph: Graph, x: Value, blockSize: number): Value {
  const [rows, width] = x.shape as [string | number, number];
  const op = (name: "Add" | "Sub" | "Mul" | "Div" | "Max") => (a: Value, b: Value) => graph.op(name, [a, b], {});
  const [add, sub, mul, div, max] = [op("Add"), op("Sub"), op("Mul"), op("Div"), op("Max")];
  const blocks = graph.reshape(x, [rows, width / blockSize, blockSize]);
  const largest = graph.op("ReduceMax", [graph.op("Abs", [blocks], {})], { axes: [-1], keepDims: true });
  const scale = max(mul(largest, graph.scalar(1 / TOP)), graph.scalar(LEAST));
  const rounded = mul(graph.op("Floor", [add(div(blocks, scale), graph.scalar(0.5))], {}), scale);
  const part = (value: Value) => graph.reshape(value, [rows, 1, width]);
  return graph.op("Concat", [part(rounded), part(sub(blocks, rounded))], { axis: 1 });
}

/** x W^T [N, out] of an x that was split for the blocks of W. */
export function splitProduct(graph: Graph, split: Value, w: QuantisedValue): Value {
  const { bits, blockSize, packed, scales, zeros } = w;
  const [outputs, inputs] = w.shape;
  const both = graph.op("MatMulNBits", [split, packed, scales, zeros], { inputs, outputs, bits, blockSize, accuracy: "int8" });
  return graph.op("ReduceSum", [both], { axes: [1], keepDims: false });
}
