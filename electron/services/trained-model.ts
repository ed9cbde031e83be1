// The model a run has trained so far, put together from its base model and its last intact checkpoint, and its export as a
// Hugging Face folder. Does not train.

import { WorkbenchError } from "../../shared/errors.ts";
import { trainingConfigSchema, type TrainingConfig } from "../engine/grpo/config.ts";
import { loadModelFolder, saveModelFolder, type LoadedModel, type ModelContents, type StorageDtype } from "../engine/model/hf-folder.ts";
import { LORA_TARGETS, mergeLora, type LoraConfig } from "../engine/model/lora.ts";
import type { Float32Tensor } from "../engine/tensor/tensor.ts";
import { loadCheckpoint, type LoadedCheckpoint } from "../storage/checkpoints.ts";
import type { ReadConnection } from "../storage/connection.ts";
import type { RunId } from "../storage/ids.ts";
import { openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { getRun } from "../storage/runs.ts";
import { modelFolder } from "./resource-paths.ts";

export interface TrainedModel extends ModelContents {
  /** Step of the checkpoint the weights come from. */
  readonly step: number;
  /** Folder of the base model, where the tokenizer and the template lie. */
  readonly baseFolder: string;
}

/** Weights with any adapter folded in. Throws "not-found" when the run has no checkpoint yet, and what reading the base model throws. */
export async function loadTrainedModel(db: ReadConnection, runId: RunId): Promise<TrainedModel> {
  const run = getRun(db, runId);
  const checkpoint = loadCheckpoint(db, runId);
  if (checkpoint === undefined) {
    throw new WorkbenchError("not-found", `run ${runId} has no checkpoint yet`, {
      where: db.name,
      hint: "Let it reach its first checkpoint.",
    });
  }
  const baseFolder = modelFolder(run.baseModel);
  const base = await loadModelFolder(baseFolder);
  const parameters = trainedParameters(base, checkpoint, trainingConfigSchema.parse(run.config));
  const { config, tokenizerFiles, generationConfig } = base;
  return { config, parameters, tokenizerFiles, generationConfig, step: checkpoint.step, baseFolder };
}

/** Writes the trained model to a new folder that loads again anywhere. Returns the step it stands for. */
export async function exportRun(workspace: string, runId: number, folder: string, dtype: StorageDtype = "float32"): Promise<number> {
  const db = openWorkspaceReadOnly(workspace);
  try {
    const model = await loadTrainedModel(db, runId as RunId);
    await saveModelFolder(folder, model, { dtype });
    return model.step;
  } finally {
    db.close();
  }
}

export function loraConfig({ rank, alpha, dropout, targets }: TrainingConfig["lora"]): LoraConfig {
  return { rank, alpha, dropout, targets: targets === "attention" ? LORA_TARGETS.slice(0, 4) : LORA_TARGETS };
}

function trainedParameters(base: LoadedModel, checkpoint: LoadedCheckpoint, config: TrainingConfig): ReadonlyMap<string, Float32Tensor> {
  const trained = new Map<string, Float32Tensor>();
  for (const { role, name, dtype, shape, data } of checkpoint.tensors) {
    if (role !== "parameter") continue;
    if (dtype !== "float32" || !(data instanceof Float32Array)) throw new Error(`checkpoint tensor ${name} is ${dtype}, not float32`);
    trained.set(name, { dtype, shape, data });
  }
  return checkpoint.content === "adapter" ? mergeLora(base.parameters, trained, loraConfig(config.lora)) : trained;
}
