// The pre-flight's arithmetic and its words; the probe with a real model is tested through the calls.

import { expect, test } from "vitest";
import type { PreflightReport, ProbeCheck } from "../../shared/domain/preflight.ts";
import type { JudgedGroup } from "../engine/grpo/collect-groups.ts";
import { resolveConfig } from "../engine/grpo/recipes.ts";
import { parseHfConfig } from "../engine/model/config.ts";
import { initialiseParameters } from "../engine/model/initialise.ts";
import { checkMemory, probeCheck } from "./preflight.ts";
import { preflightVerdict } from "./preflight-verdict.ts";

const config = resolveConfig({ set: Object.entries({ maxNewTokens: 64, maxPromptTokens: 64, promptsPerStep: 4 }) });
const architecture = parseHfConfig(
  {
    ...{ architectures: ["LlamaForCausalLM"], model_type: "llama", vocab_size: 100, hidden_size: 16, intermediate_size: 32 },
    ...{ num_hidden_layers: 2, num_attention_heads: 2, num_key_value_heads: 1, max_position_embeddings: 128, rms_norm_eps: 1e-5 },
    ...{ rope_theta: 10000, tie_word_embeddings: true, hidden_act: "silu", eos_token_id: 1 },
  },
  "test",
);
const model = { config: architecture, parameters: initialiseParameters(architecture, 1) };
const parameters = [...model.parameters.values()].reduce((sum, { data }) => sum + data.length, 0);

test("memory: what the largest phase takes, scaled by what is free; adapters and checkpointing take less", () => {
  const plain = checkMemory(model, config, "cpu", 4 * 2 ** 30);
  const bytes = Object.fromEntries(plain.parts.map((part) => [part.name, part.bytes]));
  expect(bytes).toMatchObject({
    "base weights": 4 * parameters,
    "trained weights": 4 * parameters,
    optimiser: 8 * parameters,
    gradients: 8 * parameters,
    // (rows x new tokens and prompts x prompt tokens) x layers x (key and value) x heads x size, float32
    "KV cache": 4 * (4 * 10 * 64 + 8 * 64) * 2 * 2 * 1 * 8,
  });
  expect(Math.abs(plain.totalBytes - plain.parts.reduce((sum, part) => sum + part.bytes, 0))).toBeLessThan(plain.parts.length);
  expect(plain.state).toBe("pass");
  expect(checkMemory(model, config, "cpu", plain.totalBytes * 1.2).state).toBe("warn");
  expect(checkMemory(model, config, "cpu", plain.totalBytes - 1).state).toBe("fail");
  const adapter = checkMemory(model, { ...config, lora: { ...config.lora, enabled: true, rank: 2 } }, "cpu", 2 ** 30);
  // q and o 16x16, k and v 8x16, gate, up and down 32x16: rank x (in + out), two layers
  expect(adapter.parts.find((part) => part.name === "optimiser")?.bytes).toBe(8 * 2 * 2 * (32 + 24 + 24 + 32 + 48 + 48 + 48));
  const checkpointed = checkMemory(model, { ...config, activationCheckpointing: true }, "cpu", 2 ** 30);
  expect(checkpointed.totalBytes).toBeLessThan(plain.totalBytes);
  expect(plain.deviceBytes).toBeNull();
  const halves = { ...config, lora: { ...config.lora, enabled: true, rank: 2, baseBits: 16 as const } };
  const [half, float] = [halves, { ...halves, lora: { ...halves.lora, baseBits: 32 as const } }].map((settings) =>
    checkMemory(model, settings, "webgpu", 2 ** 30),
  );
  // Half of the projections on the device, while the host holds the folder's float32 once either way.
  expect((float?.deviceBytes ?? 0) - (half?.deviceBytes ?? 0)).toBe(2 * 2 * (16 * 16 * 2 + 8 * 16 * 2 + 3 * 32 * 16));
  expect(half?.totalBytes).toBe(float?.totalBytes);
});

type Sample = readonly [reward: number, finish: "stop" | "length"];

function group(samples: readonly Sample[], kept = true): JudgedGroup {
  const think = samples.map(([reward, finish]) => ({
    mode: "think",
    shapedReward: reward,
    finish,
    tokenIds: [1, 2, 3, 4],
    reward: { format: reward > 0 ? 1 : -1 },
    text: "so",
  }));
  const superiorCot = { kept, reason: kept ? "reasoning-pays" : "reasoning-does-not-pay" };
  return { prompt: { recordId: "r", think: { text: "p", prefill: "<think>" } }, samples: think, superiorCot } as unknown as JudgedGroup;
}

