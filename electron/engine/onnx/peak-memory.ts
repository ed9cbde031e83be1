// How much memory a graph's intermediate values take at most, from their shapes alone: the runtime's order of nodes, each value
// alive from the node that makes it to the last one that reads it. Feeds and constants are the caller's to count.

import type { DType } from "../tensor/tensor.ts";
import type { Dim, Shape } from "./dims.ts";
import type { Graph, GraphNode, Value } from "./graph.ts";

const ELEMENT_BYTES: Readonly<Record<DType, number>> = { float32: 4, int64: 8, int32: 4, bool: 1, float16: 2, uint8: 1 };

/** Ops whose result is their first input under another name or shape. */
const VIEWS: ReadonlySet<string> = new Set(["Reshape", "Identity"]);
/** Ops that may write over an input of the same size that nobody reads any more. */
const IN_PLACE: ReadonlySet<string> = new Set([
  ...["Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "Neg", "Abs", "Sqrt", "Exp", "Log", "Reciprocal", "Sigmoid", "Tanh", "Softplus"],
  ...["Floor", "Clip", "Softmax", "Where"],
]);

/** Run-time sizes by symbol. */
export type SymbolSizes = Readonly<Record<string, number>>;

function dimSize(dim: Dim, sizes: SymbolSizes): number {
  if (typeof dim === "number") return dim;
  const factor = (text: string): number => {
    const size = /^\d+$/.test(text) ? Number(text) : sizes[text];
    if (size === undefined) throw new Error(`no size for ${text}`);
    return size;
  };
  return dim
    .split("+")
    .map((term) => term.split("*").reduce((product, part) => product * factor(part), 1))
    .reduce((a, b) => a + b, 0);
}

export function shapeBytes(shape: Shape, dtype: DType, sizes: SymbolSizes): number {
  return shape.reduce<number>((product, dim) => product * dimSize(dim, sizes), ELEMENT_BYTES[dtype]);
}

/** Bytes of all intermediate values and outputs at the worst moment. */
export function peakIntermediateBytes(graph: Graph, sizes: SymbolSizes): number {
  const order = executionOrder(graph);
  const bufferOf = buffers(graph, order, sizes);
  const lastUse = new Map<Buffer, number>();
  order.forEach((node, time) => {
    for (const value of [...node.inputs, ...node.outputs]) {
      const buffer = value === undefined ? undefined : bufferOf.get(value.name);
      if (buffer !== undefined) lastUse.set(buffer, time);
    }
  });
  for (const { name } of graph.outputs) {
    const buffer = bufferOf.get(name);
    if (buffer !== undefined) lastUse.set(buffer, order.length);
  }
  const freedAt = Map.groupBy(lastUse.keys(), (buffer) => lastUse.get(buffer));
  const seen = new Set<Buffer>();
  let [live, peak] = [0, 0];
  order.forEach((node, time) => {
    for (const { name } of node.outputs) {
      const buffer = bufferOf.get(name);
      if (buffer === undefined || seen.has(buffer)) continue;
      seen.add(buffer);
      live += buffer.bytes;
    }
    peak = Math.max(peak, live);
    for (const buffer of freedAt.get(time) ?? []) if (seen.has(buffer)) live -= buffer.bytes;
  });
  return peak;
}

interface Buffer {
  bytes: number;
}

/** Which buffer each node's value lies in: its own, or one it takes over. */
function buffers(graph: Graph, order: readonly GraphNode[], sizes: SymbolSizes): ReadonlyMap<string, Buffer> {
  const readers = new Map<string, number>();
  for (const node of graph.nodes)
    for (const input of node.inputs) if (input !== undefined) readers.set(input.name, (readers.get(input.name) ?? 0) + 1);
  const outputs = new Set(graph.outputs.map((value) => value.name));
  const used = new Set([...readers.keys(), ...outputs]);
  const bufferOf = new Map<string, Buffer>();
  const takenOver = (node: GraphNode, bytes: number): Buffer | undefined => {
    const [first] = node.inputs;
    if (VIEWS.has(node.op)) return first === undefined ? undefined : bufferOf.get(first.name);
    if (!IN_PLACE.has(node.op)) return undefined;
    for (const input of node.inputs) {
      const buffer = input === undefined ? undefined : bufferOf.get(input.name);
      const isLast = input !== undefined && readers.get(input.name) === 1 && !outputs.has(input.name);
      if (buffer?.bytes === bytes && isLast) return buffer;
    }
    return undefined;
  };
  for (const node of order) {
    for (const output of node.outputs) {
      // Outputs that nobody asked for are not made, but for the first.
      if (output !== node.outputs[0] && !used.has(output.name)) continue;
      const bytes = shapeBytes(output.shape, output.dtype, sizes);
      bufferOf.set(output.name, takenOver(node, bytes) ?? { bytes });
    }
  }
  return bufferOf;
}

/** Depth first from the last result to the first, deeper inputs first: the order in which the runtime runs nodes one by one. */
function executionOrder(graph: Graph): GraphNode[] {
  const indexOf = new Map<string, number>();
  graph.nodes.forEach((node, index) => node.outputs.forEach((output: Value) => indexOf.set(output.name, index)));
  const read = new Set(graph.nodes.flatMap((node) => node.inputs.map((input) => input?.name)));
  const leaves = graph.nodes.flatMap((node, index) => (node.outputs.some((output) => read.has(output.name)) ? [] : [index]));
  const stack = leaves.map((index) => ({ index, isDone: false }));
  const visited = new Set<number>();
  const order: GraphNode[] = [];
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const node = graph.nodes[entry.index] as GraphNode;
    if (entry.isDone) {
      order.push(node);
      continue;
    }
    if (visited.has(entry.index)) continue;
    visited.add(entry.index);
    stack.push({ index: entry.index, isDone: true });
    const inputs = node.inputs.flatMap((input) => (input === undefined ? [] : (indexOf.get(input.name) ?? [])));
    for (const index of inputs.sort((a, b) => a - b)) if (!visited.has(index)) stack.push({ index, isDone: false });
  }
  return order;
}
