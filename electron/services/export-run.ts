// Exports what a run has trained as a Hugging Face folder that loads again anywhere, tokenizer and template included.

import { resolve } from "node:path";
import { WorkbenchError } from "../../shared/errors.ts";
import { trainingConfigSchema } from "../engine/grpo/config.ts";
import { saveModelFolder, type StorageDtype } from "../engine/model/hf-folder.ts";
import { writePeftAdapter } from "../engine/model/peft-adapter.ts";
import type { RunId } from "../storage/ids.ts";
import { openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { getRun } from "../storage/runs.ts";
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
    const tensors = checkpoint.tensors.flatMap(({ role, name, dtype, shape, data }) =>
      role === "parameter" && dtype === "float32" && data instanceof Float32Array ? [[name, { dtype, shape, data }] as const] : [],
    );
    const lora = loraConfig(trainingConfigSchema.parse(run.config).lora);
    await writePeftAdapter(folder, { lora, tensors: new Map(tensors) }, run.baseModel);
    return { runId, step: checkpoint.step, folder };
  } finally {
    db.close();
  }
}
