import { describe, expect, test } from "vitest";
import type { LossSample } from "./policy-model.ts";
import type { RewardFn, TrainerCheckpoint } from "./run-context.ts";
import type { StepResult } from "./step.ts";
import { BigramPolicy } from "./testing/bigram-policy.ts";
import { digestOf, tinyConfig, tinyPrompt, tinyReward, tinyRun, VOCAB_SIZE } from "./testing/tiny-run.ts";
import { policyLossSamples, policySamples } from "./update-policy.ts";

test("a run learns the reward, and reports every group once with explicit ids", async () => {
  const { results } = await tinyRun({ config: tinyConfig({ steps: 40, learningRate: 0.1, beta: 0 }) });
  const accuracy = (steps: readonly StepResult[]) =>
    steps.reduce((sum, step) => sum + (step.metrics["rewards/accuracy/mean"] as number), 0) / steps.length;
  expect(accuracy(results.slice(-8))).toBeGreaterThan(accuracy(results.slice(0, 8)) + 1);
  for (const result of results) {
    expect(result.groups.map((group) => group.groupIndex)).toEqual([0, 1, 2, 3]);
    for (const group of result.groups) expect(group.samples).toHaveLength(group.prompt.kind === "math" ? 4 : 6);
  }
  const epoch = results.slice(0, 4).flatMap((result) => result.groups.map((group) => group.promptIndex));
  expect([...epoch].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => i));
});

test.each([
  {},
  { optimizerStepsPerRollout: 2, "dynamicSampling.enabled": true },
  { "cloning.pairing": "same-prompt", overlong: "penalise" },
])("a run stopped in any phase and resumed equals an uninterrupted one: %j", async (overrides) => {
  const config = tinyConfig(overrides);
  const whole = await tinyRun({ config });
  for (const [phase, step] of [
    ["rollout", 4],
    ["reward", 3],
    ["update", 6],
    ["save", 5],
  ] as const) {
    const [results, checkpoints]: [StepResult[], TrainerCheckpoint[]] = [[], []];
    const abort = new AbortController();
    const hooks = {
      signal: abort.signal,
      onPhase: (p: string, s: number) => {
        if (p === phase && s === step) throw new Error("killed");
      },
    };
    await expect(tinyRun({ config, hooks, results, checkpoints })).rejects.toThrow("killed");
    expect(results).toHaveLength(step - 1);
    const resumeFrom = checkpoints.at(-1) as TrainerCheckpoint;
    const kept = results.slice(0, resumeFrom.state.step);
    const rest = await tinyRun({ config, resumeFrom });
    expect(digestOf([...kept, ...rest.results], rest.policy)).toBe(digestOf(whole.results, whole.policy));
  }
});

test("cancelling and non-finite values end the run without a half-stored step", async () => {
  for (const phase of ["rollout", "reward", "update"]) {
    const abort = new AbortController();
    const results: StepResult[] = [];
    const hooks = {
      signal: abort.signal,
      onPhase: (p: string, step: number) => {
        if (p === phase && step === 3) abort.abort();
      },
    };
    await expect(tinyRun({ hooks, results })).rejects.toMatchObject({ code: "cancelled" });
    expect(results).toHaveLength(2);
  }
  const results: StepResult[] = [];
  const checkpoints: TrainerCheckpoint[] = [];
  let calls = 0;
  const reward: RewardFn = (requests) => tinyReward(requests).map((one) => ({ ...one, total: ++calls > 70 ? NaN : 1 }));
  await expect(tinyRun({ reward, results, checkpoints })).rejects.toMatchObject({ code: "non-finite" });
  expect(results).toHaveLength(3);
  expect(checkpoints.at(-1)?.state.step).toBe(2);
});

