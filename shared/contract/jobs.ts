// Calls about long work: what waits, what runs, what came of it.

import { z } from "zod";
import type { JobResult, JobSummary } from "../domain/job.ts";
import { defineCall } from "./call.ts";
import type { JobStarted } from "./training.ts";

const jobIdSchema = z.int().positive();

export const jobsContract = {
  /** Newest first. */
  list: defineCall(z.strictObject({ limit: z.int().min(1).max(1000).default(100) }))<readonly JobSummary[]>(),
  /** The one in work, then those that wait, in the order they will run. */
  queue: defineCall(z.strictObject({}))<readonly JobSummary[]>(),
  get: defineCall(z.strictObject({ jobId: jobIdSchema }))<JobSummary>(),
  /**
   * The newest job of the kind that is about this, whatever became of it: a dataset's id for "check" and "verify", a synthesis's for
   * "synthesize". Null where there never was one.
   */
  newest: defineCall(z.strictObject({ kind: z.enum(["check", "verify", "synthesize"]), about: jobIdSchema }))<JobSummary | null>(),
  /** Null while there is nothing yet. */
  result: defineCall(z.strictObject({ jobId: jobIdSchema }))<JobResult | null>(),
  /**
   * A waiting job goes; one in work stops as soon as it can, training without a checkpoint of the step in work. One that failed or
   * was cut off counts as cancelled from then on.
   */
  cancel: defineCall(z.strictObject({ jobId: jobIdSchema }))<JobSummary>(),
  /** The same work once more, for a job that failed, was cut off or cancelled; a training that has a run is resumed instead. */
  again: defineCall(z.strictObject({ jobId: jobIdSchema }))<JobStarted>(),
  /** Moves a waiting job to the front of those that wait. */
  runNext: defineCall(z.strictObject({ jobId: jobIdSchema }))<readonly JobSummary[]>(),
};
