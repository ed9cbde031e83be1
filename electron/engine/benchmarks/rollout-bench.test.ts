import { describe, expect, it } from "vitest";
import { parameterShapes } from "../model/config.ts";
import { sizeOf } from "../tensor/tensor.ts";
import { BENCHMARK_DECODER, benchmarkRollout, rolloutFlops } from "./rollout-bench.ts";

describe("rollout benchmark", () => {
  it("counts the matrix products of a rollout, and runs", async () => {
    const sizes = [...parameterShapes(BENCHMARK_DECODER)].map(([name, shape]) => ({ name, size: sizeOf(shape) }));
    const total = sizes.reduce((sum, { size }) => sum + size, 0);
    expect(total / 1e6).toBeCloseTo(5.1, 1);
    // Without attention, a token costs two operations per matrix element; the tied embedding is the head's matrix.
    const matrices = sizes.filter(({ name }) => !name.includes("norm")).reduce((sum, { size }) => sum + size, 0);
    const one = rolloutFlops(BENCHMARK_DECODER, { prompts: 1, samplesPerPrompt: 1, promptTokens: 1, newTokens: 2 });
    const attention = 4 * BENCHMARK_DECODER.numLayers * BENCHMARK_DECODER.hiddenSize * (1 + 2);
    expect(one).toBe(2 * 2 * matrices + attention);

    const tiny = { ...BENCHMARK_DECODER, vocabSize: 32, hiddenSize: 16, numLayers: 1, headDim: 4, intermediateSize: 16 };
    const workload = { prompts: 2, samplesPerPrompt: 2, promptTokens: 3, newTokens: 4 };
    const result = await benchmarkRollout(1, { config: tiny, workload, session: { threads: 1 } });
    for (const value of Object.values(result)) expect(value).toBeGreaterThan(0);
    expect(result.gflops / result.tokensPerSecond).toBeCloseTo(rolloutFlops(tiny, workload) / (2 * 2 * 4) / 1e9, 12);
  });
});
