// Inputs that the host derives from the other inputs of a run: shapes, and index lists in another shape. On a device they replace
// nodes that could only run on the CPU (ONNX Runtime has no WebGPU kernel for int64 arithmetic, nor for reshaping int64).

import { int64, type HostTensor } from "../tensor/tensor.ts";
import { DeviceTensor, type AnyTensor } from "./device-tensor.ts";
import { factors, type Dim, type Shape } from "./dims.ts";

export type HostInput =
  | { readonly type: "shape"; readonly name: string; readonly shape: Shape }
  | { readonly type: "view"; readonly name: string; readonly of: string; readonly shape: Shape };

interface Declared {
  readonly name: string;
  readonly shape: Shape;
}

/** Sizes of the symbols, read off the tensors that are fed. */
export function symbolSizes(inputs: readonly Declared[], feeds: Readonly<Record<string, AnyTensor>>): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { name, shape } of inputs) {
    const fed = feeds[name]?.shape;
    shape.forEach((dim, axis) => {
      if (typeof dim === "string" && fed?.[axis] !== undefined) sizes.set(dim, fed[axis]);
    });
  }
  return sizes;
}

/** A dimension as a number: a symbol, or sums and products of symbols. Throws a plain Error where one is unknown. */
export function dimSize(dim: Dim, sizes: ReadonlyMap<string, number>): number {
  if (typeof dim === "number") return dim;
  const known = sizes.get(dim);
  if (known !== undefined) return known;
  if (dim.includes("+")) return dim.split("+").reduce((sum, term) => sum + dimSize(/^\d+$/.test(term) ? Number(term) : term, sizes), 0);
  const { factor, symbols } = factors(dim);
  return symbols.reduce((product, symbol) => {
    const size = sizes.get(symbol);
    if (size === undefined) throw new Error(`no input says how large ${symbol} is`);
    return product * size;
  }, factor);
}

/** The feeds with every derived input added. */
export function withHostInputs(
  derived: readonly HostInput[],
  inputs: readonly Declared[],
  feeds: Readonly<Record<string, AnyTensor>>,
): Readonly<Record<string, AnyTensor>> {
  if (derived.length === 0) return feeds;
  const sizes = symbolSizes(inputs, feeds);
  const complete = { ...feeds };
  for (const input of derived) {
    const shape = input.shape.map((dim) => dimSize(dim, sizes));
    if (input.type === "shape") complete[input.name] = int64([shape.length], shape);
    else {
      const source = feeds[input.of];
      if (source === undefined || source instanceof DeviceTensor) throw new Error(`${input.name} needs ${input.of} in host memory`);
      complete[input.name] = { ...(source satisfies HostTensor), shape };
    }
  }
  return complete;
}
