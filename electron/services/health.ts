// What the stored numbers of a run say about whether it learns, in plain words. Reads only; thresholds stand beside what they judge.

import type { HealthFinding } from "../../shared/domain/health.ts";
import type { ReadConnection } from "../storage/connection.ts";
import type { RunId } from "../storage/ids.ts";
import { seriesPoints } from "../storage/run-metrics.ts";
import { getRun } from "../storage/runs.ts";

const METRICS = [
  ...["reward", "frac_reward_zero_std", "completions/mean_length", "completions/clipped_ratio", "keep_ratio", "kl", "entropy"],
  ...["rewards/format/mean", "grad_norm", "loss", "loss/policy", "loss/cloning", "micro_batch_tokens"],
] as const;
type MetricName = (typeof METRICS)[number];

/** Values by step, oldest first; steps without a value are left out. */
export type HealthSeries = Readonly<Partial<Record<MetricName, readonly number[]>>>;

/** Problems first. Throws "not-found". */
export function runHealth(db: ReadConnection, runId: RunId): HealthFinding[] {
  const { method } = getRun(db, runId);
  const series: Partial<Record<MetricName, readonly number[]>> = {};
  for (const name of METRICS) series[name] = seriesPoints(db, runId, name).flatMap(({ value }) => value ?? []);
  return healthFindings(method, series);
}

