// What is stored with a job so that the engine can run it, also after a restart: one schema a kind.

import { z } from "zod";
import { datasetFilterSchema } from "../../shared/domain/dataset.ts";
import { generationRequestSchema, weightsSourceSchema } from "../../shared/domain/generation.ts";
import { modelsContract } from "../../shared/contract/models.ts";
import { qualityCheckRequestSchema } from "../../shared/contract/quality.ts";
import { trainingContract, trainingRequestSchema } from "../../shared/contract/training.ts";

export const jobArgumentsSchema = z.union([
  z.strictObject({ kind: z.literal("train"), request: trainingRequestSchema }),
  z.strictObject({ kind: z.literal("train"), fork: trainingContract.fork.input }),
  z.strictObject({ kind: z.literal("resume"), runId: z.int().positive() }),
  z.strictObject({ kind: z.literal("probe"), request: trainingContract.preflight.input }),
  z.strictObject({ kind: z.literal("generate"), request: generationRequestSchema }),
  z.strictObject({
    kind: z.literal("verify"),
    request: z.strictObject({ datasetId: z.int().positive(), filter: datasetFilterSchema, path: z.string().optional() }),
  }),
  z.strictObject({ kind: z.literal("score"), rolloutId: z.int().positive(), source: weightsSourceSchema.optional() }),
  z.strictObject({ kind: z.literal("evaluate"), request: modelsContract.evaluate.input }),
  z.strictObject({ kind: z.literal("check"), request: qualityCheckRequestSchema }),
  z.strictObject({ kind: z.literal("synthesize"), synthesisId: z.int().positive() }),
  z.strictObject({
    kind: z.literal("export"),
    runId: z.int().positive(),
    step: z.int().nonnegative().optional(),
    content: z.enum(["merged", "adapter"]),
    dtype: z.enum(["float32", "bfloat16", "float16"]),
    to: z.string(),
  }),
]);
export type JobArguments = z.infer<typeof jobArgumentsSchema>;
