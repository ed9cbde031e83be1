// The measurement itself, at a tiny size on the CPU.

import { expect, test } from "vitest";
import { randomParameters, tinyConfig } from "../testing/random-model.ts";
import { benchmarkDevice } from "./device-bench.ts";

test("gives a rate for every number of rows and for the update", async () => {
  const config = tinyConfig("llama");
  const workload = { rows: [1, 3], promptTokens: 4, newTokens: 8, sequences: 2, tokensPerSequence: 8 };
  const { decode, updateTokensPerSecond } = await benchmarkDevice(config, randomParameters(config, 1), { threads: 1 }, workload);
  expect(decode.map(({ rows }) => rows)).toEqual([1, 3]);
  for (const rate of [...decode.map(({ tokensPerSecond }) => tokensPerSecond), updateTokensPerSecond])
    expect(Number.isFinite(rate)).toBe(true);
});
