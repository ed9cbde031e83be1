// Calls that prepare, start and steer training sessions. Work that takes long gives a job id at once; see jobs.ts.

import { z } from "zod";
import { DEVICE_REQUESTS, type DeviceRequest } from "../domain/device.ts";
import type { HealthFinding } from "../domain/health.ts";
import type { DatasetChoice, LiveProgress, LiveRollout, Recipe, ResolvedSettings, SettingDescription } from "../domain/training.ts";
import { defineCall } from "./call.ts";
import { pathSchema } from "./models.ts";
import { runIdSchema } from "./runs.ts";

/** Changed settings by dotted key. */
const changesSchema = z.record(z.string().max(200), z.union([z.string(), z.number(), z.boolean()]));

export const trainingRequestSchema = z.strictObject({
  /** "nano", or the folder of an imported model. */
  model: z.string().min(1).max(4096),
  /** Name of a DatasetChoice. */
  data: z.string().min(1).max(4096),
  recipe: z.string().min(1).max(100).default("paper"),
  set: changesSchema.default({}),
  device: z.enum(DEVICE_REQUESTS).default("auto"),
  name: z.string().trim().max(200).optional(),
});
export type TrainingRequest = z.infer<typeof trainingRequestSchema>;

export interface JobStarted {
  readonly jobId: number;
}

export const trainingContract = {
  settings: defineCall(z.strictObject({}))<readonly SettingDescription[]>(),
  recipes: defineCall(z.strictObject({}))<readonly Recipe[]>(),
  datasets: defineCall(z.strictObject({}))<readonly DatasetChoice[]>(),
  /** Takes a JSONL file into the workspace; from then on the file is not needed. Null when the user gave up. */
  importData: defineCall(z.strictObject({ path: pathSchema }))<DatasetChoice | null>(),
  devices: defineCall(z.strictObject({}))<readonly { readonly id: DeviceRequest; readonly title: string }[]>(),
  /** Never fails on bad settings: names them in `problems`. With a model, also what does not fit its context. */
  resolve: defineCall(
    z.strictObject({
      recipe: z.string().max(100).default("paper"),
      set: changesSchema.default({}),
      model: z.string().min(1).max(4096).optional(),
    }),
  )<ResolvedSettings>(),
  /** A "probe" job; its result is the report, filled in as parts become known. */
  preflight: defineCall(z.strictObject({ ...trainingRequestSchema.shape, probeGroups: z.int().min(1).max(64).default(4) }))<JobStarted>(),
  /** A "train" job at the end of the queue; its run appears when the engine starts it. */
  start: defineCall(trainingRequestSchema)<JobStarted>(),
  /** Stops after the step in work, with a checkpoint to go on from to the same bits. */
  pause: defineCall(z.strictObject({ runId: runIdSchema }))<{ readonly requested: boolean }>(),
  /** Goes on with a paused, interrupted, failed or stopped run. */
  resume: defineCall(z.strictObject({ runId: runIdSchema }))<JobStarted>(),
  /** Ends the run after the step in work, with its weights saved. */
  stop: defineCall(z.strictObject({ runId: runIdSchema }))<{ readonly requested: boolean }>(),
  /** A new run from a checkpoint of another, with changed settings. */
  fork: defineCall(
    z.strictObject({
      runId: runIdSchema,
      /** Step of the checkpoint. */
      step: z.int().nonnegative(),
      set: changesSchema.default({}),
      name: z.string().trim().max(200).optional(),
    }),
  )<JobStarted>(),
  progress: defineCall(z.strictObject({ runId: runIdSchema }))<LiveProgress>(),
  health: defineCall(z.strictObject({ runId: runIdSchema }))<readonly HealthFinding[]>(),
  /** Of the newest step first. */
  newestRollouts: defineCall(z.strictObject({ runId: runIdSchema, limit: z.int().min(1).max(500).default(50) }))<readonly LiveRollout[]>(),
};
