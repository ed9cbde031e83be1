// The calls about long work. Jobs are always the own workspace's; what cannot be stopped by a row is told to the engine.

import type { jobsContract } from "../../../shared/contract/jobs.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { jobArgumentsSchema } from "../../engine-host/job-arguments.ts";
import { jobResult, summariseJob, summariseJobs, summariseNewest, summariseQueue } from "../../services/job-views.ts";
import { TRAINING_KINDS } from "../../services/live-run.ts";
import type { JobId } from "../../storage/ids.ts";
import { cancelIdleJob, moveToFront } from "../../storage/job-queue.ts";
import { getJob } from "../../storage/jobs.ts";
import type { HandlersOf } from "../dispatch.ts";
import { enqueueJob, publishJob } from "../enqueue-job.ts";

export const jobsHandlers: HandlersOf<typeof jobsContract> = {
  list: ({ limit }, { workspaces }) => summariseJobs(workspaces.own.db, limit),
  queue: (_, { workspaces }) => summariseQueue(workspaces.own.db),
  get: ({ jobId }, { workspaces }) => summariseJob(workspaces.own.db, jobId as JobId),
  newest: ({ kind, about }, { workspaces }) => summariseNewest(workspaces.own.db, kind, about),
  result: ({ jobId }, { workspaces }) => jobResult(workspaces.own.db, jobId as JobId),
  cancel: ({ jobId }, context) => {
    const { workspaces, engine, downloads } = context;
    const id = jobId as JobId;
    if (workspaces.own.write((db) => cancelIdleJob(db, id))) publishJob(context, id);
    else if (!downloads.cancel(id)) engine.cancel(id);
    return summariseJob(workspaces.own.db, id);
  },
  again: ({ jobId }, context) => {
    const job = getJob(context.workspaces.own.db, jobId as JobId);
    if (!["failed", "interrupted", "cancelled"].includes(job.status)) {
      throw new WorkbenchError("invalid-argument", `job ${jobId} did not fail`, {
        expected: "failed, interrupted or cancelled",
        got: job.status,
      });
    }
    if (job.runId !== undefined && TRAINING_KINDS.some((kind) => kind === job.kind)) {
      throw new WorkbenchError("invalid-argument", `job ${jobId} has a run`, { hint: `Resume run ${job.runId} instead.` });
    }
    return enqueueJob(context, jobArgumentsSchema.parse(job.arguments), job.runId);
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
