// Matrices in graphs that are not stored as float32: in blocks, three values each, or in float16; and the product with its derivative.
// Knows nothing of how a matrix was quantised (block-quantisation.ts).

import type { Graph, Value } from "../onnx/graph.ts";
import { float32, type HostTensor } from "../tensor/tensor.ts";
import { isQuantised, type BlockFormat, type ModelWeight, type ModelWeights } from "./block-quantisation.ts";
import { spreadBlocks, zeroOf } from "./spread-blocks.ts";

/** A matrix [out, in] in a graph. */
export interface QuantisedValue extends BlockFormat {
  readonly dtype: "blocks";
  readonly shape: readonly [number, number];
  readonly packed: Value;
  readonly scales: Value;
  readonly zeros: Value;
}

/** float32, or float16 for a matrix that only products read. */
export type WeightValue = Value | QuantisedValue;

/** How a matrix is stored where it is not float32. */
export type MatrixFormat = BlockFormat | "float16";

/** Shapes of the three tensors of a matrix [out, in]. */
function partShapes([rows, width]: readonly [number, number], { bits, blockSize }: BlockFormat) {
  const blocks = width / blockSize;
  return {
    packed: [rows, blocks, (blockSize * bits) / 8],
    scales: [rows, blocks],
    zeros: [rows, Math.ceil((blocks * bits) / 8)],
  } as const;
}

/** The tensors that stand for a weight in a graph, by name. */
function weightTensors(name: string, weight: ModelWeight): readonly (readonly [name: string, tensor: HostTensor])[] {
  if (!isQuantised(weight)) return [[name, weight]];
  const shapes = partShapes(weight.shape, weight);
  return [
    [`${name}.packed`, { dtype: "uint8", shape: shapes.packed, data: weight.packed }],
    [`${name}.scales`, float32(shapes.scales, weight.scales)],
    [`${name}.zeros`, { dtype: "uint8", shape: shapes.zeros, data: weight.zeros }],
  ];
}

/** Formats of the matrices that are in blocks, by name. */
export function blockFormats(weights: ModelWeights): ReadonlyMap<string, BlockFormat> {
  return new Map([...weights].flatMap(([name, weight]) => (isQuantised(weight) ? [[name, weight] as const] : [])));
}

/** The same, with all other projections of the layers as float16 where `half` says so. */
export function matrixFormats(weights: ModelWeights, half: boolean): ReadonlyMap<string, MatrixFormat> {
  const formats = new Map<string, MatrixFormat>(blockFormats(weights));
  if (half) for (const name of weights.keys()) if (name.endsWith("_proj.weight") && !formats.has(name)) formats.set(name, "float16");
  return formats;
}

/** Feeds of graphs that take these weights as inputs; what is to be float16 is converted on the device. */
export function weightFeeds(weights: ModelWeights): Record<string, HostTensor> {
  return Object.fromEntries([...weights].flatMap(([name, weight]) => weightTensors(name, weight)));
}

/** A weight as constants of the graph, which the runtime prepares for few rows, or as its inputs. */
export function placeWeight(graph: Graph, name: string, weight: ModelWeight, placement: "constant" | "input"): WeightValue {
  if (placement === "input") return weightInput(graph, name, weight.shape, isQuantised(weight) ? weight : undefined);
  const values = weightTensors(name, weight).map(([part, tensor]) => graph.initializer(part, tensor));
  if (!isQuantised(weight)) return values[0] as Value;
  const [packed, scales, zeros] = values as [Value, Value, Value];
  return { dtype: "blocks", bits: weight.bits, blockSize: weight.blockSize, shape: weight.shape, packed, scales, zeros };
}

/** Inputs of the graph for a weight of this shape: float32, or a matrix of another format. */
export function weightInput(graph: Graph, name: string, shape: readonly number[], format?: MatrixFormat): WeightValue {
  if (format === undefined) return graph.input(name, "float32", shape);
  if (format === "float16") return graph.input(name, format, shape);
  const matrix = shape as readonly [number, number];
  const shapes = partShapes(matrix, format);
  return {
    dtype: "blocks",
    bits: format.bits,
    blockSize: format.blockSize,
    shape: matrix,
    packed: graph.input(`${name}.packed`, "uint8", shapes.packed),
    scales: graph.input(`${name}.scales`, "float32", shapes.scales),
    zeros: graph.input(`${name}.zeros`, "uint8", shapes.zeros),
  };
}

