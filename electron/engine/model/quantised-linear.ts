// Block-quantised matrices in graphs: three values each, and the product with its derivative. Knows nothing of how a matrix was
// quantised (block-quantisation.ts).

import type { Graph, Value } from "../onnx/graph.ts";
import { float32, int64, type HostTensor } from "../tensor/tensor.ts";
import { isQuantised, type BlockFormat, type ModelWeight, type ModelWeights } from "./block-quantisation.ts";

/** A matrix [out, in] in a graph. */
export interface QuantisedValue extends BlockFormat {
  readonly dtype: "blocks";
  readonly shape: readonly [number, number];
  readonly packed: Value;
  readonly scales: Value;
  readonly zeros: Value;
}

export type WeightValue = Value | QuantisedValue;

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

/** Feeds of graphs that take these weights as inputs. */
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

/** Inputs of the graph for a weight of this shape: float32, or a matrix in blocks of a format. */
export function weightInput(graph: Graph, name: string, shape: readonly number[], format?: BlockFormat): WeightValue {
  if (format === undefined) return graph.input(name, "float32", shape);
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

/** x W^T, x [N, in]. Backward: dx = g W with W as float32 for as long as that product takes; W itself has no gradient. */
export function quantisedProduct(graph: Graph, x: Value, w: QuantisedValue): Value {
  const { bits, blockSize, packed, scales, zeros } = w;
  const [outputs, inputs] = w.shape;
  const forward = () => [graph.op("MatMulNBits", [x, packed, scales, zeros], { inputs, outputs, bits, blockSize })];
  const [product] = graph.composite([x], forward, ([g]) => {
    if (g === undefined) return [undefined];
    const rows = graph.reshape(packed, [outputs, (inputs * bits) / 8]);
    const matrix = graph.op("GatherBlockQuantized", [rows, everyRow(graph, outputs), scales, zeros], { bits, blockSize });
    return [graph.op("Gemm", [g, matrix], { transA: false, transB: false })];
  });
  return product as Value;
}

/** 0, 1, ... as a constant of the graph, made once a size. */
function everyRow(graph: Graph, rows: number): Value {
  const name = `every_row_of_${rows}`;
  const known = graph.initializers.get(name);
  if (known !== undefined) return known.value;
  return graph.initializer(
    name,
    int64(
      [rows],
      Array.from({ length: rows }, (_, i) => i),
    ),
  );
}

/** x W^T (+ bias) of a weight in either form; x [N, in]. */
export function linearProduct(graph: Graph, x: Value, w: WeightValue, bias?: Value): Value {
  if (w.dtype !== "blocks") return graph.op("Gemm", bias === undefined ? [x, w] : [x, w, bias], { transA: false, transB: true });
  const product = quantisedProduct(graph, x, w);
  return bias === undefined ? product : graph.op("Add", [product, bias], {});
}
