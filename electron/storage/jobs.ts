// Jobs: long work as a user sees it, with arguments, progress and how it ended. What runs them lives in the engine.

import { WorkbenchError } from "../../shared/errors.ts";
import { allRows, getRow, insert, run } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import type { JobId, RunId } from "./ids.ts";

export type JobStatus = "queued" | "running" | "interrupted" | "finished" | "failed" | "cancelled";

export interface Job {
  readonly id: JobId;
  /** train | evaluate | export | ... */
  readonly kind: string;
  readonly runId: RunId | undefined;
  readonly arguments: unknown;
  readonly status: JobStatus;
  readonly progress: unknown;
  readonly error: unknown;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

interface JobRow {
  readonly id: JobId;
  readonly kind: string;
  readonly runId: RunId | null;
  readonly argumentsJson: string;
  readonly status: JobStatus;
  readonly progressJson: string | null;
  readonly errorJson: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

const SELECT = `
SELECT id, kind, run_id AS runId, arguments_json AS argumentsJson, status, progress_json AS progressJson, error_json AS errorJson,
  created_at_ms AS createdAtMs, updated_at_ms AS updatedAtMs
FROM jobs`;

/** Adds a job with status "queued". */
export function createJob(db: WriteConnection, job: { readonly kind: string; readonly runId?: RunId; readonly arguments: unknown }): JobId {
  const nowMs = Date.now();
  return insert(
    db,
    "INSERT INTO jobs (kind, run_id, arguments_json, status, created_at_ms, updated_at_ms) VALUES (?, ?, ?, 'queued', ?, ?)",
    job.kind,
    job.runId ?? null,
    JSON.stringify(job.arguments ?? null),
    nowMs,
    nowMs,
  ) as JobId;
}

/** Changes what is given and leaves the rest. Throws "not-found". */
export function updateJob(
  db: WriteConnection,
  id: JobId,
  change: { readonly status?: JobStatus; readonly runId?: RunId; readonly progress?: unknown; readonly error?: unknown },
): void {
  const { changes } = run(
    db,
    `UPDATE jobs SET status = coalesce(?, status), run_id = coalesce(?, run_id), progress_json = coalesce(?, progress_json),
       error_json = coalesce(?, error_json), updated_at_ms = ? WHERE id = ?`,
    change.status ?? null,
    change.runId ?? null,
    change.progress === undefined ? null : JSON.stringify(change.progress),
    change.error === undefined ? null : JSON.stringify(change.error),
    Date.now(),
    id,
  );
  if (changes === 0) getJob(db, id);
}

/** Throws "not-found". */
export function getJob(db: ReadConnection, id: JobId): Job {
  const row = getRow<JobRow>(db, `${SELECT} WHERE id = ?`, id);
  if (row === undefined) throw new WorkbenchError("not-found", `there is no job ${id}`, { where: db.name });
  return jobFromRow(row);
}

/** Newest first. */
export function listJobs(db: ReadConnection): Job[] {
  return allRows<JobRow>(db, `${SELECT} ORDER BY id DESC`).map(jobFromRow);
}

function jobFromRow({ argumentsJson, progressJson, errorJson, runId, ...rest }: JobRow): Job {
  return {
    ...rest,
    runId: runId ?? undefined,
    arguments: JSON.parse(argumentsJson) as unknown,
    progress: progressJson === null ? undefined : (JSON.parse(progressJson) as unknown),
    error: errorJson === null ? undefined : (JSON.parse(errorJson) as unknown),
  };
}
