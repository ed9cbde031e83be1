// Exports what a run has trained as a Hugging Face folder that loads again anywhere, tokenizer and template included.

import { resolve } from "node:path";
import { saveModelFolder, type StorageDtype } from "../engine/model/hf-folder.ts";
import type { RunId } from "../storage/ids.ts";
import { openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { loadTrainedModel } from "./trained-model.ts";

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
