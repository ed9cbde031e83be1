// Training runs: what was asked for, which model and data it stands on, and how it ended. Steps and weights live elsewhere.

import { WorkbenchError } from "../../shared/errors.ts";
import { allRows, getRow, insert, run } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import { canonicalJson, sha256 } from "./hashing.ts";
import type { DatasetId, RunId } from "./ids.ts";

/** paused: interrupted on purpose; it can go on. */
export type RunStatus = "running" | "interrupted" | "paused" | "finished" | "failed" | "cancelled";

export interface NewRun {
  readonly name: string;
  /** raif | grpo | sft */
  readonly method: string;
  readonly recipe?: string | undefined;
  /** Every setting, as the trainer will use it. */
  readonly config: unknown;
  /** Uint32. */
  readonly seed: number;
  readonly device: string;
  /** Why it computes there; empty for runs from before this was kept. */
  readonly deviceReason?: string;
  readonly totalSteps: number;
  readonly datasetId?: DatasetId | undefined;
  /** Hash of the training data; of the data set's content where there is one. */
  readonly dataHash: string;
  /** Folder of the base weights, or "nano"; they are the reference policy too and are not copied into the workspace. */
  readonly baseModel: string;
  readonly modelHash: string;
  readonly tokenizerHash: string;
  readonly chatTemplateHash: string;
  readonly engineVersion: string;
  /** Where the run starts from another run's checkpoint. */
  readonly forkedFrom?: { readonly runId: RunId; readonly step: number } | undefined;
}

export interface Run extends NewRun {
  readonly id: RunId;
  readonly configHash: string;
  readonly status: RunStatus;
  /** What stopped a failed run: error code, message, details. */
  readonly error: unknown;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly endedAtMs: number | undefined;
  /** Last stored step, 0 before the first. */
  readonly lastStep: number;
  /** The user's own words about it; empty at first. */
  readonly notes: string;
  readonly archived: boolean;
  /** By name. */
  readonly tags: readonly string[];
  /** Set while the run waits to be purged; lists leave it out. */
  readonly deletedAtMs: number | undefined;
}

interface RunRow extends Omit<
  Run,
  "config" | "error" | "recipe" | "datasetId" | "endedAtMs" | "archived" | "tags" | "deletedAtMs" | "forkedFrom"
> {
  readonly configJson: string;
  readonly errorJson: string | null;
  readonly recipe: string | null;
  readonly datasetId: DatasetId | null;
  readonly endedAtMs: number | null;
  readonly archived: number;
  readonly tagsJson: string;
  readonly deletedAtMs: number | null;
  readonly forkedFromRun: RunId | null;
  readonly forkedFromStep: number | null;
}

const SELECT = `
SELECT id, name, method, recipe, config_json AS configJson, config_hash AS configHash, seed, device, device_reason AS deviceReason, total_steps AS totalSteps,
  dataset_id AS datasetId, data_hash AS dataHash, base_model AS baseModel, model_hash AS modelHash, tokenizer_hash AS tokenizerHash,
  chat_template_hash AS chatTemplateHash, engine_version AS engineVersion,
  CASE WHEN status = 'interrupted' AND paused = 1 THEN 'paused' ELSE status END AS status, error_json AS errorJson,
  created_at_ms AS createdAtMs, updated_at_ms AS updatedAtMs, ended_at_ms AS endedAtMs,
  notes, archived, deleted_at_ms AS deletedAtMs, forked_from_run AS forkedFromRun, forked_from_step AS forkedFromStep,
  (SELECT json_group_array(tag ORDER BY tag) FROM run_tags WHERE run_id = runs.id) AS tagsJson,
  coalesce((SELECT max(step) FROM steps WHERE run_id = runs.id), 0) AS lastStep
FROM runs`;

