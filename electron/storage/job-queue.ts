// The order in which waiting jobs run, and what jobs have made so far. Rows and statuses are in jobs.ts.

import { WorkbenchError } from "../../shared/errors.ts";
import { allRows, transaction } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import type { JobId, RunId } from "./ids.ts";
import { getJob, listJobs, updateJob, type Job } from "./jobs.ts";
import { getSetting, setSetting } from "./settings.ts";

/** Ids that were moved to the front, first first. */
const FIRST_KEY = "jobs.first";

/** Waiting jobs in the order they will run. */
export function queuedJobs(db: ReadConnection): Job[] {
  return queuedIds(db).map((id) => getJob(db, id));
}

function queuedIds(db: ReadConnection): JobId[] {
  const ids = allRows<{ id: JobId }>(db, "SELECT id FROM jobs WHERE status = 'queued' ORDER BY id").map((row) => row.id);
  const first = (getSetting(db, FIRST_KEY) as JobId[] | undefined) ?? [];
  const front = first.filter((id) => ids.includes(id));
  return [...front, ...ids.filter((id) => !front.includes(id))];
}

/** Throws "not-found". */
export function moveToFront(db: WriteConnection, id: JobId): void {
  transaction(db, () => {
    getJob(db, id);
    const queued = new Set(queuedIds(db));
    const first = (getSetting(db, FIRST_KEY) as JobId[] | undefined) ?? [];
    setSetting(db, FIRST_KEY, [id, ...first.filter((other) => other !== id && queued.has(other))]);
  });
}

/** Takes a waiting job that `chooses` accepts and marks it "running", all in one. Writes nothing where there is none. */
export function takeJob(db: WriteConnection, chooses: (job: Job) => boolean): Job | undefined {
  if (!queuedJobs(db).some(chooses)) return undefined;
  return transaction(db, () => {
    const job = queuedJobs(db).find(chooses);
    if (job !== undefined) updateJob(db, job.id, { status: "running" });
    return job;
  });
}

/** Whether nobody works on the job and it did not finish; then it is "cancelled". Throws "not-found". */
export function cancelIdleJob(db: WriteConnection, id: JobId): boolean {
  return transaction(db, () => {
    if (!["queued", "failed", "interrupted"].includes(getJob(db, id).status)) return false;
    updateJob(db, id, { status: "cancelled" });
    return true;
  });
}

/** For whoever finds an engine dead: jobs in work are "interrupted" with the reason. Returns them as they were. */
export function interruptJobs(db: WriteConnection, error: { readonly code: string; readonly message: string }): Job[] {
  return transaction(db, () => {
    const jobs = listJobs(db).filter((job) => job.status === "running");
    for (const job of jobs) updateJob(db, job.id, { status: "interrupted", error });
    return jobs;
  });
}

/** A job without what it has made, for lists. */
export interface JobHead extends Omit<Job, "progress"> {
  /** 0 to 1. */
  readonly fraction: number | undefined;
  readonly activity: string;
}

/** Newest first. */
export function listJobHeads(db: ReadConnection, limit: number): JobHead[] {
  return allRows<JobHeadRow>(db, `${HEAD} ORDER BY id DESC LIMIT ?`, limit).map(headFromRow);
}

/** Throws "not-found". */
export function getJobHead(db: ReadConnection, id: JobId): JobHead {
  const [row] = allRows<JobHeadRow>(db, `${HEAD} WHERE id = ?`, id);
  if (row !== undefined) return headFromRow(row);
  throw new WorkbenchError("not-found", `there is no job ${id}`, { where: db.name });
}

/** `path`: where in the arguments the number stands, as SQLite's JSON functions write it. */
export function newestJobHead(db: ReadConnection, kind: string, path: string, value: number): JobHead | undefined {
  const sql = `${HEAD} WHERE kind = ? AND json_extract(arguments_json, ?) = ? ORDER BY id DESC LIMIT 1`;
  return allRows<JobHeadRow>(db, sql, kind, path, value).map(headFromRow)[0];
}

/** Those in work, then those that wait, in the order they will run. */
export function pendingJobHeads(db: ReadConnection): JobHead[] {
  const running = allRows<JobHeadRow>(db, `${HEAD} WHERE status = 'running' ORDER BY id`).map(headFromRow);
  return [...running, ...queuedIds(db).map((id) => getJobHead(db, id))];
}

/** The waiting or running job about a run, if there is one: the one in work first. */
export function pendingJobOfRun(db: ReadConnection, runId: RunId, kinds: readonly string[]): JobHead | undefined {
  return pendingJobHeads(db).find((job) => job.runId === runId && kinds.includes(job.kind));
}

interface JobHeadRow extends Omit<JobHead, "runId" | "arguments" | "error" | "fraction"> {
  readonly runId: RunId | null;
  readonly argumentsJson: string;
  readonly errorJson: string | null;
  readonly fraction: number | null;
}

const HEAD = `
SELECT id, kind, run_id AS runId, arguments_json AS argumentsJson, status, error_json AS errorJson, created_at_ms AS createdAtMs,
  updated_at_ms AS updatedAtMs, json_extract(progress_json, '$.fraction') AS fraction,
  coalesce(json_extract(progress_json, '$.activity'), '') AS activity
FROM jobs`;

function headFromRow({ argumentsJson, errorJson, runId, fraction, ...rest }: JobHeadRow): JobHead {
  return {
    ...rest,
    runId: runId ?? undefined,
    arguments: JSON.parse(argumentsJson) as unknown,
    error: errorJson === null ? undefined : (JSON.parse(errorJson) as unknown),
    fraction: fraction ?? undefined,
  };
}
