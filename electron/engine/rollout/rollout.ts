// From prompts to groups of sampled responses: how many rows a prompt gets, with and without reasoning, and the seed of each.
// Does not build prompts, run models or score anything.

import type { Completion, FinishReason, GenerationGroup, GenerationHooks, SamplingSettings } from "../decoding/types.ts";
import { mixSeed } from "../tensor/random.ts";

/** A prompt ready for the model, assistant pre-fill included. */
export interface PromptText {
  readonly ids: readonly number[];
  readonly text: string;
  /** The part of the assistant turn that is given, not sampled; counts for the format check. */
  readonly prefill: string;
}

export interface RolloutPrompt {
  readonly recordId: string;
  readonly kind: "instruction" | "math";
  readonly think: PromptText;
  /** The same prompt with a forced-empty think block; only asked for where empty samples are drawn. */
  readonly empty?: PromptText;
}

export interface RolloutSample {
  readonly mode: "think" | "empty";
  /** Position within its mode. */
  readonly sampleIndex: number;
  readonly seed: number;
  readonly tokenIds: readonly number[];
  /** Sampler's log-probabilities, [tokenIds.length]. */
  readonly logProbs: Float32Array;
  readonly finish: FinishReason;
  /** Generated text without the pre-fill and without the stop token. */
  readonly text: string;
}

export interface RolloutGroup {
  /** Position in the step over all rounds; groups are told apart by it, never by prompt text. */
  readonly groupIndex: number;
  /** Index of the prompt in its source. */
  readonly promptIndex: number;
  readonly prompt: RolloutPrompt;
  readonly samples: readonly RolloutSample[];
}

/** Generates with the policy's current weights. */
export interface RolloutSampler {
  /** End-of-turn tokens of the model. */
  readonly stopTokenIds: readonly number[];
  /** Called before a step's first rollout: weights may have changed. */
  refresh(): void | Promise<void>;
  /** Called after a step's last rollout: what sampling alone needs can go until the next refresh. */
  release?(): void | Promise<void>;
  generate(groups: readonly GenerationGroup[], settings: SamplingSettings, hooks: GenerationHooks): Promise<Completion[][]>;
  /** Text of sampled tokens, stop token left out. */
  decode(tokenIds: readonly number[]): string;
}

export interface RolloutPlan {
  readonly groupIndex: number;
  readonly promptIndex: number;
  readonly prompt: RolloutPrompt;
  readonly thinkSamples: number;
  readonly emptySamples: number;
}

/** Samples every planned group. Row seeds are mixed from (seed, step, group, mode, sample), so they never depend on the batch. */
export async function rollOut(
  plans: readonly RolloutPlan[],
  sampler: RolloutSampler,
  settings: SamplingSettings,
  run: { readonly seed: number; readonly step: number },
  hooks: GenerationHooks = {},
): Promise<RolloutGroup[]> {
  const requests = plans.flatMap((plan) => [
    ...rowsOf(plan, "think", plan.prompt.think, plan.thinkSamples, run),
    ...rowsOf(plan, "empty", plan.prompt.empty, plan.emptySamples, run),
  ]);
  const completions = await sampler.generate(requests, settings, hooks);
  const samplesByGroup = new Map<number, RolloutSample[]>();
  requests.forEach((request, r) => {
    const samples = samplesByGroup.get(request.groupIndex) ?? [];
    request.seeds.forEach((seed, sampleIndex) => {
      const completion = completions[r]?.[sampleIndex];
      if (completion === undefined) throw new Error(`the sampler returned no row ${sampleIndex} for group ${request.groupIndex}`);
      samples.push({ mode: request.mode, sampleIndex, seed, ...completion, text: sampler.decode(completion.tokenIds) });
    });
    samplesByGroup.set(request.groupIndex, samples);
  });
  return plans.map(({ groupIndex, promptIndex, prompt }) => ({
    groupIndex,
    promptIndex,
    prompt,
    samples: samplesByGroup.get(groupIndex) ?? [],
  }));
}

interface RowRequest extends GenerationGroup {
  readonly groupIndex: number;
  readonly mode: RolloutSample["mode"];
}

function rowsOf(
  plan: RolloutPlan,
  mode: RolloutSample["mode"],
  prompt: PromptText | undefined,
  count: number,
  run: { seed: number; step: number },
): RowRequest[] {
  if (count === 0) return [];
  if (prompt === undefined) throw new Error(`record ${plan.prompt.recordId} has no ${mode} prompt but ${count} such samples are planned`);
  const seeds = Array.from({ length: count }, (_, i) => mixSeed(run.seed, "rollout", run.step, plan.groupIndex, mode, i));
  return [{ groupIndex: plan.groupIndex, mode, promptIds: prompt.ids, seeds }];
}