describe("each switch, turned off, equals not having it", () => {
  const trained = (results: readonly StepResult[]) => results.flatMap((result) => result.policySamples);

  test("superior-CoT off: no empty samples, nothing dropped, and think rows are those of the same seeds", async () => {
    const off = await tinyRun({ config: tinyConfig({ "superiorCot.enabled": false }) });
    expect(
      off.results.flatMap((result) => result.groups.flatMap((group) => group.samples.filter((sample) => sample.mode === "empty"))),
    ).toEqual([]);
    expect(off.results.every((result) => result.metrics["keep_ratio"] === 1)).toBe(true);
    const on = await tinyRun();
    const thinkRows = (run: typeof on) => run.results[0]?.groups.map((group) => group.samples.filter((sample) => sample.mode === "think"));
    expect(thinkRows(on)).toEqual(thinkRows(off));
  });

  test("superior-CoT drops exactly the groups whose reasoning does not pay, and never trains on empty rows", async () => {
    const { results } = await tinyRun({ config: tinyConfig({ steps: 20 }) });
    const groups = results.flatMap((result) => result.groups);
    const accuracies = (group: (typeof groups)[number], mode: string) =>
      group.samples.filter((s) => s.mode === mode).map((s) => s.reward.accuracy);
    for (const group of groups) {
      const compared = group.prompt.kind === "instruction";
      const kept = !compared || Math.max(...accuracies(group, "think")) >= Math.min(...accuracies(group, "empty"));
      expect(group.dropReason).toBe(kept ? undefined : "reasoning-does-not-pay");
    }
    expect(groups.some((group) => group.dropReason !== undefined)).toBe(true);
    expect(trained(results).every(({ sample, group }) => sample.mode === "think" && group.dropReason === undefined)).toBe(true);
  });

  test("the released code's gate on forced-empty rows means the filter never fires", async () => {
    const { results } = await tinyRun({ config: tinyConfig({ steps: 20, "superiorCot.gateThinkForEmpty": true }) });
    expect(results.every((result) => result.metrics["dropped/reasoning-does-not-pay"] === 0)).toBe(true);
  });

  test("cloning off equals coefficient 0 in every weight; on, the experts enter the loss", async () => {
    const off = await tinyRun({ config: tinyConfig({ "cloning.enabled": false }) });
    const zero = await tinyRun({ config: tinyConfig({ "cloning.coefficient": 0 }) });
    expect(zero.policy.exportState()).toEqual(off.policy.exportState());
    expect(off.results[0]?.metrics).not.toHaveProperty("loss/cloning");
    const on = await tinyRun();
    expect(on.results[0]?.metrics["loss/cloning"]).toBeGreaterThan(0);
    expect(on.policy.exportState()).not.toEqual(off.policy.exportState());
  });

  test("beta 0 never asks for the reference; one update per rollout never asks for old log-probabilities", async () => {
    const plain = await tinyRun({ config: tinyConfig({ beta: 0 }) });
    expect(plain.policy.calls).toMatchObject({ reference: 0, policy: 0, update: 6 });
    const full = await tinyRun({ config: tinyConfig({ optimizerStepsPerRollout: 2 }) });
    expect(full.policy.calls).toMatchObject({ reference: 6, policy: 6, update: 12 });
  });

  test("importance correction changes nothing where sampler and trainer agree", async () => {
    const plain = await tinyRun({ config: tinyConfig({ beta: 0 }) });
    const corrected = await tinyRun({ config: tinyConfig({ beta: 0, "importanceCorrection.enabled": true }) });
    expect(corrected.results.at(-1)?.metrics["sampler_mismatch/max"]).toBeLessThan(1e-6);
    const weights = (run: typeof plain) => [...(run.policy.exportState().parameters.get("bigram")?.data as Float32Array)];
    weights(corrected).forEach((value, i) => expect(value).toBeCloseTo(weights(plain)[i] as number, 5));
  });
});

test("masked dropped groups stay in the denominator, removed ones leave it", async () => {
  const config = tinyConfig({ steps: 20, overlong: "keep" });
  const { results } = await tinyRun({ config });
  const groups = results.find((result) => result.groups.some((group) => group.dropReason !== undefined))?.groups ?? [];
  const weightOf = (dropped: "remove" | "mask") => {
    const settings = { ...config, superiorCot: { ...config.superiorCot, dropped } };
    const samples = policySamples(groups, settings).flat();
    const first = policyLossSamples(samples, settings)[0] as LossSample;
    return (first.policyWeights?.[0] as number) * first.responseIds.length;
  };
  const kept = groups.filter((group) => group.dropReason === undefined).length;
  expect(weightOf("remove")).toBeCloseTo(1 / (4 * kept), 6);
  expect(weightOf("mask")).toBeCloseTo(1 / 16, 6);
});

