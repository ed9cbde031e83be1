// Tensors on memory that several threads see at once: posted to a thread they stay the same numbers. Who may write when is the
// callers' business.

import { float32, sizeOf, type Float32Tensor } from "./tensor.ts";
import { wasmMemory, type WasmMemory } from "./wasm-code.ts";

/** Tensors begin at multiples of so many floats, a cache line. */
const ALIGNMENT = 16;

/** Where each tensor of a list lies in one array of float32. */
export interface TensorLayout {
  readonly places: ReadonlyMap<string, { readonly start: number; readonly shape: readonly number[] }>;
  /** Floats of all, gaps included. */
  readonly size: number;
}

export function layTensorsOut(shapes: Iterable<readonly [name: string, shape: readonly number[]]>): TensorLayout {
  const places = new Map<string, { readonly start: number; readonly shape: readonly number[] }>();
  let size = 0;
  for (const [name, shape] of shapes) {
    places.set(name, { start: size, shape });
    size += Math.ceil(sizeOf(shape) / ALIGNMENT) * ALIGNMENT;
  }
  return { places, size };
}

/** Zeros at first. */
export function sharedFloats(size: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(size * Float32Array.BYTES_PER_ELEMENT));
}

export interface SharedArrays {
  /** What all lie on, for code that computes there; absent where they are too large for one such memory. */
  readonly memory?: WasmMemory;
  readonly arrays: readonly Float32Array[];
}

/** Zeros at first; each array begins a cache line. */
export function sharedFloatArrays(sizes: readonly number[]): SharedArrays {
  const starts = [0];
  for (const size of sizes) starts.push((starts.at(-1) as number) + Math.ceil(size / ALIGNMENT) * ALIGNMENT);
  const memory = wasmMemory((starts.at(-1) as number) * Float32Array.BYTES_PER_ELEMENT);
  if (memory === undefined) return { arrays: sizes.map(sharedFloats) };
  const arrayAt = (size: number, i: number) =>
    new Float32Array(memory.buffer, (starts[i] as number) * Float32Array.BYTES_PER_ELEMENT, size);
  return { memory, arrays: sizes.map(arrayAt) };
}

/** The tensors of a layout in an array, not copied. */
export function tensorsIn({ places }: TensorLayout, floats: Float32Array): Map<string, Float32Tensor> {
  return new Map([...places].map(([name, { start, shape }]) => [name, float32(shape, floats.subarray(start, start + sizeOf(shape)))]));
}

/** Copies on shared memory; tensors that lie there already are taken as they are. */
export function shareTensors(tensors: ReadonlyMap<string, Float32Tensor>): ReadonlyMap<string, Float32Tensor> {
  if ([...tensors.values()].every(({ data }) => data.buffer instanceof SharedArrayBuffer)) return tensors;
  const layout = layTensorsOut([...tensors].map(([name, { shape }]) => [name, shape]));
  const shared = tensorsIn(layout, sharedFloats(layout.size));
  for (const [name, { data }] of tensors) shared.get(name)?.data.set(data);
  return shared;
}
