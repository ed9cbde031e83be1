// Which weights sampled the responses of a step, and whether that can be proven: step n is sampled by what step n - 1 left behind,
// which is the base model for the first step and a checkpoint where one of that step is stored.

import type { TraceOrigin, WeightsProof } from "../../shared/domain/trace-detail.ts";
import type { TrainingConfig } from "../engine/grpo/config.ts";
import { listCheckpoints } from "../storage/checkpoints.ts";
import { getRow, type ReadConnection } from "../storage/connection.ts";
import type { Run } from "../storage/runs.ts";

interface StepHashes {
  readonly modelHash: string;
  readonly adapterHash: string | null;
  readonly chatTemplateHash: string;
  readonly samplerHash: string | null;
}

export function stepHashes(db: ReadConnection, runId: number, step: number): StepHashes | undefined {
  return getRow<StepHashes>(
    db,
    `SELECT model_hash AS modelHash, adapter_hash AS adapterHash, chat_template_hash AS chatTemplateHash, sampler_hash AS samplerHash
     FROM steps WHERE run_id = ? AND step = ?`,
    runId,
    step,
  );
}

/** Of the weights that sampled `step`. */
export function weightsProof(db: ReadConnection, run: Run, step: number): WeightsProof {
  const after = step - 1;
  const checkpoint = listCheckpoints(db, run.id).find((info) => info.step === after);
  if (checkpoint !== undefined) {
    return { proven: true, hash: checkpoint.hash, reason: `The checkpoint of step ${after} is stored; its hash covers every weight.` };
  }
  if (after === 0 && run.forkedFrom === undefined) {
    return { proven: true, hash: run.modelHash, reason: "The base model, whose hash was stored when the run started." };
  }
  return {
    proven: false,
    hash: null,
    reason: `No checkpoint of step ${after} is stored, so nothing but the run's record says which weights these were.`,
  };
}

export function traceOrigin(
  db: ReadConnection,
  run: Run,
  rollout: { readonly step: number; readonly seed: number },
  config: TrainingConfig | undefined,
): TraceOrigin {
  const hashes = stepHashes(db, run.id, rollout.step);
  const weights = weightsProof(db, run, rollout.step);
  return {
    weightsAfterStep: rollout.step - 1,
    weights,
    baseModel: run.baseModel,
    baseModelHash: run.modelHash,
    adapterHash: hashes?.adapterHash ?? null,
    tokenizerHash: run.tokenizerHash,
    chatTemplateHash: hashes?.chatTemplateHash ?? run.chatTemplateHash,
    samplerHash: hashes?.samplerHash ?? null,
    sampler: config === undefined ? null : samplerOf(config),
    seed: rollout.seed,
    device: run.device,
    engineVersion: run.engineVersion,
    canRegenerate: weights.proven,
  };
}

function samplerOf({ temperature, topP, topK, maxNewTokens }: TrainingConfig): TraceOrigin["sampler"] {
  return { temperature, topP, topK, maxNewTokens };
}
