// The first half of a step: take prompts at the cursor, sample responses, score them, and decide which groups are trained
// on (superior-CoT, zero variance, dynamic sampling). Nothing here touches the policy's weights.

import type { Reward } from "../../../shared/domain/verdict.ts";
import type { SamplingSettings } from "../decoding/types.ts";
import { rollOut, type RolloutGroup, type RolloutPlan, type RolloutSample } from "../rollout/rollout.ts";
import { allEqual, overlongPenalty } from "./advantages.ts";
import type { TrainingConfig } from "./config.ts";
import {
  throwIfCancelled,
  throwIfNotFinite,
  type RewardRequest,
  type RunContext,
  type TrainerState,
  type TrainingPrompt,
} from "./run-context.ts";
import { judgeSuperiorCot, type SuperiorCotVerdict } from "./superior-cot.ts";

export interface ScoredSample extends RolloutSample {
  readonly reward: Reward;
  /** reward.total less the overlong penalty; what advantages are made of. */
  readonly shapedReward: number;
}

/** surplus: dynamic sampling found more groups than a step takes. */
export type DropReason = "reasoning-does-not-pay" | "zero-variance" | "surplus";

export interface JudgedGroup {
  readonly groupIndex: number;
  readonly promptIndex: number;
  readonly prompt: TrainingPrompt;
  readonly samples: readonly ScoredSample[];
  readonly superiorCot: SuperiorCotVerdict;
  /** Absent = kept. */
  readonly dropReason?: DropReason;
}

export interface Collected {
  readonly groups: readonly JudgedGroup[];
  readonly promptPosition: number;
  readonly timingsMs: { readonly rollout: number; readonly reward: number };
}

/** One round, or several under dynamic sampling, until promptsPerStep groups are kept or the rounds are used up. */
export async function collectGroups(context: RunContext, state: TrainerState): Promise<Collected> {
  const { config, hooks, sampler } = context;
  const step = state.step + 1;
  const now = hooks.now ?? (() => performance.now());
  const groups: JudgedGroup[] = [];
  const timingsMs = { rollout: 0, reward: 0 };
  let promptPosition = state.promptPosition;
  const rounds = config.dynamicSampling.enabled ? config.dynamicSampling.maxRounds : 1;
  for (let round = 0; round < rounds; round++) {
    await hooks.onPhase?.("rollout", step);
    throwIfCancelled(hooks.signal);
    const startMs = now();
    if (round === 0) await sampler.refresh();
    const plans = planRound(context, promptPosition, groups.length);
    promptPosition += plans.length;
    const rolled = await rollOut(plans, sampler, samplingSettings(context), { seed: config.seed, step }, hooks);
    throwIfCancelled(hooks.signal);
    const rolledMs = now();
    await hooks.onPhase?.("reward", step);
    for (const group of await score(context, rolled)) groups.push(judge(group, config, keptCount(groups)));
    throwIfCancelled(hooks.signal);
    timingsMs.rollout += rolledMs - startMs;
    timingsMs.reward += now() - rolledMs;
    if (keptCount(groups) >= config.promptsPerStep) break;
  }
  return { groups, promptPosition, timingsMs };
}

function planRound(context: RunContext, promptPosition: number, firstGroupIndex: number): RolloutPlan[] {
  const { config, prompts, promptOrder } = context;
  return Array.from({ length: config.promptsPerStep }, (_, i) => {
    const promptIndex = promptOrder.indexAt(promptPosition + i);
    const prompt = prompts.promptAt(promptIndex);
    const compared = config.superiorCot.enabled && prompt.kind === "instruction";
    return {
      groupIndex: firstGroupIndex + i,
      promptIndex,
      prompt,
      thinkSamples: compared ? config.superiorCot.thinkSamples : config.numGenerations,
      emptySamples: compared ? config.superiorCot.emptySamples : 0,
    };
  });
}

function samplingSettings({ config, sampler }: RunContext): SamplingSettings {
  const { temperature, topK, topP, maxNewTokens } = config;
  return { temperature, topK, topP, maxNewTokens, stopTokenIds: sampler.stopTokenIds, stopStrings: [] };
}

async function score(context: RunContext, groups: readonly RolloutGroup[]): Promise<Omit<JudgedGroup, "superiorCot">[]> {
  const { config } = context;
  const requests = groups.flatMap((group) => group.samples.map((sample) => rewardRequest(context, group, sample)));
  const rewards = await context.reward(requests);
  let next = 0;
  return groups.map(({ groupIndex, promptIndex, prompt, samples }) => ({
    groupIndex,
    promptIndex,
    prompt,
    samples: samples.map((sample): ScoredSample => {
      const reward = rewards[next++];
      if (reward === undefined) throw new Error(`no reward came back for a response to record ${prompt.recordId}`);
      throwIfNotFinite(reward.total, `the reward of a response to record ${prompt.recordId}`);
      const penalty = config.overlong === "penalise" ? overlongPenalty(sample.tokenIds.length, sample.finish === "length", config) : 0;
      return { ...sample, reward, shapedReward: reward.total - penalty };
    }),
  }));
}

function rewardRequest({ config, prompts }: RunContext, { promptIndex }: RolloutGroup, sample: RolloutSample): RewardRequest {
  const prompt = prompts.promptAt(promptIndex);
  const prefill = (sample.mode === "think" ? prompt.think : prompt.empty)?.prefill ?? "";
  return {
    promptIndex,
    recordId: prompt.recordId,
    text: prefill + sample.text,
    requireThink: sample.mode === "think" || config.superiorCot.gateThinkForEmpty,
  };
}

function judge(group: Omit<JudgedGroup, "superiorCot">, config: TrainingConfig, keptBefore: number): JudgedGroup {
  const think = group.samples.filter((sample) => sample.mode === "think");
  const superiorCot = judgeSuperiorCot(
    {
      thinkAccuracies: think.map((sample) => sample.reward.accuracy),
      emptyAccuracies: group.samples.filter((sample) => sample.mode === "empty").map((sample) => sample.reward.accuracy),
      thinkRewards: think.map((sample) => sample.reward.total),
    },
    config.superiorCot,
  );
  const dropReason = dropReasonOf(group.samples, superiorCot, config, keptBefore);
  return { ...group, superiorCot, ...(dropReason === undefined ? {} : { dropReason }) };
}

function dropReasonOf(
  samples: readonly ScoredSample[],
  verdict: SuperiorCotVerdict,
  config: TrainingConfig,
  keptBefore: number,
): DropReason | undefined {
  if (!verdict.kept) return "reasoning-does-not-pay";
  const skipsZeroVariance = config.skipZeroVariance || config.dynamicSampling.enabled;
  if (skipsZeroVariance && allEqual(statisticsSamples(samples, config).map((sample) => sample.shapedReward))) return "zero-variance";
  return keptBefore >= config.promptsPerStep ? "surplus" : undefined;
}

/** The samples a group's advantage statistics run over. */
export function statisticsSamples(samples: readonly ScoredSample[], config: TrainingConfig): readonly ScoredSample[] {
  return config.superiorCot.advantageGroup === "all" ? samples : samples.filter((sample) => sample.mode === "think");
}

function keptCount(groups: readonly JudgedGroup[]): number {
  return groups.filter((group) => group.dropReason === undefined).length;
}