/** Problems first, what is well last. */
export function healthFindings(method: string, series: HealthSeries): HealthFinding[] {
  const look = new Look(series);
  if (look.steps === 0) {
    return [finding("no-steps", "note", "No step is stored yet.", "The first numbers come with the first step.", [])];
  }
  const findings = (method === "sft" ? SUPERVISED_CHECKS : REWARD_CHECKS).flatMap((check) => check(look) ?? []);
  return findings.sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

const LEVELS: readonly HealthFinding["level"][] = ["problem", "warning", "note", "good"];

/** "Now" is the mean of the newest steps, "at first" of the oldest. */
const WINDOW = 5;
/** Fewer steps say nothing about a trend. */
const TREND_STEPS = 12;

class Look {
  readonly steps: number;
  private readonly series: HealthSeries;

  constructor(series: HealthSeries) {
    this.series = series;
    this.steps = Math.max(0, ...Object.values(series).map((values) => values.length));
  }

  values(name: MetricName): readonly number[] {
    return this.series[name] ?? [];
  }

  now(name: MetricName): number | undefined {
    return mean(this.values(name).slice(-WINDOW));
  }

  first(name: MetricName): number | undefined {
    return mean(this.values(name).slice(0, WINDOW));
  }

  /** Newest third against oldest third, and how much of the difference chance alone could make (two standard errors). */
  trend(name: MetricName): { readonly before: number; readonly after: number; readonly noise: number } | undefined {
    const values = this.values(name);
    if (values.length < TREND_STEPS) return undefined;
    const third = Math.floor(values.length / 3);
    const [old, young] = [values.slice(0, third), values.slice(-third)];
    const noise = 2 * Math.sqrt(variance(old) / third + variance(young) / third);
    return { before: mean(old) as number, after: mean(young) as number, noise };
  }
}

type Check = (look: Look) => HealthFinding | undefined;

const rewardTrend: Check = (look) => {
  const trend = look.trend("reward");
  if (trend === undefined) return undefined;
  const { before, after, noise } = trend;
  const seen = `the mean reward went from ${short(before)} to ${short(after)}`;
  if (after - before > noise) return finding("learning", "good", `It learns: ${seen}.`, "", ["reward"]);
  if (before - after > noise) {
    return finding(
      "reward-flat",
      "problem",
      `It unlearns: ${seen}.`,
      "Lower learningRate, or go back and fork from an earlier checkpoint.",
      ["reward"],
    );
  }
  return finding(
    "reward-flat",
    "warning",
    `No gain to be seen so far: ${seen}, within what chance does.`,
    "Wait for more steps; if it stays so, raise learningRate or take more promptsPerStep.",
    ["reward"],
  );
};

const rewardSpread: Check = (look) => {
  const share = look.now("frac_reward_zero_std");
  if (share === undefined || share < 0.5) return undefined;
  const reward = look.now("reward") ?? 0;
  const message = `In ${percent(share)} of the groups all responses earn the same reward, so there is ${share >= 0.9 ? "next to nothing" : "little"} to learn from.`;
  const advice =
    reward > 2
      ? "The instructions are solved: take harder ones."
      : "Nothing tells good from bad: take easier instructions, or sample hotter.";
  return finding("reward-spread-gone", share >= 0.9 ? "problem" : "warning", message, advice, ["frac_reward_zero_std", "reward_std"]);
};

const truncation: Check = (look) => {
  const share = look.now("completions/clipped_ratio");
  if (share === undefined || share < 0.3) return undefined;
  const message = `${percent(share)} of the responses are cut off at maxNewTokens.`;
  const advice = "Raise maxNewTokens; cut responses are masked or fail their checks, so they teach nothing.";
  return finding("all-truncated", share >= 0.9 ? "problem" : "warning", message, advice, ["completions/clipped_ratio"]);
};

const length: Check = (look) => {
  const [first, now] = [look.first("completions/mean_length"), look.now("completions/mean_length")];
  if (first === undefined || now === undefined || first < 10 || now > 0.5 * first) return undefined;
  const message = `Responses shrank from ${Math.round(first)} to ${Math.round(now)} tokens.`;
  const advice = "Read the newest traces: where the reasoning has become empty, superior-CoT or cloning holds against it.";
  return finding("length-collapse", now < 0.25 * first ? "problem" : "warning", message, advice, ["completions/mean_length"]);
};

const divergence: Check = (look) => {
  const kl = look.now("kl");
  if (kl === undefined || kl < 0.5) return undefined;
  const message = `The model is ${kl >= 2 ? "far" : "moving"} away from where it started: KL ${short(kl)} a token.`;
  return finding(
    "kl-runaway",
    kl >= 2 ? "problem" : "warning",
    message,
    "Raise beta or lower learningRate; read whether the text is still sound.",
    ["kl"],
  );
};

const keeping: Check = (look) => {
  const share = look.now("keep_ratio");
  if (share === undefined || share >= 0.3) return undefined;
  const message = `Only ${percent(share)} of the responses are kept for training; the rest is dropped.`;
  const advice = "See the superior-CoT page for the reasons; reasoning that does not pay yet makes steps small.";
  return finding("nothing-kept", share < 0.05 ? "problem" : "warning", message, advice, ["keep_ratio"]);
};

const entropy: Check = (look) => {
  const [first, now] = [look.first("entropy"), look.now("entropy")];
  if (first === undefined || now === undefined || now >= 0.05 || now > 0.2 * first) return undefined;
  const message = `The model has become sure of every token: entropy fell from ${short(first)} to ${short(now)}.`;
  return finding(
    "entropy-collapse",
    "warning",
    message,
    "Responses to one prompt become alike; a higher epsilonHigh or temperature keeps them apart.",
    ["entropy"],
  );
};

const format: Check = (look) => {
  const [first, now] = [look.first("rewards/format/mean"), look.now("rewards/format/mean")];
  if (first === undefined || now === undefined || now > 0 || first - now < 0.3) return undefined;
  const message = `The format gets lost: its mean reward fell from ${short(first)} to ${short(now)}.`;
  return finding("format-lost", "problem", message, "Lower learningRate or give cloning more weight.", ["rewards/format/mean"]);
};

const gradient: Check = (look) => {
  const values = look.values("grad_norm");
  const last = values.at(-1);
  if (last === undefined || values.length < TREND_STEPS) return undefined;
  const usual = median(values.slice(-50, -1));
  if (last <= 10 * usual) return undefined;
  const message = `The last gradient norm, ${short(last)}, is ${Math.round(last / usual)} times the usual ${short(usual)}.`;
  return finding("gradient-spike", "warning", message, "Once is no harm, maxGradNorm clips it; if it goes on, lower learningRate.", [
    "grad_norm",
  ]);
};

const memory: Check = (look) => {
  const tokens = look.values("micro_batch_tokens").at(-1);
  if (tokens === undefined) return undefined;
  const message = `Memory ran out, so micro-batches were halved: one holds at most ${tokens} tokens now. Results are the same, steps take longer.`;
  const advice = "Set activationCheckpointing or a lower tokensPerMicroBatch, or put the base into blocks (lora.baseBits).";
  return finding("memory-short", "warning", message, advice, ["micro_batch_tokens"]);
};

const nearZero: Check = (look) => {
  const loss = look.now("loss/policy");
  if (loss === undefined || Math.abs(loss) >= 0.05) return undefined;
  const message = `A policy loss near 0 (${short(loss)}) is normal: advantages are centred, so it is the gradient that counts, not the loss.`;
  return finding("loss-near-zero-is-normal", "note", message, "Judge by reward and accuracy.", ["loss/policy"]);
};

const risingLoss =
  (name: "loss" | "loss/cloning", what: string): Check =>
  (look) => {
    const trend = look.trend(name);
    if (trend === undefined || trend.after - trend.before <= Math.max(trend.noise, 0.1 * Math.abs(trend.before))) return undefined;
    const message = `${what} rises, from ${short(trend.before)} to ${short(trend.after)}.`;
    return finding("loss-rising", "warning", message, "Lower learningRate.", [name]);
  };

const fallingLoss: Check = (look) => {
  const trend = look.trend("loss");
  if (trend === undefined || trend.before - trend.after <= trend.noise) return undefined;
  return finding("learning", "good", `It learns: the loss went from ${short(trend.before)} to ${short(trend.after)}.`, "", ["loss"]);
};

const REWARD_CHECKS: readonly Check[] = [
  ...[rewardSpread, truncation, keeping, format, length, divergence, entropy, gradient, memory],
  ...[risingLoss("loss/cloning", "The cloning loss"), rewardTrend, nearZero],
];
const SUPERVISED_CHECKS: readonly Check[] = [risingLoss("loss", "The loss"), gradient, memory, fallingLoss];

function finding(
  id: HealthFinding["id"],
  level: HealthFinding["level"],
  message: string,
  advice: string,
  metrics: readonly string[],
): HealthFinding {
  return { id, level, message, advice, metrics };
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Unbiased. */
function variance(values: readonly number[]): number {
  const centre = mean(values) ?? 0;
  return values.length < 2 ? 0 : values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
