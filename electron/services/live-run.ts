// Where a run in work stands and what it said last, for the live page. Reads only.

import type { LiveProgress, LiveRollout } from "../../shared/domain/training.ts";
import type { ReadConnection } from "../storage/connection.ts";
import type { RunId } from "../storage/ids.ts";
import { pendingJobOfRun } from "../storage/job-queue.ts";
import { newestRolloutRows } from "../storage/live-rollouts.ts";
import { seriesNames, seriesPoints } from "../storage/run-metrics.ts";
import { getRun } from "../storage/runs.ts";

/** Speed is that of so many newest steps. */
const RECENT_STEPS = 10;
const OPENING_CHARACTERS = 160;

/** Kinds of job that train a run. */
export const TRAINING_KINDS = ["train", "resume"] as const;

/** Throws "not-found". */
export function liveProgress(db: ReadConnection, runId: RunId, engineMemoryBytes: number | null): LiveProgress {
  const run = getRun(db, runId);
  const job = pendingJobOfRun(db, runId, TRAINING_KINDS);
  const inWork = job?.status === "running";
  const from = run.lastStep - RECENT_STEPS + 1;
  const timings = seriesNames(db, runId).filter((name) => name.startsWith("time/"));
  const byPhase = timings.map((name) => ({ name, perStep: mean(recent(db, runId, name, from)) ?? 0 }));
  const msPerStep = byPhase.length === 0 ? null : byPhase.reduce((sum, { perStep }) => sum + perStep, 0);
  const rolloutMs = byPhase.find(({ name }) => name === "time/rollout")?.perStep ?? msPerStep ?? 0;
  const tokens = mean(recent(db, runId, "rollout/tokens", from)) ?? mean(recent(db, runId, "update/tokens", from));
  return {
    runId,
    jobId: job?.id ?? null,
    activity: inWork ? job.activity : "",
    lastStep: run.lastStep,
    totalSteps: run.totalSteps,
    msPerStep,
    msLeft: msPerStep === null ? null : msPerStep * Math.max(0, run.totalSteps - run.lastStep),
    tokensPerSecond: tokens === null || rolloutMs <= 0 ? null : (tokens * 1000) / rolloutMs,
    engineMemoryBytes: inWork ? engineMemoryBytes : null,
  };
}

/** Of the newest step first. Throws "not-found". */
export function newestRollouts(db: ReadConnection, runId: RunId, limit: number): LiveRollout[] {
  getRun(db, runId);
  return newestRolloutRows(db, runId, limit, OPENING_CHARACTERS).map(({ kept, ...row }) => ({ ...row, kept: kept === 1 }));
}

function recent(db: ReadConnection, runId: RunId, name: string, fromStep: number): number[] {
  return seriesPoints(db, runId, name, fromStep).flatMap(({ value }) => value ?? []);
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
