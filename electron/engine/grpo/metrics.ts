// The numbers of a step, under TRL's names plus RAIF's own. Deterministic: timings are kept apart. A metric without anything to
// average is left out, never zero.

import { mean, unbiasedDeviation, allEqual } from "./advantages.ts";
import type { JudgedGroup, ScoredSample } from "./collect-groups.ts";
import type { TrainingConfig } from "./config.ts";
import type { OptimizerStep, PolicySample } from "./update-policy.ts";

export type Metrics = Readonly<Record<string, number>>;

export function computeMetrics(
  groups: readonly JudgedGroup[],
  samples: readonly PolicySample[],
  steps: readonly OptimizerStep[],
  config: TrainingConfig,
): Metrics {
  const metrics: Record<string, number> = {};
  const put = (name: string, values: readonly number[], reduce: (values: readonly number[]) => number = mean): void => {
    if (values.length > 0) metrics[name] = reduce(values);
  };
  rewardMetrics(groups, put);
  superiorCotMetrics(groups, put);
  policyMetrics(samples, config, put);
  put(
    "loss",
    steps.map((step) => step.loss),
  );
  put(
    "loss/policy",
    steps.map((step) => step.policyLoss),
  );
  put(
    "loss/kl",
    steps.map((step) => step.klLoss),
  );
  put(
    "loss/cloning",
    steps.filter((step) => step.experts.length > 0).map((step) => step.cloningLoss),
  );
  put(
    "grad_norm",
    steps.map((step) => step.gradNorm),
  );
  put(
    "learning_rate",
    steps.slice(-1).map((step) => step.learningRate),
  );
  metrics["optimizer_steps"] = steps.length;
  metrics["update/tokens"] = sum(steps.map((step) => step.tokens));
  metrics["rollout/tokens"] = sum(groups.flatMap((group) => group.samples.map((sample) => sample.tokenIds.length)));
  return metrics;
}

type Put = (name: string, values: readonly number[], reduce?: (values: readonly number[]) => number) => void;

/** Over the responses with reasoning of every group, dropped ones included. */
function rewardMetrics(groups: readonly JudgedGroup[], put: Put): void {
  const byGroup = groups.map((group) => group.samples.filter((sample) => sample.mode === "think"));
  const think = byGroup.flat();
  put(
    "reward",
    think.map((sample) => sample.shapedReward),
  );
  put(
    "reward_std",
    byGroup.map((samples) => unbiasedDeviation(samples.map((sample) => sample.shapedReward))),
  );
  put(
    "frac_reward_zero_std",
    byGroup.map((samples) => (allEqual(samples.map((sample) => sample.shapedReward)) ? 1 : 0)),
  );
  for (const part of ["format", "accuracy"] as const) {
    put(
      `rewards/${part}/mean`,
      think.map((sample) => sample.reward[part]),
    );
    put(
      `rewards/${part}/std`,
      think.map((sample) => sample.reward[part]),
      unbiasedDeviation,
    );
  }
  const lengths = think.map((sample) => sample.tokenIds.length);
  put("completions/mean_length", lengths);
  put("completions/min_length", lengths, (values) => Math.min(...values));
  put("completions/max_length", lengths, (values) => Math.max(...values));
  put(
    "completions/clipped_ratio",
    think.map((sample) => (sample.finish === "length" ? 1 : 0)),
  );
  put(
    "completions/mean_terminated_length",
    think.filter((sample) => sample.finish !== "length").map((sample) => sample.tokenIds.length),
  );
}

/** Share of responses that satisfy everything, and of single checks, with and without reasoning; what was dropped and why. */
function superiorCotMetrics(groups: readonly JudgedGroup[], put: Put): void {
  const select = (kind: "instruction" | "math", mode: "think" | "empty"): ScoredSample[] =>
    groups.filter((group) => group.prompt.kind === kind).flatMap((group) => group.samples.filter((sample) => sample.mode === mode));
  const right = (sample: ScoredSample): number => (sample.reward.gate === "ok" && sample.reward.passed === sample.reward.checks ? 1 : 0);
  const share = (sample: ScoredSample): number =>
    sample.reward.gate === "ok" ? sample.reward.passed / Math.max(1, sample.reward.checks) : 0;
  put("accuracy/think", select("instruction", "think").map(right));
  put("accuracy/empty", select("instruction", "empty").map(right));
  put("accuracy/math", select("math", "think").map(right));
  put("checks/think", select("instruction", "think").map(share));
  put("checks/empty", select("instruction", "empty").map(share));
  const trained = groups.flatMap((group) =>
    group.samples.filter((sample) => sample.mode === "think").map(() => (group.dropReason === undefined ? 1 : 0)),
  );
  put("keep_ratio", trained);
  put(
    "superior_cot/margin",
    groups.flatMap((group) => group.superiorCot.margin ?? []),
  );
  for (const reason of ["reasoning-does-not-pay", "zero-variance", "surplus"] as const) {
    const dropped = groups.filter((group) => group.dropReason === reason).length;
    put(`dropped/${reason}`, [dropped]);
  }
}

/** Over the tokens of the responses that went through the policy. */
function policyMetrics(samples: readonly PolicySample[], config: TrainingConfig, put: Put): void {
  const tokens = { kl: [] as number[], entropy: [] as number[], low: [] as number[], high: [] as number[], mismatch: [] as number[] };
  for (const { sample, advantage, logProbs, oldLogProbs, refLogProbs, entropies } of samples) {
    if (logProbs === undefined) continue;
    const old = oldLogProbs ?? logProbs;
    const logRatios = Array.from(logProbs, (value, t) => value - (old[t] as number));
    const sequenceRatio = Math.exp(mean(logRatios));
    logRatios.forEach((logRatio, t) => {
      const ratio = config.importanceLevel === "sequence" ? sequenceRatio : Math.exp(logRatio);
      tokens.low.push(ratio < 1 - config.epsilonLow && advantage < 0 ? 1 : 0);
      tokens.high.push(ratio > 1 + config.epsilonHigh && advantage > 0 ? 1 : 0);
      tokens.entropy.push(entropies?.[t] as number);
      tokens.mismatch.push(Math.abs((sample.logProbs[t] as number) - (old[t] as number)));
      if (refLogProbs !== undefined) {
        const difference = (refLogProbs[t] as number) - (logProbs[t] as number);
        tokens.kl.push(Math.expm1(difference) - difference);
      }
    });
  }
  put("kl", tokens.kl);
  put("entropy", tokens.entropy);
  put("clip_ratio/low_mean", tokens.low);
  put("clip_ratio/high_mean", tokens.high);
  put(
    "clip_ratio/region_mean",
    tokens.low.map((low, t) => low + (tokens.high[t] as number)),
  );
  put("sampler_mismatch/mean", tokens.mismatch);
  put("sampler_mismatch/max", tokens.mismatch, (values) => values.reduce((a, b) => Math.max(a, b), 0));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
