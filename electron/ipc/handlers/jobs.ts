// The calls about long work. Jobs are always the own workspace's; what cannot be stopped by a row is told to the engine.

import type { jobsContract } from "../../../shared/contract/jobs.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { jobResult, summariseJob, summariseJobs, summariseQueue } from "../../services/job-views.ts";
import type { JobId } from "../../storage/ids.ts";
import { cancelQueuedJob, moveToFront } from "../../storage/job-queue.ts";
import { getJob } from "../../storage/jobs.ts";
import type { HandlersOf } from "../dispatch.ts";
import { publishJob } from "../enqueue-job.ts";

export const jobsHandlers: HandlersOf<typeof jobsContract> = {
  list: ({ limit }, { workspaces }) => summariseJobs(workspaces.own.db, limit),
  queue: (_, { workspaces }) => summariseQueue(workspaces.own.db),
  get: ({ jobId }, { workspaces }) => summariseJob(workspaces.own.db, jobId as JobId),
  result: ({ jobId }, { workspaces }) => jobResult(workspaces.own.db, jobId as JobId),
  cancel: ({ jobId }, context) => {
    const { workspaces, engine } = context;
    const id = jobId as JobId;
    if (workspaces.own.write((db) => cancelQueuedJob(db, id))) publishJob(context, id);
    else engine.cancel(id);
    return summariseJob(workspaces.own.db, id);
  },
  runNext: ({ jobId }, context) => {
    const { workspaces, engine } = context;
    const id = jobId as JobId;
    const { status } = getJob(workspaces.own.db, id);
    if (status !== "queued")
      throw new WorkbenchError("invalid-argument", `job ${jobId} does not wait`, { expected: "queued", got: status });
    workspaces.own.write((db) => moveToFront(db, id));
    publishJob(context, id);
    // After a crash this is what lets the queue go on.
    engine.wake();
    return summariseQueue(workspaces.own.db);
  },
};
