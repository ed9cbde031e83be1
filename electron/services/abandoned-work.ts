// What a dead engine could not store itself: that its run, job and evaluation were cut off, and why.

import { transaction, type WriteConnection } from "../storage/connection.ts";
import { interruptRunningEvaluations } from "../storage/evaluations.ts";
import type { RunId } from "../storage/ids.ts";
import type { Job } from "../storage/jobs.ts";
import { interruptJobs } from "../storage/job-queue.ts";
import { interruptRunningRuns } from "../storage/runs.ts";

/**
 * Only for whoever knows that no engine works on the workspace. Everything that still says "running" becomes "interrupted" with the
 * reason. Returns what was cut off, oldest run first. Throws storage errors; then nothing is changed.
 */
export function settleAbandonedWork(
  db: WriteConnection,
  reason: string,
): { readonly runIds: readonly RunId[]; readonly jobs: readonly Job[] } {
  const error = { code: "engine-failed", message: reason };
  return transaction(db, () => {
    const jobs = interruptJobs(db, error);
    interruptRunningEvaluations(db);
    return { runIds: interruptRunningRuns(db, error), jobs };
  });
}
