import { expect, test } from "vitest";
import { quantiseMatrix } from "../model/block-quantisation.ts";
import { float32 } from "../tensor/tensor.ts";
import { workerCount } from "./worker-count.ts";

const weights = (floats: number) => new Map([["w", float32([floats / 64, 64])]]);
const small = weights(2 ** 20);

test("one worker a core for small models on the CPU, as many as asked for, and one where sharing out cannot help", () => {
  expect(workerCount(0, small, { threads: 6 })).toBe(6);
  expect(workerCount(0, small, { threads: 60 })).toBe(16);
  expect(workerCount(3, small, { threads: 1 })).toBe(3);
  expect(workerCount(0, small, { threads: 1 })).toBe(1);
  expect(workerCount(0, weights(2 ** 10), { threads: 6 })).toBe(1);
  expect(workerCount(0, weights(2 ** 26), { threads: 6 })).toBe(1);
  expect(workerCount(3, small, { device: "webgpu" })).toBe(1);
  expect(workerCount(3, new Map([["w", quantiseMatrix(float32([64, 64]), { bits: 4, blockSize: 32 })]]))).toBe(1);
});
