// Training runs: what was asked for, which model and data it stands on, and how it ended. Steps and weights live elsewhere.

import { WorkbenchError } from "../../shared/errors.ts";
import { allRows, getRow, insert, run } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import { canonicalJson, sha256 } from "./hashing.ts";
import type { DatasetId, RunId } from "./ids.ts";

export type RunStatus = "running" | "interrupted" | "finished" | "failed" | "cancelled";

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
}

interface RunRow extends Omit<Run, "config" | "error" | "recipe" | "datasetId" | "endedAtMs"> {
  readonly configJson: string;
  readonly errorJson: string | null;
  readonly recipe: string | null;
  readonly datasetId: DatasetId | null;
  readonly endedAtMs: number | null;
}

const SELECT = `
SELECT id, name, method, recipe, config_json AS configJson, config_hash AS configHash, seed, device, total_steps AS totalSteps,
  dataset_id AS datasetId, data_hash AS dataHash, base_model AS baseModel, model_hash AS modelHash, tokenizer_hash AS tokenizerHash,
  chat_template_hash AS chatTemplateHash, engine_version AS engineVersion, status, error_json AS errorJson,
  created_at_ms AS createdAtMs, updated_at_ms AS updatedAtMs, ended_at_ms AS endedAtMs,
  coalesce((SELECT max(step) FROM steps WHERE run_id = runs.id), 0) AS lastStep
FROM runs`;

/** Starts a run's record, with status "running". */
export function createRun(db: WriteConnection, newRun: NewRun): Run {
  const configJson = canonicalJson(newRun.config);
  const nowMs = Date.now();
  const id = insert(
    db,
    `INSERT INTO runs (name, method, recipe, config_json, config_hash, seed, device, total_steps, dataset_id, data_hash, base_model,
       model_hash, tokenizer_hash, chat_template_hash, engine_version, status, created_at_ms, updated_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?)`,
    newRun.name,
    newRun.method,
    newRun.recipe ?? null,
    configJson,
    sha256(configJson),
    newRun.seed,
    newRun.device,
    newRun.totalSteps,
    newRun.datasetId ?? null,
    newRun.dataHash,
    newRun.baseModel,
    newRun.modelHash,
    newRun.tokenizerHash,
    newRun.chatTemplateHash,
    newRun.engineVersion,
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

/** Newest first. */
export function listRuns(db: ReadConnection): Run[] {
  return allRows<RunRow>(db, `${SELECT} ORDER BY id DESC`).map(runFromRow);
}

/** Sets the status; `error` is kept with "failed". Going back to "running" clears both the end time and the error. */
export function setRunStatus(db: WriteConnection, id: RunId, status: RunStatus, error?: unknown): void {
  const nowMs = Date.now();
  const { changes } = run(
    db,
    "UPDATE runs SET status = ?, error_json = ?, updated_at_ms = ?, ended_at_ms = ? WHERE id = ?",
    status,
    error === undefined ? null : JSON.stringify(error),
    nowMs,
    status === "running" ? null : nowMs,
    id,
  );
  if (changes === 0) getRun(db, id);
}

/** For an engine that has just taken the lock: whatever still says "running" was cut off. Returns the runs' ids. */
export function interruptRunningRuns(db: WriteConnection): RunId[] {
  const ids = allRows<{ id: RunId }>(db, "SELECT id FROM runs WHERE status = 'running' ORDER BY id").map((row) => row.id);
  for (const id of ids) setRunStatus(db, id, "interrupted");
  return ids;
}

/** Removes a run with its steps, rollouts, checkpoints, evaluations and jobs. */
export function deleteRun(db: WriteConnection, id: RunId): void {
  getRun(db, id);
  run(db, "DELETE FROM runs WHERE id = ?", id);
}

function runFromRow({ configJson, errorJson, recipe, datasetId, endedAtMs, ...rest }: RunRow): Run {
  return {
    ...rest,
    config: JSON.parse(configJson) as unknown,
    error: errorJson === null ? undefined : (JSON.parse(errorJson) as unknown),
    recipe: recipe ?? undefined,
    datasetId: datasetId ?? undefined,
    endedAtMs: endedAtMs ?? undefined,
  };
}
