// Jobs as the interface shows them: one line of what each works on, how far it is, what it has made. Reads only.

import type { JobKind, JobResult, JobSummary } from "../../shared/domain/job.ts";
import type { ReadConnection } from "../storage/connection.ts";
import type { JobId, RunId } from "../storage/ids.ts";
import { getJobHead, listJobHeads, newestJobHead, pendingJobHeads, type JobHead } from "../storage/job-queue.ts";
import { getJob } from "../storage/jobs.ts";
import { getRun } from "../storage/runs.ts";
import { flattenSettings } from "./run-views.ts";

/** Newest first. */
export function summariseJobs(db: ReadConnection, limit: number): JobSummary[] {
  return listJobHeads(db, limit).map((job) => summary(db, job));
}

/** Those in work, then those that wait, in the order they will run. */
export function summariseQueue(db: ReadConnection): JobSummary[] {
  return pendingJobHeads(db).map((job) => summary(db, job));
}

/** Throws "not-found". */
export function summariseJob(db: ReadConnection, id: JobId): JobSummary {
  return summary(db, getJobHead(db, id));
}

const ABOUT_PATHS = { check: "$.request.datasetId", verify: "$.request.datasetId", synthesize: "$.synthesisId" } as const;

/** The newest one of the kind that is about this dataset or synthesis; null where there never was one. */
export function summariseNewest(db: ReadConnection, kind: keyof typeof ABOUT_PATHS, about: number): JobSummary | null {
  const job = newestJobHead(db, kind, ABOUT_PATHS[kind], about);
  return job === undefined ? null : summary(db, job);
}

/** Null while there is nothing yet. Throws "not-found". */
export function jobResult(db: ReadConnection, id: JobId): JobResult | null {
  return (getJob(db, id).progress as { readonly result?: JobResult } | undefined)?.result ?? null;
}

function summary(db: ReadConnection, job: JobHead): JobSummary {
  const error = job.error as { readonly code?: string; readonly message?: string } | undefined;
  return {
    id: job.id,
    kind: job.kind as JobKind,
    runId: job.runId ?? null,
    title: title(db, job),
    status: job.status,
    fraction: job.fraction ?? null,
    activity: job.status === "running" ? job.activity : "",
    error: error === undefined ? null : { code: error.code ?? "internal-error", message: error.message ?? "no reason stored" },
    createdAtMs: job.createdAtMs,
    updatedAtMs: job.updatedAtMs,
  };
}

const VERBS: Readonly<Record<string, string>> = {
  train: "Train",
  resume: "Resume",
  fork: "Fork",
  evaluate: "Evaluate",
  generate: "Generate with",
  score: "Score",
  probe: "Pre-flight of",
  export: "Export",
  download: "Download",
  check: "Check",
  synthesize: "Synthesise",
  verify: "Check answers to dataset",
};

/** Arguments are read leniently: a title must not fail because a job comes from another version. */
function title(db: ReadConnection, { kind, arguments: given, runId }: JobHead): string {
  const values = flattenSettings(given);
  const text = (key: string): string | undefined => {
    const value = values[key];
    return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  };
  const about = (id: string | number | undefined): string => (id === undefined ? "" : `run ${id}${runName(db, Number(id))}`);
  const named = text("request.name");
  switch (kind) {
    case "train":
      if (text("fork.runId") !== undefined) return `${VERBS["fork"]} ${about(text("fork.runId"))} from step ${text("fork.step")}`;
      return named === undefined || named === "" ? `${VERBS[kind]} ${text("request.model")} on ${text("request.data")}` : named;
    case "probe":
      return `${VERBS[kind]} ${text("request.model")} on ${text("request.data")}`;
    case "evaluate":
      return `${VERBS[kind]} ${text("request.source.model") ?? about(text("request.source.runId"))} on ${text("request.data")}`;
    case "generate": {
      const asks = (values["request.asks"] ?? []) as readonly unknown[];
      return `Generate ${asks.length === 1 ? "a response" : `${asks.length} responses`}`;
    }
    case "check":
      return `${VERBS[kind]} dataset ${text("request.datasetId")}`;
    case "synthesize":
      return `${VERBS[kind]} records, synthesis ${text("synthesisId")}`;
    case "download":
      return `${VERBS[kind]} ${text("request.repository")}`;
    case "verify":
      return `${VERBS[kind]} ${text("request.datasetId")}`;
    case "score":
      return `${VERBS[kind]} response ${text("rolloutId")}`;
    default:
      return `${VERBS[kind] ?? kind} ${about(runId ?? text("runId"))}`.trim();
  }
}

function runName(db: ReadConnection, id: number): string {
  try {
    return `: ${getRun(db, id as RunId).name}`;
  } catch {
    return "";
  }
}
