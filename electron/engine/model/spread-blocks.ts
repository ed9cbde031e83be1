// A matrix in blocks as float32 on the CPU, for products of many rows, in arithmetic that the runtime spreads over its threads: its own
// kernels that do so (inside MatMulNBits, GatherBlockQuantized) take 3 to 6 times as long. Exact: (q - zero) scale.

import type { Graph, Value } from "../onnx/graph.ts";
import type { QuantisedValue } from "./quantised-linear.ts";

/**
 * W [out, in]. It cannot be had before `factor`, the [N, x] it will multiply: the runtime would otherwise find that several passes
 * spread the same matrix, and keep it from the first to the last.
 */
export function spreadBlocks(graph: Graph, w: QuantisedValue, factor: Value): Value {
  const { bits, blockSize, packed, scales, zeros } = w;
  const [outputs, inputs] = w.shape;
  const blocks = inputs / blockSize;
  const nothing = zeroOf(graph, factor);
  if (bits === 8) {
    const later = graph.op("Add", [scales, nothing], {});
    return graph.op("DequantizeLinear", [graph.reshape(packed, [outputs, inputs]), later, zeros], { axis: 1, blockSize });
  }
  const byte = (value: number) => graph.op("Cast", [graph.op("Add", [nothing, graph.scalar(value)], {})], { to: "uint8" });
  const [mask, shift] = [byte(15), byte(4)];
  /** Two values a byte, the low half first, along rows of `width`. */
  const unpacked = (halves: Value, width: number): Value => {
    const low = graph.op("BitwiseAnd", [halves, mask], {});
    const high = graph.op("BitShift", [halves, shift], {});
    const pairs = [low, high].map((half) => graph.reshape(half, [outputs, width / 2, 1]));
    return graph.reshape(graph.op("Concat", pairs, { axis: 2 }), [outputs, width]);
  };
  const even = 2 * Math.ceil(blocks / 2);
  const points = unpacked(zeros, even);
  const fitting = even === blocks ? points : graph.op("Slice", [points], { axis: 1, start: 0, end: blocks });
  const values = unpacked(graph.reshape(packed, [outputs, inputs / 2]), inputs);
  return graph.op("DequantizeLinear", [values, scales, fitting], { axis: 1, blockSize });
}

/** 0, once a matrix is there: what it is added to has to wait for that. */
export function zeroOf(graph: Graph, matrix: Value): Value {
  const corner = graph.op("Slice", [graph.op("Slice", [matrix], { axis: 0, start: 0, end: 1 })], { axis: 1, start: 0, end: 1 });
  return graph.op("Mul", [graph.reshape(corner, []), graph.scalar(0)], {});
}
