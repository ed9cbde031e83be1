// One job in work as the workspace and the host hear of it: progress, stored now and then, and its end, which is stored or the
// engine cannot go on.

import { setTimeout as sleep } from "node:timers/promises";
import type { JobKind, JobResult, JobStatus } from "../../shared/domain/job.ts";
import type { FromEngine } from "../../shared/engine-protocol.ts";
import { isWorkbenchError } from "../../shared/errors.ts";
import { transaction, type WriteConnection } from "../storage/connection.ts";
import type { RunId } from "../storage/ids.ts";
import { updateJob, type Job } from "../storage/jobs.ts";
import { getRun, setRunStatus } from "../storage/runs.ts";

export interface JobProgress {
  /** Absent: as before. */
  readonly fraction?: number | null;
  readonly activity: string;
  readonly result?: JobResult;
}

export interface JobEnd {
  readonly status: "finished" | "cancelled" | "failed";
  readonly result?: JobResult;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface JobTracker {
  readonly runId: () => RunId | undefined;
  /** The job turned out to be about this run. */
  readonly setRun: (runId: RunId) => void;
  /** Tells the host how it stands. */
  readonly say: () => void;
  readonly report: (progress: JobProgress) => void;
  /** Throws where the workspace takes no writes for several seconds. */
  readonly end: (end: JobEnd) => Promise<void>;
}

const PERSIST_EVERY_MS = 500;
const BUSY_PAUSE_MS = 20_000;
const END_ATTEMPTS = 6;
const RETRY_MS = 1000;

export function trackJob(db: WriteConnection, job: Job, post: (message: FromEngine) => void): JobTracker {
  let runId = job.runId;
  let status: JobStatus = "running";
  let progress: { readonly fraction: number | null; readonly activity: string; readonly result?: JobResult } = {
    fraction: null,
    activity: "",
  };
  let storedAtMs = -Infinity;

  const say = (): void => {
    const { fraction, activity } = progress;
    const payload = { jobId: job.id, kind: job.kind as JobKind, runId: runId ?? null, status, fraction, activity };
    post({ type: "event", topic: "job", payload });
  };

  /** What is only shown may be missing while the file is busy; the next report or the end brings it. */
  const tryToStore = (): void => {
    try {
      updateJob(db, job.id, { ...(runId === undefined ? {} : { runId }), progress });
      storedAtMs = performance.now();
    } catch (error) {
      if (!isWorkbenchError(error)) throw error;
      // Each try waits for the file; the engine has better things to do.
      storedAtMs = performance.now() + BUSY_PAUSE_MS;
    }
  };

  const storeEnd = (end: JobEnd): void =>
    transaction(db, () => {
      const { error } = end;
      updateJob(db, job.id, {
        status: end.status,
        ...(runId === undefined ? {} : { runId }),
        progress,
        ...(error === undefined ? {} : { error }),
      });
      // A run whose end could not be stored when it came.
      if (runId !== undefined && getRun(db, runId).status === "running") setRunStatus(db, runId, "failed", error);
    });

  return {
    runId: () => runId,
    setRun: (id) => {
      runId = id;
      tryToStore();
    },
    say,
    report: (step) => {
      progress = { ...progress, ...step };
      if (step.result !== undefined || performance.now() - storedAtMs >= PERSIST_EVERY_MS) tryToStore();
      say();
    },
    end: async (end) => {
      status = end.status;
      progress = {
        ...progress,
        activity: "",
        ...(status === "finished" ? { fraction: 1 } : {}),
        ...(end.result === undefined ? {} : { result: end.result }),
      };
      for (let attempt = 1; ; attempt++) {
        try {
          storeEnd(end);
          break;
        } catch (error) {
          if (!isWorkbenchError(error) || attempt === END_ATTEMPTS) throw error;
          await sleep(RETRY_MS);
        }
      }
      say();
      if (runId === undefined) return;
      const run = getRun(db, runId);
      post({ type: "event", topic: "run", payload: { runId, step: run.lastStep, totalSteps: run.totalSteps, status: run.status } });
    },
  };
}
