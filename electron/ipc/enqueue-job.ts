// Puts long work into the own workspace's queue and wakes the engine. What the kinds of job need is engine-host's business.

import type { JobStarted } from "../../shared/contract/training.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import type { JobArguments } from "../engine-host/job-arguments.ts";
import type { RunId } from "../storage/ids.ts";
import { createJob } from "../storage/jobs.ts";
import type { HostContext } from "./host-context.ts";

/** Throws "read-only" while another workspace is looked at: the ids of the request are that one's. */
export function enqueueJob({ workspace, workspaces, engine, publish }: HostContext, job: JobArguments, runId?: number): JobStarted {
  if (workspace.readOnly) {
    throw new WorkbenchError("read-only", "this workspace is only looked at", { hint: "Go back to your own workspace to work." });
  }
  const about = runId === undefined ? {} : { runId: runId as RunId };
  const jobId = workspaces.own.write((db) => createJob(db, { kind: job.kind, arguments: job, ...about }));
  publish("job", { jobId, kind: job.kind, runId: runId ?? null, status: "queued", fraction: null, activity: "" });
  engine.wake();
  return { jobId };
}
