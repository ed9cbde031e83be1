// The benchmark through its processes at toy sizes, and the command around it. No test says how fast anything is.

import { expect, test } from "vitest";
import { BENCHMARK_DECODER } from "../engine/benchmarks/rollout-bench.ts";
import { measureSpeed, type BenchSizes } from "../services/bench.ts";
import { formatBenchReport } from "./commands/bench.ts";
import { raif } from "./testing/recording-shell.ts";

const config = { ...BENCHMARK_DECODER, vocabSize: 32, hiddenSize: 16, numLayers: 1, headDim: 4, intermediateSize: 16 };
const session = { threads: 1, spinning: false };
const sizes: BenchSizes = {
  update: { config, session, workload: { sequences: 2, tokensPerSequence: 8, tokensPerMicroBatch: 16 } },
  rollout: { config, session, workload: { prompts: 2, samplesPerPrompt: 2, promptTokens: 3, newTokens: 4 } },
  verifiers: { responses: 1, roundMs: 1 },
  datasets: { rows: 100 },
};

test("every part reports its speed; update and rollout report speed, its fraction of the matrix product, and memory of their own process", async () => {
  const parts: string[] = [];
  const report = await measureSpeed({ rounds: 1, sizes }, { onPart: (part) => parts.push(part) });
  expect(parts).toEqual(["update", "rollout", "verifiers", "datasets"]);
  expect(report.gemmGflops).toBeCloseTo((report.update.gemmGflops + report.rollout.gemmGflops) / 2, 9);
  for (const part of [report.update, report.rollout]) {
    for (const value of Object.values(part)) expect(value).toBeGreaterThan(0);
    // with one round, the medians are the round's own numbers
    expect(part.fractionOfGemm).toBeCloseTo(part.gflops / part.gemmGflops, 9);
  }
  for (const value of [...Object.values(report.verifiers), ...Object.values(report.datasets)]) expect(value).toBeGreaterThan(0);
  const text = formatBenchReport(report);
  expect(text).toMatch(/^ +tokens\/s .*\nupdate +\d+ .*\nrollout +\d+ /);
  expect(text).toContain("medians of 1 rounds with 1 workers");
});

test("a cancelled benchmark ends its process; at least one round", async () => {
  const abort = new AbortController();
  const cancelled = measureSpeed({ rounds: 1, sizes }, { signal: abort.signal, onPart: () => abort.abort() });
  await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
  expect((await raif("bench", "--rounds", "0", "--json")).code).toBe(2);
});
