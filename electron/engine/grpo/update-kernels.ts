// The loops of an update over arrays of floats: in WebAssembly with vector instructions where the arrays lie on one shared memory, in
// JavaScript elsewhere. Both do the same operations in float64 in the same order, so they give the same bits.

import { onMemory, repeat, wasm, type Code, type WasmFunction, type WasmMemory } from "../tensor/wasm-code.ts";
import { adamWInPlace, coefficientsOf, sumOfSquares, type AdamWTensor } from "./adamw.ts";
import type { OptimizerSettings } from "./policy-model.ts";
import { addInto } from "./policy-tensors.ts";

export interface UpdateKernels {
  /** target += addend. */
  add(target: Float32Array, addend: Float32Array): void;
  /**
   * Adds up the arrays of each term and then the terms, in order, into the first array of the first term; gives the sum of its squares as
   * sumOfSquares. The other arrays may end up holding part of the sum.
   */
  sumAndSquare(terms: readonly GradientTerm[]): number;
  /** As adamWInPlace. */
  adamW(tensor: AdamWTensor, settings: OptimizerSettings, step: number, clip: number): void;
}

/** One array, or two whose sum counts. */
export type GradientTerm = readonly [Float32Array] | readonly [Float32Array, Float32Array];

/** For arrays on `memory`, each a multiple of four floats; without one for any. */
export function updateKernels(memory: WasmMemory | undefined): UpdateKernels {
  if (memory === undefined) return SCALAR_KERNELS;
  const { add, adamW } = onMemory(KERNELS, memory);
  const sums = new Map<string, typeof add>();
  const run = (kernel: typeof add, arrays: readonly [Float32Array, ...Float32Array[]], numbers: readonly number[] = []): number => {
    const places = addresses(memory, arrays);
    return arrays[0].length === 0 ? 0 : (kernel as NonNullable<typeof kernel>)(...places, ...numbers);
  };
  return {
    add: (target, addend) => void run(add, [target, addend]),
    sumAndSquare: (terms) => {
      const counts = terms.map(({ length }) => length);
      const kernel = sums.get(counts.join()) ?? onMemory([sumAndSquare(counts)], memory)["sumAndSquare"];
      sums.set(counts.join(), kernel);
      return run(kernel, terms.flat() as unknown as readonly [Float32Array, ...Float32Array[]]);
    },
    adamW: ({ parameter, gradient, firstMoment, secondMoment }, settings, step, clip) => {
      const { beta1, beta2, epsilon, keep, stepSize, rootScale } = coefficientsOf(settings, step, clip);
      const numbers = [clip, beta1, 1 - beta1, beta2, 1 - beta2, keep, stepSize, rootScale, epsilon];
      run(adamW, [parameter, gradient, firstMoment, secondMoment], numbers);
    },
  };
}

const SCALAR_KERNELS: UpdateKernels = {
  add: addInto,
  sumAndSquare: (terms) => {
    const [[sum], ...others] = terms as readonly [GradientTerm, ...GradientTerm[]];
    for (const [array, addend] of terms) if (addend !== undefined) addInto(array, addend);
    for (const [array] of others) addInto(sum, array);
    return sumOfSquares(sum);
  },
  adamW: (tensor, settings, step, clip) => adamWInPlace([tensor], settings, step, clip),
};

/** Bytes of each of the arrays, which are equally long, and where they begin in the memory. */
function addresses(memory: WasmMemory, arrays: readonly [Float32Array, ...Float32Array[]]): number[] {
  const [{ length, byteLength }] = arrays;
  for (const array of arrays) {
    if (array.buffer === memory.buffer && array.length === length && length % 4 === 0) continue;
    throw new Error(`an array of ${array.length} floats is not on the memory, or not as long as one of ${length}`);
  }
  return [byteLength, ...arrays.map(({ byteOffset }) => byteOffset)];
}

const { get, set, tee } = wasm;
const END = 0;

/** Address of the present element: of an array by its parameter's number, i the bytes before it. */
const at = (array: number, i: number): Code => [get(array), get(i), wasm.i32Add];

