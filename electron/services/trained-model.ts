// The model a run has trained so far, put together from its base model and a checkpoint. Trains nothing and writes nothing.

import { WorkbenchError } from "../../shared/errors.ts";
import { trainingConfigSchema, type TrainingConfig } from "../engine/grpo/config.ts";
import { DEFAULT_BLOCK_SIZE, type BlockFormat } from "../engine/model/block-quantisation.ts";
import type { ModelContents } from "../engine/model/hf-folder.ts";
import { LORA_TARGETS, mergeLora, type LoraConfig } from "../engine/model/lora.ts";
import type { Float32Tensor } from "../engine/tensor/tensor.ts";
import { listCheckpoints, loadCheckpoint, type LoadedCheckpoint } from "../storage/checkpoints.ts";
import type { ReadConnection } from "../storage/connection.ts";
import type { RunId } from "../storage/ids.ts";
import { getRun, type Run } from "../storage/runs.ts";
import { checkBaseModel, loadBaseModel, type BaseModel } from "./base-model.ts";
import { modelFolder } from "./resource-paths.ts";

export interface TrainedModel extends ModelContents {
  readonly run: Run;
  /** Step of the checkpoint the weights come from. */
  readonly step: number;
  readonly base: BaseModel;
}

export interface TrainedModelQuery {
  /** Step of the checkpoint; default: the newest intact one. */
  readonly step?: number | undefined;
  /** Where the base model lies now; default: where it lay when the run started. */
  readonly baseFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Weights with any adapter folded in. Throws "not-found" when the run has no such checkpoint, "workspace-corrupt" when it is
 * damaged, "invalid-model" when the base model is no longer the one the run started from, and what reading it throws.
 */
export async function loadTrainedModel(db: ReadConnection, runId: RunId, query: TrainedModelQuery = {}): Promise<TrainedModel> {
  const run = getRun(db, runId);
  const checkpoint = requireCheckpoint(db, runId, query.step);
  const config = trainingConfigSchema.parse(run.config);
  const base = await loadBaseModel(query.baseFolder ?? modelFolder(run.baseModel), query.signal, baseFormat(config));
  checkBaseModel(run, base.fingerprints);
  const parameters = trainedParameters(base, checkpoint, config);
  const { tokenizerFiles, generationConfig } = base;
  return { config: base.config, parameters, tokenizerFiles, generationConfig, run, step: checkpoint.step, base };
}

export function requireCheckpoint(db: ReadConnection, runId: RunId, step: number | undefined): LoadedCheckpoint {
  const checkpoint = loadCheckpoint(db, runId, step === undefined ? {} : { step });
  if (checkpoint !== undefined && (step === undefined || checkpoint.step === step)) return checkpoint;
  const steps = listCheckpoints(db, runId).map((info) => info.step);
  if (step !== undefined && steps.includes(step)) {
    throw new WorkbenchError("workspace-corrupt", `the checkpoint of step ${step} is damaged`, {
      where: db.name,
      got: checkpoint?.damaged.find((damage) => damage.step === step)?.reason ?? "damage",
    });
  }
  throw new WorkbenchError("not-found", `run ${runId} has no ${step === undefined ? "checkpoint yet" : `checkpoint of step ${step}`}`, {
    where: db.name,
    ...(steps.length === 0 ? { hint: "Let it reach its first checkpoint." } : { expected: `one of ${steps.join(", ")}` }),
  });
}

/** Blocks that the base under an adapter is put into; undefined: as the folder has it. Throws "invalid-config". */
export function baseFormat({ lora }: Pick<TrainingConfig, "lora">): BlockFormat | undefined {
  // Halves are made of the weights on their way to the device.
  if (lora.baseBits === 32 || (lora.enabled && lora.baseBits === 16)) return undefined;
  if (lora.enabled && (lora.baseBits === 4 || lora.baseBits === 8)) return { bits: lora.baseBits, blockSize: DEFAULT_BLOCK_SIZE };
  throw new WorkbenchError("invalid-config", "only the base under an adapter can be quantised", {
    where: "lora.baseBits",
    expected: lora.enabled ? "4, 8, 16 or 32" : "32, or lora.enabled",
    got: String(lora.baseBits),
  });
}

export function loraConfig({
  rank,
  alpha,
  dropout,
  targets,
}: Pick<TrainingConfig["lora"], "rank" | "alpha" | "dropout" | "targets">): LoraConfig {
  return { rank, alpha, dropout, targets: targets === "attention" ? LORA_TARGETS.slice(0, 4) : LORA_TARGETS };
}

function trainedParameters(base: BaseModel, checkpoint: LoadedCheckpoint, config: TrainingConfig): ReadonlyMap<string, Float32Tensor> {
  const trained = new Map<string, Float32Tensor>();
  for (const { role, name, dtype, shape, data } of checkpoint.tensors) {
    if (role !== "parameter") continue;
    if (dtype !== "float32" || !(data instanceof Float32Array)) throw new Error(`checkpoint tensor ${name} is ${dtype}, not float32`);
    trained.set(name, { dtype, shape, data });
  }
  return checkpoint.content === "adapter" ? mergeLora(base.parameters, trained, loraConfig(config.lora)) : trained;
}
