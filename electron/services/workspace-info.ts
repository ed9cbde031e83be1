// A workspace as the interface shows it, and the run that a new one is given so that nothing in it is empty.

import { basename } from "node:path";
import type { ReadConnection, WriteConnection } from "../storage/connection.ts";
import type { JobId } from "../storage/ids.ts";
import { listJobs } from "../storage/jobs.ts";
import { listRuns } from "../storage/runs.ts";
import { getSetting, setSetting } from "../storage/settings.ts";

const EXAMPLE_KEY = "example.job";

export function workspaceName(path: string): string {
  return basename(path).replace(/\.sqlite$/, "");
}

/** Remembers the job that makes the example run. */
export function setExampleJob(db: WriteConnection, jobId: number): void {
  setSetting(db, EXAMPLE_KEY, jobId);
}

/** The example's run; null before it has started and when it is gone. */
export function exampleRunId(db: ReadConnection): number | null {
  const jobId = getSetting(db, EXAMPLE_KEY) as JobId | undefined;
  const runId = listJobs(db).find(({ id }) => id === jobId)?.runId;
  return listRuns(db).find(({ id }) => id === runId)?.id ?? null;
}

/** Nothing was ever done in it. */
export function isUntouched(db: ReadConnection): boolean {
  return listRuns(db).length === 0 && listJobs(db).length === 0 && getSetting(db, EXAMPLE_KEY) === undefined;
}
