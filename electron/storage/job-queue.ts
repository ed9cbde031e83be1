// The order in which waiting jobs run, and what jobs have made so far. Rows and statuses are in jobs.ts.

import { allRows, transaction } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import type { JobId } from "./ids.ts";
import { getJob, listJobs, updateJob, type Job } from "./jobs.ts";
import { getSetting, setSetting } from "./settings.ts";

/** Ids that were moved to the front, first first. */
const FIRST_KEY = "jobs.first";

/** Waiting jobs in the order they will run. */
export function queuedJobs(db: ReadConnection): Job[] {
  const ids = allRows<{ id: JobId }>(db, "SELECT id FROM jobs WHERE status = 'queued' ORDER BY id").map((row) => row.id);
  const first = (getSetting(db, FIRST_KEY) as JobId[] | undefined) ?? [];
  const front = first.filter((id) => ids.includes(id));
  return [...front, ...ids.filter((id) => !front.includes(id))].map((id) => getJob(db, id));
}

/** Throws "not-found". */
export function moveToFront(db: WriteConnection, id: JobId): void {
  transaction(db, () => {
    getJob(db, id);
    const queued = new Set(queuedJobs(db).map((job) => job.id));
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

/** Whether the job was still waiting; then it is "cancelled". Throws "not-found". */
export function cancelQueuedJob(db: WriteConnection, id: JobId): boolean {
  return transaction(db, () => {
    if (getJob(db, id).status !== "queued") return false;
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
