// The second half of a step: advantages, loss weights, cloning, and one or more optimiser updates on the kept groups. Forced-
// empty responses never reach the policy. Rewards and sampling are done by now.

import { computeAdvantages } from "./advantages.ts";
import { cloningLossSamples, nextExperts, pairedExperts } from "./behaviour-cloning.ts";
import { statisticsSamples, type JudgedGroup, type ScoredSample } from "./collect-groups.ts";
import type { TrainingConfig } from "./config.ts";
import { importanceFactors, policyTokenWeights } from "./loss-weights.ts";
import type { LossOutput, LossSample } from "./policy-model.ts";
import { throwIfCancelled, throwIfNotFinite, type RunContext, type TrainerState } from "./run-context.ts";
import { learningRateAt } from "./schedule.ts";
import type { SftExample } from "./sft.ts";

/** A response with reasoning as the trainer sees it. Arrays are per response token. */
export interface PolicySample {
  readonly group: JudgedGroup;
  readonly sample: ScoredSample;
  readonly advantage: number;
  /** False: in the denominators only (masked). */
  readonly included: boolean;
  /** Trainer's log-probabilities before the step's first update; absent where no pass needed them. */
  oldLogProbs?: Float32Array;
  refLogProbs?: Float32Array;
  /** Under the weights of its own update; absent where the sample could not change the loss and was left out. */
  logProbs?: Float32Array;
  entropies?: Float32Array;
}

/** An expert demonstration that accompanied an update. */
export interface ClonedExpert {
  readonly recordId: string | undefined;
  /** Tokens that were cloned. */
  readonly tokenCount: number;
  /** Mean cross-entropy of those tokens before the update, nats. */
  readonly loss: number;
}

export interface OptimizerStep {
  readonly loss: number;
  readonly policyLoss: number;
  readonly klLoss: number;
  readonly cloningLoss: number;
  readonly gradNorm: number;
  readonly learningRate: number;
  readonly experts: readonly ClonedExpert[];
  /** Prompt and response tokens that went through the policy, experts included. */
  readonly tokens: number;
}

export interface Updated {
  readonly samples: readonly PolicySample[];
  readonly optimizerSteps: readonly OptimizerStep[];
  readonly expertPosition: number;
}

/** Updates the policy in place. Without a single trainable response the weights stay as they are. Throws "non-finite". */
export async function updatePolicy(context: RunContext, state: TrainerState, groups: readonly JudgedGroup[]): Promise<Updated> {
  const { config } = context;
  const batches = splitEvenly(policySamples(groups, config), config.optimizerStepsPerRollout).map((batch) => batch.flat());
  await scoreBeforeUpdates(
    context,
    batches.flat().filter((sample) => canChangeLoss(sample, config)),
  );
  const optimizerSteps: OptimizerStep[] = [];
  let expertPosition = state.expertPosition;
  for (const [index, batch] of batches.entries()) {
    throwIfCancelled(context.hooks.signal);
    if (!batch.some((sample) => sample.included)) continue;
    const selection = selectExperts(context, batch, expertPosition);
    expertPosition = selection.position;
    const learningRate = learningRateAt(
      config,
      state.step * config.optimizerStepsPerRollout + index,
      config.steps * config.optimizerStepsPerRollout,
    );
    const step = await optimizerStep(context, batch, selection.experts, learningRate);
    if (step !== undefined) optimizerSteps.push(step);
  }
  return { samples: batches.flat(), optimizerSteps, expertPosition };
}

/** The reasoned responses of every group that counts, with advantages; one list a group. */
export function policySamples(groups: readonly JudgedGroup[], config: TrainingConfig): PolicySample[][] {
  const kept = groups.filter((group) => group.dropReason === undefined);
  const counted = groups.filter(
    (group) => group.dropReason === undefined || (config.superiorCot.dropped === "mask" && group.dropReason === "reasoning-does-not-pay"),
  );
  const advantages = computeAdvantages(
    kept.map((group) => ({
      rewards: thinkSamples(group).map((sample) => sample.shapedReward),
      statistics: statisticsSamples(group.samples, config).map((sample) => sample.shapedReward),
    })),
    config.advantageScaling,
  );
  const advantagesOf = new Map(kept.map((group, g) => [group, advantages[g]]));
  return counted.map((group) =>
    thinkSamples(group).map((sample, i) => {
      const masked = config.overlong === "mask" && sample.finish === "length";
      const included = group.dropReason === undefined && !masked && sample.tokenIds.length > 0;
      return { group, sample, advantage: advantagesOf.get(group)?.[i] ?? 0, included };
    }),
  );
}

function thinkSamples(group: JudgedGroup): readonly ScoredSample[] {
  return group.samples.filter((sample) => sample.mode === "think");
}

/** A zero advantage without a KL term adds nothing, so such a response need not go through the model. */
function canChangeLoss(sample: PolicySample, config: TrainingConfig): boolean {
  return sample.included && (sample.advantage !== 0 || config.beta > 0);
}

