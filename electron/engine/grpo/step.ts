// One training step, as data flows: prompts at the cursor -> rollout -> rewards -> superior-CoT filter -> advantages ->
// policy, KL and cloning loss -> updates -> metrics. The caller stores the result in one transaction.

import { collectGroups, type JudgedGroup } from "./collect-groups.ts";
import { computeMetrics, type Metrics } from "./metrics.ts";
import { throwIfCancelled, type RunContext, type TrainerState } from "./run-context.ts";
import { updatePolicy, type OptimizerStep, type PolicySample } from "./update-policy.ts";

export interface StepResult {
  /** 1-based. */
  readonly step: number;
  readonly state: TrainerState;
  /** Every group that was sampled, dropped ones included, in group order. */
  readonly groups: readonly JudgedGroup[];
  /** What the update did with the reasoned responses of the groups that counted. */
  readonly policySamples: readonly PolicySample[];
  readonly optimizerSteps: readonly OptimizerStep[];
  readonly metrics: Metrics;
  readonly timingsMs: Readonly<Record<"rollout" | "reward" | "update", number>>;
}

export async function runStep(context: RunContext, state: TrainerState): Promise<StepResult> {
  const { config, hooks, policy, sampler } = context;
  const now = hooks.now ?? (() => performance.now());
  const step = state.step + 1;
  const { groups, promptPosition, timingsMs } = await collectGroups(context, state);
  await hooks.onPhase?.("update", step);
  const startMs = now();
  await sampler.release?.();
  const { samples, optimizerSteps, expertPosition } = await updatePolicy(context, state, groups);
  throwIfCancelled(hooks.signal);
  return {
    step,
    state: { step, promptPosition, expertPosition },
    groups,
    policySamples: samples,
    optimizerSteps,
    metrics: {
      ...computeMetrics(groups, samples, optimizerSteps, config),
      ...(policy.loweredMicroBatch === undefined ? {} : { micro_batch_tokens: policy.loweredMicroBatch }),
    },
    timingsMs: { ...timingsMs, update: now() - startMs },
  };
}
