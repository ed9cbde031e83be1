// Calls about long work: what waits, what runs, what came of it.

import { z } from "zod";
import type { JobResult, JobSummary } from "../domain/job.ts";
import { defineCall } from "./call.ts";

const jobIdSchema = z.int().positive();

export const jobsContract = {
  /** Newest first. */
  list: defineCall(z.strictObject({ limit: z.int().min(1).max(1000).default(100) }))<readonly JobSummary[]>(),
  /** The one in work, then those that wait, in the order they will run. */
  queue: defineCall(z.strictObject({}))<readonly JobSummary[]>(),
  get: defineCall(z.strictObject({ jobId: jobIdSchema }))<JobSummary>(),
  /** Null while there is nothing yet. */
  result: defineCall(z.strictObject({ jobId: jobIdSchema }))<JobResult | null>(),
  /** A waiting job goes; one in work stops as soon as it can, training without a checkpoint of the step in work. */
  cancel: defineCall(z.strictObject({ jobId: jobIdSchema }))<JobSummary>(),
  /** Moves a waiting job to the front of those that wait. */
  runNext: defineCall(z.strictObject({ jobId: jobIdSchema }))<readonly JobSummary[]>(),
};
