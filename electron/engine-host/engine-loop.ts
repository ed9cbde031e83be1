// The engine's life: take the next job from the queue, run it, store how it ended, say so; one job at a time, except that a
// training lets short jobs through between its phases. Given a workspace and a channel; processes and sockets are elsewhere.

import { setImmediate as yieldToEvents, setTimeout as sleep } from "node:timers/promises";
import { isWorkbenchError } from "../../shared/errors.ts";
import type { FromEngine, ToEngine } from "../../shared/engine-protocol.ts";
import { failureOf } from "../../shared/result.ts";
import type { WriteConnection } from "../storage/connection.ts";
import type { RunId } from "../storage/ids.ts";
import { takeJob } from "../storage/job-queue.ts";
import type { Job } from "../storage/jobs.ts";
import type { OpenTrainingEngine } from "../services/training-engine.ts";
import { jobArgumentsSchema } from "./job-arguments.ts";
import { trackJob, type JobEnd, type JobTracker } from "./job-tracker.ts";
import { runJob } from "./run-job.ts";

export interface EngineLoop {
  readonly receive: (message: ToEngine) => void;
  /** Runs until it is told to shut down. Throws where the end of a job cannot be stored. */
  readonly run: () => Promise<void>;
}

interface JobInWork {
  readonly job: Job;
  readonly controller: AbortController;
  readonly tracker: JobTracker;
}

/** Short enough to come between two phases of a training. */
const SHORT_KINDS: readonly string[] = ["generate", "score", "export", "verify"];
/** They go on later to the same bits; anything else is dropped when the engine leaves. */
const RESUMABLE_KINDS: readonly string[] = ["train", "resume"];
const RETRY_MS = 1000;

export function createEngineLoop(db: WriteConnection, post: (message: FromEngine) => void, openEngine: OpenTrainingEngine): EngineLoop {
  const inWork = new Map<number, JobInWork>();
  const wishes = new Map<number, "pause" | "stop">();
  const secretsAwaited = new Map<string, ((value: string | undefined) => void)[]>();
  let shuttingDown = false;
  let wake: () => void = () => undefined;

  const perform = async (job: Job): Promise<void> => {
    const controller = new AbortController();
    const tracker = trackJob(db, job, post);
    inWork.set(job.id, { job, controller, tracker });
    try {
      await tracker.end(await outcome(job, controller.signal, tracker));
    } finally {
      inWork.delete(job.id);
      if (tracker.runId() !== undefined) wishes.delete(tracker.runId() as RunId);
    }
  };

  const outcome = async (job: Job, signal: AbortSignal, tracker: JobTracker): Promise<JobEnd> => {
    try {
      tracker.say();
      const result = await runJob(jobArgumentsSchema.parse(job.arguments), {
        jobId: job.id,
        db,
        signal,
        openEngine,
        report: (step) => {
          tracker.report(step);
          post({ type: "memory", residentBytes: process.memoryUsage.rss() });
        },
        publish: post,
        onRun: tracker.setRun,
        stopRequested: (runId) => (shuttingDown ? "pause" : wishes.get(runId)),
        betweenSteps: letShortJobsThrough,
        waitForStorage: (step) => waitForStorage(step, signal, tracker),
        readSecret,
      });
      return { status: "finished", result };
    } catch (error) {
      if (isWorkbenchError(error, "cancelled")) return { status: "cancelled" };
      // A process does not get a lost device back: the next job finds a new one.
      if (isWorkbenchError(error, "device-lost")) shuttingDown = true;
      if (!isWorkbenchError(error)) process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      const { code, message } = failureOf(error);
      return { status: "failed", error: { code, message } };
    }
  };

  const readSecret = (name: string): Promise<string | undefined> =>
    new Promise((resolve) => {
      secretsAwaited.set(name, [...(secretsAwaited.get(name) ?? []), resolve]);
      post({ type: "ask-secret", name });
    });

  const letShortJobsThrough = async (): Promise<void> => {
    await yieldToEvents();
    for (let short = next(SHORT_KINDS); short !== undefined; short = next(SHORT_KINDS)) await perform(short);
  };

  /** A step that is done is not given up because another program has the file for a while. */
  const waitForStorage = async (step: number, signal: AbortSignal, tracker: JobTracker): Promise<void> => {
    tracker.report({ activity: `step ${step} waits: another program keeps the workspace busy` });
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  };

  /** A queue that cannot be read or written just now is asked again later. */
  const next = (kinds?: readonly string[]): Job | undefined => {
    if (shuttingDown) return undefined;
    try {
      return takeJob(db, (job) => kinds === undefined || kinds.includes(job.kind));
    } catch (error) {
      if (!isWorkbenchError(error)) throw error;
      setTimeout(() => wake(), RETRY_MS).unref();
      return undefined;
    }
  };

  return {
    receive: (message) => {
      if (message.type === "end-run" && [...inWork.values()].some(({ tracker }) => tracker.runId() === message.runId)) {
        wishes.set(message.runId, message.how);
      }
      if (message.type === "cancel") inWork.get(message.jobId)?.controller.abort();
      if (message.type === "secret") {
        for (const resolve of secretsAwaited.get(message.name) ?? []) resolve(message.value ?? undefined);
        secretsAwaited.delete(message.name);
      }
      if (message.type === "shut-down") {
        shuttingDown = true;
        // The host no longer answers.
        for (const resolve of [...secretsAwaited.values()].flat()) resolve(undefined);
        secretsAwaited.clear();
        for (const { job, controller } of inWork.values()) if (!RESUMABLE_KINDS.includes(job.kind)) controller.abort();
      }
      wake();
    },
    run: async () => {
      while (!shuttingDown) {
        const job = next();
        if (job !== undefined) {
          post({ type: "working", jobId: job.id });
          await perform(job);
          await yieldToEvents();
          continue;
        }
        const woken = new Promise<void>((resolve) => (wake = resolve));
        post({ type: "memory", residentBytes: process.memoryUsage.rss() });
        post({ type: "idle" });
        await woken;
      }
    },
  };
}
