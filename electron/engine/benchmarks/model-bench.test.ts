import { expect, it } from "vitest";
import { parameterShapes } from "../model/config.ts";
import { sizeOf } from "../tensor/tensor.ts";
import { randomParameters, tinyConfig } from "../testing/random-model.ts";
import { adapterUpdateFlops, benchmarkModel } from "./model-bench.ts";

const SIZES = { rows: [1, 2], steps: 2, updateSequences: 2, updateTokens: 16, copyFloats: 4096, session: { threads: 1 } };

it("measures every number of rows, and counts the weights a step reads", async () => {
  const config = tinyConfig("qwen2");
  const result = await benchmarkModel(config, randomParameters(config, 1), 1, SIZES);
  expect(result.decode.map(({ rows }) => rows)).toEqual([1, 2]);
  const parameters = [...parameterShapes(config).values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
  expect(result.parameters).toBe(parameters);
  // The untied embedding is read a row a token.
  expect(result.weightBytes).toBe(4 * (parameters - config.vocabSize * config.hiddenSize));
  for (const { rows, stepMs, tokensPerSecond, fractionOfBandwidth, copyBytesPerSecond } of result.decode) {
    expect(tokensPerSecond).toBeCloseTo((1000 * rows) / stepMs, 6);
    expect(fractionOfBandwidth).toBeCloseTo((1000 * result.weightBytes) / stepMs / copyBytesPerSecond, 6);
  }
  expect(result.update.gflops).toBeCloseTo((adapterUpdateFlops(config, 1, 16) * result.update.tokensPerSecond) / 1e9, 6);
});
