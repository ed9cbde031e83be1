// Calls that grow datasets: start a synthesis, see what it made and rejected, take what it made into a dataset.

import { z } from "zod";
import { synthesisRequestSchema, type RejectedSample, type SynthesisRequest, type SynthesisStage } from "../domain/synthesis.ts";
import type { InstructionRecord } from "../domain/instruction.ts";
import { defineCall } from "./call.ts";
import { datasetIdSchema, datasetNameSchema } from "./dataset.ts";
import type { JobStarted } from "./training.ts";

const synthesisIdSchema = z.int().positive();

export interface SynthesisSummary {
  readonly synthesisId: number;
  readonly request: SynthesisRequest;
  readonly accepted: number;
  readonly rejected: number;
  /** Empty until it is done. */
  readonly stages: readonly SynthesisStage[];
  readonly shortfall: string | null;
  readonly promptsHash: string | null;
  readonly done: boolean;
  readonly createdAtMs: number;
}

export type SynthesisSample =
  | { readonly type: "accepted"; readonly index: number; readonly record: InstructionRecord }
  | ({ readonly type: "rejected" } & RejectedSample);

export const synthesisContract = {
  /** What a model is asked, to read and to change. `places` have to stay in a text. */
  prompts: defineCall(z.strictObject({}))<{
    readonly hash: string;
    readonly prompts: readonly { readonly name: string; readonly text: string; readonly places: readonly string[] }[];
  }>(),
  /**
   * A "synthesize" job. Where it is cut off, jobs.again goes on with it and pays nothing twice. The endpoint's key is the secret
   * "endpoint-key:<host>" or "endpoint-key", or in the environment.
   */
  start: defineCall(synthesisRequestSchema)<JobStarted & { readonly synthesisId: number }>(),
  /** Newest first. */
  list: defineCall(z.strictObject({ limit: z.int().min(1).max(500).default(50) }))<readonly SynthesisSummary[]>(),
  get: defineCall(z.strictObject({ synthesisId: synthesisIdSchema }))<SynthesisSummary>(),
  /** Also while it goes on. */
  samples: defineCall(
    z.strictObject({
      synthesisId: synthesisIdSchema,
      type: z.enum(["accepted", "rejected"]).default("accepted"),
      /** Of rejected ones: where. */
      stage: z.string().max(40).optional(),
      offset: z.int().nonnegative().default(0),
      limit: z.int().min(1).max(500).default(50),
    }),
  )<{
    readonly total: number;
    readonly samples: readonly SynthesisSample[];
    /** Stages that rejected some, most first; of the whole synthesis. */
    readonly stages: readonly { readonly stage: string; readonly rejected: number }[];
  }>(),
  /** Puts what was accepted into a dataset, a new one of that name or one that there is. */
  keep: defineCall(
    z.strictObject({
      synthesisId: synthesisIdSchema,
      into: z.union([z.strictObject({ name: datasetNameSchema }), z.strictObject({ datasetId: datasetIdSchema })]),
    }),
  )<{ readonly datasetId: number; readonly version: number; readonly added: number }>(),
};
