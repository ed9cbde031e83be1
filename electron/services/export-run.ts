// Exports what a run has trained as a Hugging Face folder that loads again anywhere, tokenizer and template included.

import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { WorkbenchError } from "../../shared/errors.ts";
import { trainingConfigSchema } from "../engine/grpo/config.ts";
import { saveModelFolder, type StorageDtype } from "../engine/model/hf-folder.ts";
import type { RunId } from "../storage/ids.ts";
import { openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { getRun } from "../storage/runs.ts";
import { writeTensorFile } from "./tensor-file.ts";
import { loadTrainedModel, loraConfig, requireCheckpoint } from "./trained-model.ts";

export interface ExportRequest {
  readonly workspace: string;
  readonly runId: number;
  /** Folder to make; must not exist. */
  readonly to: string;
  /** Step of the checkpoint; default: the newest intact one. */
  readonly step?: number | undefined;
  /** Default float32, which keeps every bit that was trained. */
  readonly dtype?: StorageDtype | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ExportOutcome {
  readonly runId: number;
  /** Step the exported weights stand for. */
  readonly step: number;
  readonly folder: string;
}

/** Reads beside a working engine. Throws what loadTrainedModel and saveModelFolder throw; then there is no folder. */
export async function exportRun({ workspace, runId, to, step, dtype, signal }: ExportRequest): Promise<ExportOutcome> {
  const db = openWorkspaceReadOnly(workspace);
  try {
    const model = await loadTrainedModel(db, runId as RunId, { step, signal });
    await saveModelFolder(to, model, { dtype: dtype ?? "float32" });
    return { runId, step: model.step, folder: resolve(to) };
  } finally {
    db.close();
  }
}

/**
 * Only the adapter of a run that trained one, in the layout of PEFT (adapter_config.json, adapter_model.safetensors). Throws
 * "invalid-argument" for a run that trained all weights, "not-found", and storage errors; then there is no folder.
 */
export async function exportAdapter({ workspace, runId, to, step }: ExportRequest): Promise<ExportOutcome> {
  const db = openWorkspaceReadOnly(workspace);
  try {
    const run = getRun(db, runId as RunId);
    const checkpoint = requireCheckpoint(db, run.id, step);
    if (checkpoint.content !== "adapter") {
      throw new WorkbenchError("invalid-argument", `run ${runId} trained all weights, not an adapter`, {
        hint: "Export the merged model instead.",
      });
    }
    const folder = resolve(to);
    const { rank, alpha, dropout, targets } = loraConfig(trainingConfigSchema.parse(run.config).lora);
    const tensors = checkpoint.tensors.flatMap(({ role, name, dtype, shape, data }) =>
      role === "parameter" && dtype === "float32" && data instanceof Float32Array
        ? [[`base_model.model.${name}`, { dtype, shape, data } as const] as const]
        : [],
    );
    await mkdir(folder);
    await writeTensorFile(join(folder, "adapter_model.safetensors"), new Map(tensors));
    const description = {
      peft_type: "LORA",
      task_type: "CAUSAL_LM",
      base_model_name_or_path: run.baseModel,
      r: rank,
      lora_alpha: alpha,
      lora_dropout: dropout,
      target_modules: targets,
      bias: "none",
    };
    await writeFile(join(folder, "adapter_config.json"), `${JSON.stringify(description, null, 2)}\n`);
    return { runId, step: checkpoint.step, folder };
  } finally {
    db.close();
  }
}
