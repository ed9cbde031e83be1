// Puts long work into the own workspace's queue and wakes the engine. What the kinds of job need is engine-host's business.

import type { JobStarted } from "../../shared/contract/training.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import type { JobArguments } from "../engine-host/job-arguments.ts";
import { summariseJob } from "../services/job-views.ts";
import type { JobId, RunId } from "../storage/ids.ts";
import { moveToFront } from "../storage/job-queue.ts";
import { createJob } from "../storage/jobs.ts";
import type { HostContext } from "./host-context.ts";

/** `first`: before whatever else waits. Throws "read-only" while another workspace is looked at: the ids of the request are that one's. */
export function enqueueJob(context: HostContext, job: JobArguments, runId?: number, first = false): JobStarted {
  const { workspace, workspaces, engine } = context;
  if (workspace.readOnly) {
    throw new WorkbenchError("read-only", "this workspace is only looked at", { hint: "Go back to your own workspace to work." });
  }
  const about = runId === undefined ? {} : { runId: runId as RunId };
  const jobId = workspaces.own.write((db) => {
    const id = createJob(db, { kind: job.kind, arguments: job, ...about });
    if (first) moveToFront(db, id);
    return id;
  });
  publishJob(context, jobId);
  engine.wake();
  return { jobId };
}

/** Says how a job stands that was changed by its row. */
export function publishJob({ workspaces, publish }: Pick<HostContext, "workspaces" | "publish">, id: JobId): void {
  const { kind, runId, status, fraction, activity } = summariseJob(workspaces.own.db, id);
  publish("job", { jobId: id, kind, runId, status, fraction, activity });
}
