// Translates between the trainer's results and the workspace's rows: steps, rollouts, checkpoints. No decisions here.

import { parseResponse } from "../engine/rewards/format.ts";
import type { JudgedGroup, ScoredSample } from "../engine/grpo/collect-groups.ts";
import type { TrainingConfig } from "../engine/grpo/config.ts";
import type { PolicyState } from "../engine/grpo/policy-model.ts";
import type { TrainerCheckpoint } from "../engine/grpo/run-context.ts";
import type { SftCheckpoint, SftStepRecord } from "../engine/grpo/sft.ts";
import type { StepResult } from "../engine/grpo/step.ts";
import type { PolicySample } from "../engine/grpo/update-policy.ts";
import type { HostTensor } from "../engine/tensor/tensor.ts";
import type { CheckpointInput, LoadedCheckpoint, StoredTensor, TensorRole } from "../storage/checkpoints.ts";
import type { RunId } from "../storage/ids.ts";
import type { GroupRecord, RolloutRecord, StepHashes, StepRecord } from "../storage/step-record.ts";

export interface StepOrigin {
  readonly runId: RunId;
  readonly hashes: StepHashes;
  readonly config: TrainingConfig;
}

export function stepRecord(origin: StepOrigin, result: StepResult, checkpoint: TrainerCheckpoint | undefined): StepRecord {
  const { step, promptPosition, expertPosition } = result.state;
  const updates = new Map<ScoredSample, PolicySample>(result.policySamples.map((sample) => [sample.sample, sample]));
  const experts = result.optimizerSteps.flatMap((optimizerStep) => optimizerStep.experts);
  return {
    runId: origin.runId,
    step,
    hashes: origin.hashes,
    random: { seed: origin.config.seed, step },
    cursor: { promptPosition, expertPosition },
    metrics: result.metrics,
    timingsMs: result.timingsMs,
    groups: result.groups.map((group) => groupRecord(group, updates, origin.config)),
    expertSamples: experts.map(({ recordId, tokenCount, loss }, sampleIndex) => ({
      sampleIndex,
      recordId: recordId ?? "",
      tokenCount,
      loss,
    })),
    checkpoint: checkpoint === undefined ? undefined : checkpointInput(checkpoint, origin.config),
  };
}

export function sftStepRecord(origin: StepOrigin, record: SftStepRecord, checkpoint: SftCheckpoint | undefined): StepRecord {
  const { loss, learningRate, gradNorm, entropy, examples, tokens, lossTokens, microBatchTokens } = record;
  return {
    runId: origin.runId,
    step: record.step,
    hashes: origin.hashes,
    random: { seed: origin.config.seed, step: record.step },
    cursor: record.state,
    metrics: {
      loss,
      learning_rate: learningRate,
      grad_norm: gradNorm,
      entropy,
      "update/examples": examples,
      "update/tokens": tokens,
      "update/loss_tokens": lossTokens,
      ...(microBatchTokens === undefined ? {} : { micro_batch_tokens: microBatchTokens }),
    },
    groups: [],
    checkpoint: checkpoint === undefined ? undefined : checkpointInput(checkpoint, origin.config),
  };
}

function groupRecord(group: JudgedGroup, updates: ReadonlyMap<ScoredSample, PolicySample>, config: TrainingConfig): GroupRecord {
  const { think, empty } = group.prompt;
  const compared = group.samples.some((sample) => sample.mode === "empty");
  return {
    groupIndex: group.groupIndex,
    recordId: group.prompt.recordId,
    prompts: {
      think: { text: think.text, tokenIds: think.ids },
      ...(compared && empty !== undefined ? { empty: { text: empty.text, tokenIds: empty.ids } } : {}),
    },
    kept: group.dropReason === undefined,
    dropReason: group.dropReason,
    details: group.superiorCot,
    rollouts: group.samples.map((sample, sampleIndex) => rolloutRecord(group, sample, sampleIndex, updates.get(sample), config)),
  };
}

function rolloutRecord(
  group: JudgedGroup,
  sample: ScoredSample,
  sampleIndex: number,
  update: PolicySample | undefined,
  config: TrainingConfig,
): RolloutRecord {
  const prefill = (sample.mode === "think" ? group.prompt.think : group.prompt.empty)?.prefill ?? "";
  const text = prefill + sample.text;
  const { think, answer } = parseResponse(text, config.reward.formatMode);
  return {
    sampleIndex,
    mode: sample.mode,
    tokenIds: sample.tokenIds,
    logProbs: sample.logProbs,
    oldLogProbs: update?.oldLogProbs ?? update?.logProbs,
    refLogProbs: update?.refLogProbs,
    entropies: update?.entropies,
    text,
    think,
    answer,
    finish: sample.finish,
    seed: sample.seed,
    reward: sample.reward,
    advantage: group.dropReason === undefined ? update?.advantage : undefined,
    trained: update?.included === true,
  };
}

const ROLES = { parameter: "parameters", "first-moment": "firstMoments", "second-moment": "secondMoments" } as const satisfies Record<
  TensorRole,
  keyof PolicyState
>;

function checkpointInput(checkpoint: { readonly state: unknown; readonly policy: PolicyState }, config: TrainingConfig): CheckpointInput {
  const tensors = (Object.keys(ROLES) as TensorRole[]).flatMap((role) =>
    [...checkpoint.policy[ROLES[role]]].map(([name, { dtype, shape, data }]): StoredTensor => ({ role, name, dtype, shape, data })),
  );
  return {
    kind: "resumable",
    content: config.lora.enabled ? "adapter" : "full",
    state: { trainer: checkpoint.state, updates: checkpoint.policy.updates },
    tensors,
  };
}

/** A stored checkpoint as the trainer takes it; `State` is what the method that wrote it keeps. */
export function checkpointFromStorage<State>(loaded: LoadedCheckpoint): { readonly state: State; readonly policy: PolicyState } {
  const { trainer, updates } = loaded.state as { trainer: State; updates: number };
  const tensorsOf = (role: TensorRole): Map<string, HostTensor> =>
    new Map(loaded.tensors.filter((tensor) => tensor.role === role).map(({ name, dtype, shape, data }) => [name, { dtype, shape, data }]));
  return {
    state: trainer,
    policy: {
      parameters: tensorsOf("parameter"),
      firstMoments: tensorsOf("first-moment"),
      secondMoments: tensorsOf("second-moment"),
      updates,
    },
  };
}
