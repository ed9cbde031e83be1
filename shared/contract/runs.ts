// Calls about training runs: listing, describing, comparing. Starting and steering them is training.ts.

import { z } from "zod";
import type { MetricSeries, RunDetail, RunSummary, SettingComparison } from "../domain/run.ts";
import { defineCall } from "./call.ts";

export const runIdSchema = z.int().positive();

export const runsContract = {
  /** Newest first; archived ones only when asked for. */
  list: defineCall(z.strictObject({ archived: z.boolean().default(false) }))<readonly RunSummary[]>(),
  get: defineCall(z.strictObject({ runId: runIdSchema }))<RunDetail>(),
  rename: defineCall(z.strictObject({ runId: runIdSchema, name: z.string().trim().min(1).max(200) }))<RunSummary>(),
  setNotes: defineCall(z.strictObject({ runId: runIdSchema, notes: z.string().max(100_000) }))<RunSummary>(),
  setTags: defineCall(z.strictObject({ runId: runIdSchema, tags: z.array(z.string().trim().min(1).max(50)).max(50) }))<RunSummary>(),
  setArchived: defineCall(z.strictObject({ runId: runIdSchema, archived: z.boolean() }))<RunSummary>(),
  /** Takes runs out of every list; `restore` undoes it until the workspace is tidied up. Refused for a run in work. */
  delete: defineCall(z.strictObject({ runIds: z.array(runIdSchema).min(1).max(1000) }))<{ readonly deleted: readonly number[] }>(),
  restore: defineCall(z.strictObject({ runIds: z.array(runIdSchema).min(1).max(1000) }))<{ readonly restored: readonly number[] }>(),
  compareSettings: defineCall(z.strictObject({ runIds: z.array(runIdSchema).min(1).max(20) }))<readonly SettingComparison[]>(),
  /** Series for charts: every (run, name) pair that has values, each with at most `maxPoints` points. Timings are named "time/<phase>" in ms. */
  metrics: defineCall(
    z.strictObject({
      runIds: z.array(runIdSchema).min(1).max(20),
      names: z.array(z.string().min(1).max(200)).min(1).max(200),
      fromStep: z.int().nonnegative().default(0),
      maxPoints: z.int().min(10).max(20_000).default(1000),
    }),
  )<readonly MetricSeries[]>(),
};