/** Parameters: bytes, target, addend. */
const ADD: WasmFunction = {
  name: "add",
  parameters: ["i32", "i32", "i32"],
  locals: ["i32"],
  body: repeat(3, 16, END, [at(1, 3), at(1, 3), wasm.loadFour, at(2, 3), wasm.loadFour, wasm.f32x4Add, wasm.storeFour]),
};

/** Parameters: bytes, then the arrays of terms of so many each. Four floats a turn; the squares in the two halves of two vectors. */
function sumAndSquare(counts: readonly number[]): WasmFunction {
  const arrays = counts.reduce((sum, count) => sum + count, 0);
  const [i, low, high, four, two] = [1, 2, 3, 4, 5].map((local) => arrays + local) as [number, number, number, number, number];
  let next = 1;
  const load = (): Code => [at(next++, i), wasm.loadFour];
  const term = (count: number): Code => (count === 1 ? load() : [load(), load(), wasm.f32x4Add]);
  const total = counts.map((count, place): Code => (place === 0 ? term(count) : [term(count), wasm.f32x4Add]));
  const square: Code = [tee(two), get(two), wasm.f64x2Mul];
  const turn: Code = [
    [at(1, i), total, tee(four), wasm.storeFour],
    [get(low), get(four), wasm.promoteLow, square, wasm.f64x2Add, set(low)],
    [get(high), get(four), get(four), wasm.pick([2, 3, 2, 3]), wasm.promoteLow, square, wasm.f64x2Add, set(high)],
  ];
  const both = (vector: number): Code => [get(vector), wasm.f64x2Lane(0), get(vector), wasm.f64x2Lane(1), wasm.f64Add];
  return {
    name: "sumAndSquare",
    parameters: Array.from({ length: arrays + 1 }, () => "i32" as const),
    result: "f64",
    locals: ["i32", "v128", "v128", "v128", "v128"],
    body: [repeat(i, 16, END, turn), both(low), both(high), wasm.f64Add],
  };
}

/**
 * Parameters: bytes, parameter, gradient, first and second moment, then clip, beta1, 1 - beta1, beta2, 1 - beta2, keep, stepSize,
 * rootScale, epsilon. Two elements a turn, as the loop in adamw.ts one.
 */
const ADAMW: WasmFunction = {
  name: "adamW",
  parameters: ["i32", "i32", "i32", "i32", "i32", ...Array.from({ length: 9 }, () => "f64" as const)],
  locals: ["i32", ...Array.from({ length: 12 }, () => "v128" as const)],
  body: (() => {
    const [p, gradient, m, v, i] = [1, 2, 3, 4, 14];
    // The numbers again, each in both halves of a vector.
    const [clip, beta1, rest1, beta2, rest2, keep, stepSize, rootScale, epsilon] = [15, 16, 17, 18, 19, 20, 21, 22, 23];
    const [g, first, second] = [24, 25, 26];
    const spread = Array.from({ length: 9 }, (_, n): Code => [get(5 + n), wasm.f64x2Splat, set(15 + n)]);
    const load = (array: number): Code => [at(array, i), wasm.loadTwo, wasm.promoteLow];
    const times = (a: Code, b: Code): Code => [a, b, wasm.f64x2Mul];
    const plus = (a: Code, b: Code): Code => [a, b, wasm.f64x2Add];
    const put = (array: number, value: Code): Code => [at(array, i), value, wasm.demote, wasm.storeTwo];
    const root: Code = plus(times([get(second), wasm.f64x2Sqrt], get(rootScale)), get(epsilon));
    const change: Code = [times(get(stepSize), get(first)), root, wasm.f64x2Div];
    const turn: Code = [
      [times(load(gradient), get(clip)), set(g)],
      [plus(times(load(m), get(beta1)), times(get(g), get(rest1))), set(first)],
      [plus(times(load(v), get(beta2)), times(times(get(g), get(g)), get(rest2))), set(second)],
      [put(m, get(first)), put(v, get(second))],
      put(p, [times(load(p), get(keep)), change, wasm.f64x2Sub]),
    ];
    return [spread, repeat(i, 8, END, turn)];
  })(),
};

const KERNELS: readonly WasmFunction[] = [ADD, ADAMW];