test("dynamic sampling goes on to further prompts and trains on informative groups only", async () => {
  const config = tinyConfig({ "dynamicSampling.enabled": true, "dynamicSampling.maxRounds": 3 });
  const { results } = await tinyRun({ config });
  expect(results.some((result) => result.groups.length > 4)).toBe(true);
  for (const result of results) {
    expect(result.groups.filter((group) => group.dropReason === undefined).length).toBeLessThanOrEqual(4);
    expect(result.policySamples.some((sample) => sample.advantage !== 0)).toBe(true);
  }
});

test.each(["grpo", "dr_grpo", "dapo", "bnpo"])("%s: eight accumulations of one sample equal one of eight", async (lossAggregation) => {
  const config = tinyConfig({ lossAggregation, "superiorCot.enabled": false, overlong: "keep", steps: 1 });
  const { results } = await tinyRun({ config });
  const losses = policyLossSamples(results[0]?.policySamples ?? [], config).slice(0, 8);
  expect(losses).toHaveLength(8);
  const gradients: Float64Array[] = [];
  const totals: number[] = [];
  for (const parts of [[losses], losses.map((sample) => [sample])]) {
    const policy = new BigramPolicy(VOCAB_SIZE, 9);
    let total = 0;
    for (const part of parts) total += (await policy.accumulate(part)).loss;
    gradients.push(policy.gradient.slice());
    totals.push(total);
  }
  expect(gradients[1]).toEqual(gradients[0]);
  expect(totals[1]).toBeCloseTo(totals[0] as number, 12);
});

test("the fake policy's gradients agree with central differences for every loss shape", async () => {
  const prompt = tinyPrompt(4);
  for (const klEstimator of ["k1", "k2", "k3"] as const) {
    for (const importanceLevel of ["token", "sequence"] as const) {
      const policy = new BigramPolicy(VOCAB_SIZE, 2, { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator, importanceLevel, temperature: 1.3 });
      const weights = (value: number) => new Float32Array(3).fill(value);
      const sample: LossSample = {
        promptIds: prompt.think.ids,
        responseIds: [5, 6, 0],
        advantage: 0.7,
        policyWeights: weights(0.5),
        klWeights: weights(0.3),
        cloningWeights: weights(0.2),
        oldLogProbs: Float32Array.of(-2.1, -2, -1.9),
        refLogProbs: Float32Array.of(-1.5, -2.5, -2),
      };
      await policy.accumulate([sample]);
      const gradient = policy.gradient.slice();
      const state = policy.exportState();
      const lossAt = async (index: number, shift: number) => {
        const table = Float32Array.from(state.parameters.get("bigram")?.data as Float32Array);
        table[index] = (table[index] as number) + shift;
        const moved = new Map([["bigram", { dtype: "float32" as const, shape: [VOCAB_SIZE, VOCAB_SIZE], data: table }]]);
        policy.importState({ ...state, parameters: moved });
        return [(await policy.accumulate([sample])).loss, table[index]] as const;
      };
      const index = 5 * VOCAB_SIZE + 6;
      const [[up, high], [down, low]] = [await lossAt(index, 1e-3), await lossAt(index, -1e-3)];
      expect(gradient[index]).toBeCloseTo((up - down) / (high - low), 4);
    }
  }
});

test("cloning without a single expert is refused before anything runs", async () => {
  const results: StepResult[] = [];
  await expect(tinyRun({ experts: 0, results })).rejects.toMatchObject({ code: "invalid-config" });
  expect(results).toHaveLength(0);
  await expect(tinyRun({ experts: 0, config: tinyConfig({ "cloning.enabled": false }), results })).resolves.toBeDefined();
});