/** Old log-probabilities where updates follow one another or samplers are corrected; reference ones where there is a KL term. */
async function scoreBeforeUpdates(context: RunContext, samples: readonly PolicySample[]): Promise<void> {
  const { config, policy } = context;
  if (samples.length === 0) return;
  const sequences = samples.map((sample) => ({ promptIds: sample.group.prompt.think.ids, responseIds: sample.sample.tokenIds }));
  if (config.optimizerStepsPerRollout > 1 || config.importanceCorrection.enabled) {
    const rows = await policy.logProbs(sequences, "policy");
    samples.forEach((sample, i) => (sample.oldLogProbs = rows[i] as Float32Array));
  }
  throwIfCancelled(context.hooks.signal);
  if (config.beta > 0) {
    const rows = await policy.logProbs(sequences, "reference");
    samples.forEach((sample, i) => (sample.refLogProbs = rows[i] as Float32Array));
  }
}

function selectExperts(
  context: RunContext,
  batch: readonly PolicySample[],
  position: number,
): { experts: readonly SftExample[]; position: number } {
  const { config, experts, expertOrder } = context;
  if (!config.cloning.enabled) return { experts: [], position };
  const count = Math.ceil(batch.length / config.policySamplesPerMicroStep);
  if (config.cloning.pairing === "same-prompt") {
    const prompts = [...new Set(batch.filter((sample) => sample.included).map((sample) => sample.group.prompt))];
    return {
      experts: pairedExperts(
        prompts.map((prompt) => prompt.expert),
        count,
      ),
      position,
    };
  }
  if (experts === undefined || expertOrder === undefined) throw new Error("independent cloning needs a source of experts");
  return nextExperts(experts, expertOrder, position, count);
}

async function optimizerStep(
  context: RunContext,
  batch: readonly PolicySample[],
  experts: readonly SftExample[],
  learningRate: number,
): Promise<OptimizerStep | undefined> {
  const { config, policy } = context;
  const passed = batch.filter((sample) => canChangeLoss(sample, config));
  const lossSamples = [...policyLossSamples(batch, config), ...cloningLossSamples(experts, config.cloning)];
  if (lossSamples.length === 0) return undefined;
  const output = await policy.accumulate(lossSamples);
  throwIfNotFinite(output.loss, "the loss");
  passed.forEach((sample, i) => storeOutput(sample, output, i));
  const { gradNorm } = await policy.update({
    learningRate,
    beta1: config.adamBeta1,
    beta2: config.adamBeta2,
    epsilon: config.adamEpsilon,
    weightDecay: config.weightDecay,
    maxGradNorm: config.maxGradNorm,
  });
  throwIfNotFinite(gradNorm, "the gradient norm");
  const { loss, policyLoss, kl: klLoss, cloningLoss } = output;
  const tokens = lossSamples.reduce((sum, sample) => sum + sample.promptIds.length + sample.responseIds.length, 0);
  return {
    loss,
    policyLoss,
    klLoss,
    cloningLoss,
    gradNorm,
    learningRate,
    experts: clonedExperts(experts, output.logProbs.slice(passed.length)),
    tokens,
  };
}

function clonedExperts(experts: readonly SftExample[], logProbs: readonly Float32Array[]): ClonedExpert[] {
  return experts.map(({ recordId }, i) => {
    const row = logProbs[i] as Float32Array;
    return { recordId, tokenCount: row.length, loss: -row.reduce((sum, value) => sum + value, 0) / row.length };
  });
}

/** Loss samples of the responses that can change the loss, in batch order; weights are normalised over the whole batch. */
export function policyLossSamples(batch: readonly PolicySample[], config: TrainingConfig): LossSample[] {
  const weights = policyTokenWeights(
    batch.map((sample) => ({ length: sample.sample.tokenIds.length, included: sample.included })),
    config,
  );
  return batch.flatMap((entry, i) => {
    if (!canChangeLoss(entry, config)) return [];
    const { sample, oldLogProbs, refLogProbs } = entry;
    const weight = weights[i] as number;
    const policyWeights = new Float32Array(sample.tokenIds.length).fill(weight);
    if (config.importanceCorrection.enabled && oldLogProbs !== undefined) {
      importanceFactors(oldLogProbs, sample.logProbs, config.importanceCorrection.cap).forEach(
        (factor, t) => (policyWeights[t] = weight * factor),
      );
    }
    const base = { promptIds: entry.group.prompt.think.ids, responseIds: sample.tokenIds, advantage: entry.advantage, policyWeights };
    return [
      {
        ...base,
        ...(oldLogProbs === undefined ? {} : { oldLogProbs }),
        ...(refLogProbs === undefined
          ? {}
          : { refLogProbs, klWeights: new Float32Array(sample.tokenIds.length).fill(weight * config.beta) }),
      },
    ];
  });
}

function storeOutput(sample: PolicySample, output: LossOutput, index: number): void {
  sample.logProbs = output.logProbs[index] as Float32Array;
  sample.entropies = output.entropies[index] as Float32Array;
}

/** At most `parts` runs of nearly equal length, none empty. */
export function splitEvenly<T>(items: readonly T[], parts: number): T[][] {
  const count = Math.min(parts, items.length);
  return Array.from({ length: count }, (_, p) =>
    items.slice(Math.floor((p * items.length) / count), Math.floor(((p + 1) * items.length) / count)),
  );
}
