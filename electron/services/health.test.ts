import { expect, test } from "vitest";
import { healthFindings, type HealthSeries } from "./health.ts";

/** `count` values that go from `from` to `to`, with a fixed wobble of +-`wobble`. */
function line(from: number, to: number, wobble = 0, count = 30): number[] {
  return Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1) + (i % 2 === 0 ? wobble : -wobble));
}

const sound: HealthSeries = {
  reward: line(-1, 1.5, 0.2),
  frac_reward_zero_std: line(0.3, 0.2),
  "completions/mean_length": line(80, 90, 5),
  "completions/clipped_ratio": line(0.02, 0),
  keep_ratio: line(0.7, 0.9),
  kl: line(0, 0.05),
  entropy: line(0.9, 0.6),
  "rewards/format/mean": line(0.8, 0.99),
  grad_norm: line(1, 1.2, 0.1),
  loss: line(0.4, 0.3),
  "loss/policy": line(0, 0, 0.01),
  "loss/cloning": line(0.4, 0.3),
};

const ids = (series: HealthSeries, method = "raif") => healthFindings(method, series).map(({ id, level }) => [id, level]);

test("a run that learns is told so, and that its loss near 0 is no fault", () => {
  const findings = healthFindings("raif", sound);
  expect(findings.map(({ id, level }) => [id, level])).toEqual([
    ["loss-near-zero-is-normal", "note"],
    ["learning", "good"],
  ]);
  expect(findings[1]?.message).toMatch(/^It learns: the mean reward went from -0\.6\d* to 1\.1/);
});

test.each<readonly [id: string, level: string, change: HealthSeries]>([
  ["reward-spread-gone", "warning", { frac_reward_zero_std: line(0.2, 0.7) }],
  ["reward-spread-gone", "problem", { frac_reward_zero_std: line(0.2, 1) }],
  ["length-collapse", "warning", { "completions/mean_length": line(100, 30) }],
  ["length-collapse", "problem", { "completions/mean_length": line(100, 5) }],
  ["kl-runaway", "warning", { kl: line(0, 1) }],
  ["kl-runaway", "problem", { kl: line(0, 9) }],
  ["all-truncated", "warning", { "completions/clipped_ratio": line(0.5, 0.5) }],
  ["all-truncated", "problem", { "completions/clipped_ratio": line(1, 1) }],
  ["nothing-kept", "warning", { keep_ratio: line(0.5, 0.1) }],
  ["nothing-kept", "problem", { keep_ratio: line(0, 0) }],
  ["entropy-collapse", "warning", { entropy: [...line(1, 0.1), 0.01, 0.01, 0.01, 0.01, 0.01] }],
  ["format-lost", "problem", { "rewards/format/mean": line(0.9, -0.8) }],
  ["gradient-spike", "warning", { grad_norm: [...line(1, 1), 50] }],
  ["loss-rising", "warning", { "loss/cloning": line(0.3, 0.9, 0.01) }],
  ["memory-short", "warning", { micro_batch_tokens: [512, 256] }],
  ["reward-flat", "warning", { reward: line(0, 0.05, 0.5) }],
  ["reward-flat", "problem", { reward: line(1, -1, 0.1) }],
])("%s is a %s where its numbers say so, and only that one comes up", (id, level, change) => {
  const changed = ids({ ...sound, ...change });
  expect(changed[0]).toEqual([id, level]);
  const rest = id === "reward-flat" ? [["loss-near-zero-is-normal", "note"]] : ids(sound);
  expect(changed.slice(1)).toEqual(rest);
});

test("few steps say nothing about trends, none at all is said", () => {
  expect(ids({ reward: line(0, 3, 0, 5), grad_norm: [1, 99] })).toEqual([]);
  expect(ids({})).toEqual([["no-steps", "note"]]);
  expect(ids({ reward: [] })).toEqual([["no-steps", "note"]]);
});

test("short responses from the start, and an all but constant KL, are no collapse", () => {
  expect(ids({ ...sound, "completions/mean_length": line(8, 2) })).toEqual(ids(sound));
  expect(ids({ ...sound, entropy: line(0.04, 0.03) })).toEqual(ids(sound));
  expect(ids({ ...sound, "loss/policy": line(0.4, 0.4) })).toEqual([["learning", "good"]]);
});

test("a supervised run is judged by its loss alone", () => {
  expect(ids({ loss: line(3, 1, 0.1) }, "sft")).toEqual([["learning", "good"]]);
  expect(ids({ loss: line(1, 3, 0.1) }, "sft")).toEqual([["loss-rising", "warning"]]);
});
