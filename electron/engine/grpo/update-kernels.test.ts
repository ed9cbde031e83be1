// Vector instructions against the same loops in JavaScript (which are held to torch.optim.AdamW): the same bits.

import { expect, it } from "vitest";
import { Random } from "../tensor/random.ts";
import { sharedFloatArrays } from "../tensor/shared-tensors.ts";
import { wasmMemory } from "../tensor/wasm-code.ts";
import { updateKernels, type GradientTerm } from "./update-kernels.ts";

const SETTINGS = { learningRate: 3e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 1 };
const FLOATS = 4 * 1009;

/** Numbers of very different sizes, zeros among them, in five arrays on shared memory. */
function drawn() {
  const { memory, arrays } = sharedFloatArrays(Array.from({ length: 5 }, () => FLOATS));
  const random = new Random(11);
  for (const array of arrays) array.forEach((_, i) => (array[i] = i % 17 === 0 ? 0 : random.normal() * 10 ** (random.integer(9) - 6)));
  const [parameter, gradient, firstMoment, secondMoment, addend] = arrays as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array]; // prettier-ignore
  secondMoment.forEach((value, i) => (secondMoment[i] = Math.abs(value)));
  return { memory, addend, tensor: { parameter, gradient, firstMoment, secondMoment } };
}

it("give the bits that JavaScript gives, update after update", () => {
  const [fast, plain] = [drawn(), drawn()];
  expect(fast.memory).toBeDefined();
  const [kernels, scalar] = [updateKernels(fast.memory), updateKernels(undefined)];
  for (const step of [1, 2, 40]) {
    kernels.add(fast.addend, fast.tensor.parameter);
    scalar.add(plain.addend, plain.tensor.parameter);
    const termsOf = ({ tensor, addend }: typeof fast): GradientTerm[][] => [
      [[tensor.gradient, addend]],
      [[tensor.gradient], [tensor.parameter, tensor.firstMoment], [addend]],
      [[tensor.gradient]],
    ];
    termsOf(fast).forEach((terms, i) => {
      const squares = kernels.sumAndSquare(terms);
      // JavaScript may leave part of the sum in the other arrays.
      const copies = (termsOf(plain)[i] as GradientTerm[]).map(
        (term, t) => (t === 0 ? term : term.map((array) => array.slice())) as GradientTerm,
      );
      expect(squares).toBe(scalar.sumAndSquare(copies));
      expect(squares).toBeGreaterThan(0);
    });
    kernels.adamW(fast.tensor, SETTINGS, step, 0.37);
    scalar.adamW(plain.tensor, SETTINGS, step, 0.37);
    expect(fast.tensor).toEqual(plain.tensor);
  }
  expect(fast.tensor.parameter.every(Number.isFinite)).toBe(true);
});

it("work on a part and leave the rest alone", () => {
  const { memory, tensor, addend } = drawn();
  const before = tensor.gradient.slice();
  const kernels = updateKernels(memory);
  kernels.add(tensor.gradient.subarray(16, 32), addend.subarray(16, 32));
  kernels.add(tensor.gradient.subarray(64, 64), addend.subarray(64, 64));
  tensor.gradient.forEach((value, i) => {
    const expected = (before[i] as number) + (i >= 16 && i < 32 ? (addend[i] as number) : 0);
    expect(value).toBe(Math.fround(expected));
  });
  expect(kernels.sumAndSquare([[tensor.gradient.subarray(0, 0), addend.subarray(0, 0)]])).toBe(0);
});

it("refuse arrays that lie elsewhere or do not fit each other", () => {
  const { memory, addend } = drawn();
  const kernels = updateKernels(memory);
  expect(() => kernels.add(new Float32Array(8), addend.subarray(0, 8))).toThrow("not on the memory");
  expect(() => kernels.add(addend.subarray(0, 8), addend.subarray(0, 12))).toThrow("not as long");
  expect(() => kernels.add(addend.subarray(0, 6), addend.subarray(0, 6))).toThrow("not on the memory");
});

it("are of JavaScript where no memory is large enough for all arrays", () => {
  expect(wasmMemory(2 ** 32 + 1)).toBeUndefined();
});
