// Calls about models: which there are, looking into one, letting one speak, measuring it, exporting what a run has trained.

import { z } from "zod";
import { generationRequestSchema, weightsSourceSchema } from "../domain/generation.ts";
import type { ModelDetail, ModelSummary } from "../domain/model.ts";
import { defineCall } from "./call.ts";
import { runIdSchema } from "./runs.ts";
import type { JobStarted } from "./training.ts";

/** Absent: the host asks with its own dialog; where it has none it answers "unsupported" and the page asks for the path. */
export const pathSchema = z.string().min(1).max(4096).optional();

export const modelsContract = {
  list: defineCall(z.strictObject({}))<readonly ModelSummary[]>(),
  /** Adds a folder in the Hugging Face layout to the list; nothing is copied. Null when the user gave up. */
  import: defineCall(z.strictObject({ path: pathSchema }))<ModelSummary | null>(),
  /**
   * A "download" job: fetches a model folder from a hub and adds it to the list. It does not wait for the engine. Asked again after a
   * break it goes on.
   */
  download: defineCall(
    z.strictObject({
      /** "owner/name" */
      repository: z
        .string()
        .regex(/^\w[\w.-]*\/\w[\w.-]*$/)
        .max(200),
      /** Address of the hub. Nothing is asked of it before. */
      endpoint: z
        .url({ protocol: /^https?$/ })
        .max(500)
        .default("https://huggingface.co"),
      revision: z
        .string()
        .regex(/^\w[\w./-]*$/)
        .max(200)
        .default("main"),
      /** A folder that does not exist yet; by default beside the own workspace. */
      to: pathSchema,
    }),
  )<JobStarted>(),
  /** Takes an imported folder off the list; its files stay. */
  forget: defineCall(z.strictObject({ name: z.string().min(1).max(4096) }))<{ readonly forgotten: boolean }>(),
  inspect: defineCall(z.strictObject({ name: z.string().min(1).max(4096) }))<ModelDetail>(),
  /** A "generate" job; text streams in `generation` events, the result holds the responses. */
  generate: defineCall(generationRequestSchema)<JobStarted>(),
  /** A "score" job: log-probabilities, reference log-probabilities and entropies of a stored rollout's tokens. */
  score: defineCall(z.strictObject({ rolloutId: z.int().positive(), source: weightsSourceSchema.optional() }))<JobStarted>(),
  /** An "evaluate" job. */
  evaluate: defineCall(
    z.strictObject({
      source: weightsSourceSchema,
      /** Name of a DatasetChoice. */
      data: z.string().min(1).max(4096),
      method: z.string().min(1).max(50).default("cot"),
      limit: z.int().min(1).optional(),
      maxNewTokens: z.int().min(1).max(100_000).default(512),
      temperature: z.number().min(0).max(10).default(0),
      seed: z.int().min(0).max(0xffffffff).default(1),
      /** Who answers the data's questions: local:<folder> or endpoint:<url>#<model>. */
      judge: z.string().max(4096).optional(),
    }),
  )<JobStarted>(),
  /** An "export" job: merged = a whole model folder; adapter = only the adapter, of runs that trained one. Null when the user gave up. */
  export: defineCall(
    z.strictObject({
      runId: runIdSchema,
      step: z.int().nonnegative().optional(),
      content: z.enum(["merged", "adapter"]).default("merged"),
      dtype: z.enum(["float32", "bfloat16", "float16"]).default("float32"),
      /** A folder that does not exist yet. */
      to: pathSchema,
    }),
  )<JobStarted | null>(),
  /**
   * Writes a copy of a listed model with the projections of its layers in 4 or 8 bits, beside the own workspace unless `to` says where,
   * and adds it to the list. Comes back when it is done: seconds for a small model, minutes for one of billions.
   */
  quantise: defineCall(
    z.strictObject({
      name: z.string().min(1).max(4096),
      bits: z.union([z.literal(4), z.literal(8)]),
      /** Weights that share a scale. */
      block: z.union([z.literal(16), z.literal(32), z.literal(64), z.literal(128), z.literal(256)]).default(32),
      to: pathSchema,
    }),
  )<QuantisedModel>(),
};

export interface QuantisedModel {
  /** On the list. */
  readonly name: string;
  readonly sourceBytes: number;
  readonly bytes: number;
  /** Each quantised matrix: root of summed squared differences over that of squared values, and the largest difference. */
  readonly layers: readonly { readonly name: string; readonly relative: number; readonly largest: number }[];
  /** Matrices that the blocks do not divide; they keep their weights. */
  readonly leftOut: readonly string[];
}
