// What the host tells the interface unasked. Events are hints, at most ten a second a topic, and may skip: the newest one of a
// kind counts, and whoever gets one reads again by query. Nothing is only ever said in an event.

import type { JobKind, JobStatus } from "../domain/job.ts";
import type { RunStatus } from "../domain/run.ts";

export interface EventPayloads {
  /** A step was stored or the status changed. */
  readonly run: { readonly runId: number; readonly step: number; readonly totalSteps: number; readonly status: RunStatus };
  readonly job: {
    readonly jobId: number;
    readonly kind: JobKind;
    readonly runId: number | null;
    readonly status: JobStatus;
    /** 0 to 1, null while unknown. */
    readonly fraction: number | null;
    /** What it is doing, a few words; empty when there is nothing to say. */
    readonly activity: string;
  };
  readonly engine: EngineCondition;
  /** Rollouts of this step were stored. */
  readonly rollouts: { readonly runId: number; readonly step: number };
  /** The whole text generated so far, so that a skipped event loses nothing. */
  readonly generation: {
    readonly jobId: number;
    /** Position of the response among those asked for. */
    readonly index: number;
    readonly text: string;
    readonly tokens: number;
    readonly done: boolean;
  };
  /** Rows of a dataset that a change of many has gone through; none of it is to be seen before all is done. */
  readonly change: { readonly datasetId: number; readonly done: number; readonly total: number };
  /** Something other than steps and jobs changed: runs renamed, settings, datasets, another workspace opened. */
  readonly workspace: { readonly changed: "runs" | "settings" | "datasets" | "annotations" | "workspace" };
}

export type Topic = keyof EventPayloads;

/** How the one engine process of the workspace is. */
export interface EngineCondition {
  readonly state: "stopped" | "starting" | "idle" | "working" | "crashed";
  /** The job in work. */
  readonly jobId: number | null;
  /** Why it crashed: exit code or signal and its last lines; null otherwise. */
  readonly reason: string | null;
  /** The run that was cut off by the crash and can be resumed. */
  readonly interruptedRunId: number | null;
}