/** x W^T in float32 by the runtime's own kernel for blocks, without a derivative. On the CPU, fast for constants of 4 bits only. */
export function kernelProduct(graph: Graph, x: Value, { bits, blockSize, packed, scales, zeros, shape }: QuantisedValue): Value {
  const [outputs, inputs] = shape;
  return graph.op("MatMulNBits", [x, packed, scales, zeros], { inputs, outputs, bits, blockSize });
}

/** x W^T, x [N, in]. Backward: dx = g W with W as float32 for as long as that product takes; W itself has no gradient. */
export function quantisedProduct(graph: Graph, x: Value, w: QuantisedValue): Value {
  const forward = () =>
    graph.onDevice ? [kernelProduct(graph, x, w)] : [graph.op("Gemm", [x, spreadBlocks(graph, w, x)], { transA: false, transB: true })];
  const [product] = graph.composite([x], forward, ([g]) => {
    if (g === undefined) return [undefined];
    const matrix = graph.onDevice ? spreadByProduct(graph, w, g) : spreadBlocks(graph, w, g);
    return [graph.op("Gemm", [g, matrix], { transA: false, transB: false })];
  });
  return product as Value;
}

/**
 * W as float32 where no kernel spreads blocks with zero points (ONNX Runtime 1.30 on WebGPU): the product with an identity, exact
 * because all but one addend of each sum is 0. A row of blocks is cut into pieces of one byte of zero points, which then count as
 * rows, so that the identity is of 64 for blocks of 32 in 4 bits, not of the row's length, and the product costs nothing to speak of.
 * Where pieces do not divide the row, it stays whole. As in spreadBlocks it cannot be had before `factor`, what it will multiply: the
 * runtime would otherwise spread matrices long before they are needed.
 */
export function spreadByProduct(graph: Graph, w: QuantisedValue, factor: Value): Value {
  const { bits, blockSize, packed, zeros } = w;
  const [outputs, inputs] = w.shape;
  const scales = graph.op("Add", [w.scales, zeroOf(graph, factor)], {});
  const blocks = inputs / blockSize;
  const perPiece = blocks % (8 / bits) === 0 ? 8 / bits : blocks;
  const [width, pieces] = [perPiece * blockSize, (outputs * blocks) / perPiece];
  const shapes = partShapes([pieces, width], { bits, blockSize });
  const identity = namedOnce(graph, `identity_of_${width}`, () => float32([width, width], identityMatrix(width)));
  const parts = [graph.reshape(packed, shapes.packed), graph.reshape(scales, shapes.scales), graph.reshape(zeros, shapes.zeros)];
  const transposed = graph.op("MatMulNBits", [identity, ...parts], { inputs: width, outputs: pieces, bits, blockSize });
  return graph.reshape(graph.op("Transpose", [transposed], { perm: [1, 0] }), [outputs, inputs]);
}

function identityMatrix(size: number): Float32Array {
  const data = new Float32Array(size * size);
  for (let i = 0; i < size; i++) data[i * size + i] = 1;
  return data;
}

/** A constant of the graph that is made once. */
function namedOnce(graph: Graph, name: string, make: () => HostTensor): Value {
  return graph.initializers.get(name)?.value ?? graph.initializer(name, make());
}

/**
 * x W^T with W [out, in] in float16 and everything else in float32: W is converted for as long as a product takes, and has no
 * gradient. Sums of many addends and activations of any size are what float16 is too small for.
 */
function halfProduct(graph: Graph, x: Value, w: Value): Value {
  const wide = () => graph.op("Cast", [w], { to: "float32" });
  const forward = () => [graph.op("Gemm", [x, wide()], { transA: false, transB: true })];
  const [product] = graph.composite([x], forward, ([g]) => [
    g === undefined ? undefined : graph.op("Gemm", [g, wide()], { transA: false, transB: false }),
  ]);
  return product as Value;
}

/** x W^T (+ bias) of a weight in any form; x [N, in]. */
export function linearProduct(graph: Graph, x: Value, w: WeightValue, bias?: Value): Value {
  if (w.dtype !== "blocks" && w.dtype !== "float16") {
    return graph.op("Gemm", bias === undefined ? [x, w] : [x, w, bias], { transA: false, transB: true });
  }
  const product = w.dtype === "blocks" ? quantisedProduct(graph, x, w) : halfProduct(graph, x, w);
  return bias === undefined ? product : graph.op("Add", [product, bias], {});
}
