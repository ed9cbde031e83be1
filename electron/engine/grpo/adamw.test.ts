// The in-place update against the AdamW graph on the same problem (which a PyTorch comparison holds to torch.optim.AdamW).

import { expect, it } from "vitest";
import { float32 } from "../tensor/tensor.ts";
import { adamWInPlace, clipFactor, globalNorm } from "./adamw.ts";
import { adamWCase, runAdamW } from "./testing/adamw-case.ts";

it("updates in place as the graph does, with and without clipping", async () => {
  const problem = adamWCase();
  const expected = await runAdamW(problem);
  const names = Object.keys(problem.parameters);
  const flat = (rows: readonly number[][] | undefined) => Float32Array.from((rows ?? []).flat());
  const tensors = names.map((name) => {
    const parameter = flat(problem.parameters[name]);
    return { parameter, firstMoment: new Float32Array(parameter.length), secondMoment: new Float32Array(parameter.length) };
  });
  problem.gradients.forEach((gradients, index) => {
    const given = names.map((name) => flat(gradients[name]));
    const norm = globalNorm(given.map((data) => float32([data.length], data)));
    expect(norm).toBeCloseTo(expected.gradNorms[index] ?? NaN, 5);
    const factor = clipFactor(norm, problem.maxGradNorm);
    adamWInPlace(
      tensors.map((tensor, i) => ({ ...tensor, gradient: given[i] as Float32Array })),
      problem,
      index + 1,
      factor,
    );
  });
  names.forEach((name, i) => {
    const reference = expected.parameters.get(name)?.data ?? [];
    tensors[i]?.parameter.forEach((value, j) => expect(Math.abs(value - (reference[j] ?? NaN))).toBeLessThan(1e-6));
  });
  expect(expected.gradNorms.some((norm) => norm > problem.maxGradNorm)).toBe(true);
  expect(clipFactor(1e9, 0)).toBe(1);
});