test("a probe counts means, spread, groups without signal, cuts and kept groups", () => {
  const check = probeCheck([group([[3, "stop"], [-1, "length"]]), group([[1, "stop"], [1, "stop"]], false)], 4, config, 2000); // prettier-ignore
  expect(check).toMatchObject({
    state: "pass",
    plannedGroups: 4,
    rewardMean: 1,
    rewardSpread: 1,
    zeroSpreadShare: 0.5,
    truncatedShare: 0.25,
    formatShare: 0.75,
    keepShare: 0.5,
    tokensPerSecond: 8,
    estimatedMsPerStep: 4000,
  });
  expect(check.groups[0]).toEqual({ recordId: "r", prompt: "p", rewards: [3, -1], kept: true, truncated: 1, example: "<think>so" });
  expect(probeCheck([group([[1, "stop"], [1, "stop"]])], 1, config, 1).state).toBe("fail"); // prettier-ignore
  expect(probeCheck([group([[1, "length"], [2, "length"]])], 1, config, 1).state).toBe("fail"); // prettier-ignore
  expect(probeCheck([], 4, config, 0)).toMatchObject({ rewardMean: null, estimatedMsPerStep: null, tokensPerSecond: null });
});

const probe: ProbeCheck = {
  state: "pass",
  groups: [],
  plannedGroups: 4,
  rewardMean: 0.5,
  rewardSpread: 1,
  zeroSpreadShare: 0.25,
  truncatedShare: 0,
  formatShare: 1,
  keepShare: 0.9,
  tokensPerSecond: 100,
  estimatedMsPerStep: 1000,
};
const report: PreflightReport = {
  device: { device: "cpu", reason: "asked for" },
  template: { state: "pass", renderedThink: "", renderedEmpty: "", promptTokens: 3, problems: [] },
  prompts: {
    state: "pass",
    records: 10,
    used: 10,
    overlong: [],
    overlongCount: 0,
    limitTokens: 64,
    longestTokens: 9,
    medianTokens: 5,
    experts: 1,
  },
  memory: { state: "pass", parts: [], totalBytes: 1, availableBytes: 2, deviceBytes: null },
  probe,
  verdict: null,
};
const plan = { method: "raif", steps: 100, learningRate: 1e-3, optimizerStepsPerRollout: 1, parameters: 4e6 };
const say = (change: Partial<PreflightReport>, planned: Partial<typeof plan> = {}): string =>
  preflightVerdict({ ...report, ...change }, { ...plan, ...planned }).sentences.join("\n");

test("the verdict is the worst part's, in words that name the figure and what to change", () => {
  expect(preflightVerdict(report, plan)).toEqual({
    state: "pass",
    sentences: [
      "This run can learn.",
      "Responses to one prompt differ in reward (mean 0.50, spread 1.00); 25 % of the groups carry no signal.",
      "Sampling alone takes about 1 second a step here, 100 seconds for all 100 steps.",
    ],
  });
  const stuck = { ...probe, state: "fail" as const, zeroSpreadShare: 1, rewardMean: -3 };
  expect(say({ probe: stuck })).toMatch(/^Like this the run cannot learn[\s\S]*nothing is solved; take easier instructions/);
  expect(say({ probe: { ...stuck, rewardMean: 3 } })).toContain("everything is solved already; take harder instructions");
  expect(say({ probe: { ...probe, truncatedShare: 0.6, state: "warn" } })).toMatch(
    /^This run can learn, but[\s\S]*60 % of the responses are cut off/,
  );
  expect(say({ probe: { ...probe, formatShare: 0.1 } })).toContain(
    "Only 10 % of the responses keep the format; train the model on demonstrations first",
  );
  expect(say({ probe: { ...probe, keepShare: 0.2 } })).toContain("Superior-CoT would keep 20 % of the groups");
  const slow = { probe: { ...probe, estimatedMsPerStep: 90_000 } };
  expect(say(slow, { steps: 2000 })).toContain("about 90 seconds a step here, 2.1 days for all 2000 steps");
  const timid = { learningRate: 1e-6, steps: 2000 };
  expect(say({}, timid)).toMatch(
    /^This run can learn, but[\s\S]*learningRate 0\.000001 hardly moves a model of 4\.0 million parameters in 2000 steps/,
  );
  expect(say({}, { ...timid, parameters: 1.5e9 })).toMatch(/^This run can learn\.$/m);
  const crowded = { state: "fail" as const, parts: [], totalBytes: 3 * 2 ** 30, availableBytes: 2 ** 30, deviceBytes: null };
  expect(say({ memory: crowded })).toContain("It needs about 3.0 GiB and 1.0 GiB are free.");
  const long = { ...(report.prompts as NonNullable<PreflightReport["prompts"]>), state: "warn" as const, overlongCount: 2 };
  expect(say({ prompts: long })).toContain("2 of 10 prompts are longer than 64 tokens and are left out");
  const wrong = { ...(report.template as NonNullable<PreflightReport["template"]>), state: "fail" as const, problems: ["It is odd."] };
  expect(say({ template: wrong })).toContain("The chat template does not work: It is odd.");
  expect(say({ probe: null }, { method: "sft" })).toBe(
    "This run can learn.\nSupervised training copies the demonstrations; there is nothing to probe.",
  );
});