/** Starts a run's record, with status "running". */
export function createRun(db: WriteConnection, newRun: NewRun): Run {
  const configJson = canonicalJson(newRun.config);
  const nowMs = Date.now();
  const id = insert(
    db,
    `INSERT INTO runs (name, method, recipe, config_json, config_hash, seed, device, device_reason, total_steps, dataset_id, data_hash, base_model,
       model_hash, tokenizer_hash, chat_template_hash, engine_version, forked_from_run, forked_from_step, status, created_at_ms, updated_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?)`,
    newRun.name,
    newRun.method,
    newRun.recipe ?? null,
    configJson,
    sha256(configJson),
    newRun.seed,
    newRun.device,
    newRun.deviceReason ?? "",
    newRun.totalSteps,
    newRun.datasetId ?? null,
    newRun.dataHash,
    newRun.baseModel,
    newRun.modelHash,
    newRun.tokenizerHash,
    newRun.chatTemplateHash,
    newRun.engineVersion,
    newRun.forkedFrom?.runId ?? null,
    newRun.forkedFrom?.step ?? null,
    nowMs,
    nowMs,
  );
  return getRun(db, id as RunId);
}

/** Throws "not-found". */
export function getRun(db: ReadConnection, id: RunId): Run {
  const row = getRow<RunRow>(db, `${SELECT} WHERE id = ?`, id);
  if (row === undefined) {
    const ids = allRows<{ id: number }>(db, "SELECT id FROM runs ORDER BY id").map((other) => other.id);
    throw new WorkbenchError("not-found", `there is no run ${id}`, {
      where: db.name,
      expected: ids.length === 0 ? "a run (the workspace has none)" : `one of ${ids.join(", ")}`,
      got: String(id),
    });
  }
  return runFromRow(row);
}

/** Newest first, archived ones included; those marked as deleted are left out. */
export function listRuns(db: ReadConnection): Run[] {
  return allRows<RunRow>(db, `${SELECT} WHERE deleted_at_ms IS NULL ORDER BY id DESC`).map(runFromRow);
}

/** Sets the status; `error` is kept with "failed". Going back to "running" clears both the end time and the error. */
export function setRunStatus(db: WriteConnection, id: RunId, status: RunStatus, error?: unknown): void {
  const nowMs = Date.now();
  const { changes } = run(
    db,
    "UPDATE runs SET status = ?, paused = ?, error_json = ?, updated_at_ms = ?, ended_at_ms = ? WHERE id = ?",
    status === "paused" ? "interrupted" : status,
    status === "paused" ? 1 : 0,
    error === undefined ? null : JSON.stringify(error),
    nowMs,
    status === "running" ? null : nowMs,
    id,
  );
  if (changes === 0) getRun(db, id);
}

/** Where a run computes from now on, as it may change when it is resumed. */
export function setRunDevice(db: WriteConnection, id: RunId, device: string, reason: string): void {
  run(db, "UPDATE runs SET device = ?, device_reason = ? WHERE id = ?", device, reason, id);
}

/** For an engine that has just taken the lock: whatever still says "running" was cut off, for the reason where one is known. Returns the runs' ids. */
export function interruptRunningRuns(db: WriteConnection, error?: { readonly code: string; readonly message: string }): RunId[] {
  const ids = allRows<{ id: RunId }>(db, "SELECT id FROM runs WHERE status = 'running' ORDER BY id").map((row) => row.id);
  for (const id of ids) setRunStatus(db, id, "interrupted", error);
  return ids;
}

/** Removes a run with its steps, rollouts, checkpoints, evaluations and jobs. */
export function deleteRun(db: WriteConnection, id: RunId): void {
  getRun(db, id);
  run(db, "DELETE FROM runs WHERE id = ?", id);
}

function runFromRow(row: RunRow): Run {
  const { configJson, errorJson, recipe, datasetId, endedAtMs, archived, tagsJson, deletedAtMs, forkedFromRun, forkedFromStep, ...rest } =
    row;
  return {
    ...rest,
    config: JSON.parse(configJson) as unknown,
    error: errorJson === null ? undefined : (JSON.parse(errorJson) as unknown),
    recipe: recipe ?? undefined,
    datasetId: datasetId ?? undefined,
    endedAtMs: endedAtMs ?? undefined,
    archived: archived === 1,
    tags: JSON.parse(tagsJson) as string[],
    deletedAtMs: deletedAtMs ?? undefined,
    forkedFrom: forkedFromRun === null || forkedFromStep === null ? undefined : { runId: forkedFromRun, step: forkedFromStep },
  };
}
