// Responses made on request (playground, compare, regenerate): what is asked for, and what comes back with all that proves where
// it came from.

import { z } from "zod";
import type { DeviceChoice } from "./device.ts";
import type { Verdict } from "./verdict.ts";

/** Which weights speak. */
export const weightsSourceSchema = z.discriminatedUnion("type", [
  /** A model folder, or "nano". */
  z.strictObject({ type: z.literal("base"), model: z.string().min(1).max(4096) }),
  /** What a run had trained after `step`; its newest checkpoint when absent. */
  z.strictObject({ type: z.literal("checkpoint"), runId: z.int().positive(), step: z.int().nonnegative().optional() }),
]);
export type WeightsSource = z.infer<typeof weightsSourceSchema>;

/** think: asked to reason first. empty: reasoning forced empty. plain: the message as it is. */
export const thinkModeSchema = z.enum(["think", "empty", "plain"]);
export type ThinkMode = z.infer<typeof thinkModeSchema>;

export const promptSourceSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string().min(1).max(200_000) }),
  /** A record stored with a dataset of the workspace; its answer is judged. */
  z.strictObject({ type: z.literal("record"), datasetId: z.int().positive(), recordId: z.string().min(1) }),
  /** The prompt of a stored rollout; judged by its record. */
  z.strictObject({ type: z.literal("rollout"), rolloutId: z.int().positive() }),
]);

/** One response; several seeds of one source are several asks. */
export const generationAskSchema = z.strictObject({
  source: weightsSourceSchema,
  mode: thinkModeSchema,
  seed: z.int().min(0).max(0xffffffff),
});
export type GenerationAsk = z.infer<typeof generationAskSchema>;

export const generationRequestSchema = z.strictObject({
  prompt: promptSourceSchema,
  asks: z.array(generationAskSchema).min(1).max(16),
  /** 0 = greedy. */
  temperature: z.number().min(0).max(10).default(1),
  topP: z.number().positive().max(1).default(1),
  topK: z.int().min(0).default(0),
  maxNewTokens: z.int().min(1).max(100_000).default(512),
});
export type GenerationRequest = z.infer<typeof generationRequestSchema>;

export interface GeneratedResponse {
  /** Position among the asks. */
  readonly index: number;
  readonly ask: GenerationAsk;
  /** The whole prompt the model got, pre-fill included. */
  readonly prompt: string;
  /** Pre-fill and generated text. */
  readonly text: string;
  readonly think: string | null;
  readonly answer: string | null;
  readonly finish: "stop" | "length" | "cancelled";
  readonly tokenIds: readonly number[];
  /** Text of each token. */
  readonly tokens: readonly string[];
  readonly logProbs: readonly number[];
  /** What identifies the weights and the template that spoke (SHA-256 hex). */
  readonly modelHash: string;
  readonly chatTemplateHash: string;
  /** Step of the checkpoint; null for a base model. */
  readonly step: number | null;
  /** Where it was computed, and why there. */
  readonly device: DeviceChoice;
  /** Where the prompt had a record to judge by. */
  readonly reward: GeneratedReward | null;
}

export interface GeneratedReward {
  readonly total: number;
  readonly format: number;
  readonly accuracy: number;
  readonly passed: number;
  readonly checks: number;
  readonly gate: string;
  /** Where a local judge answered, and why there; null where none was asked. */
  readonly judgeDevice: DeviceChoice | null;
  readonly verdicts: readonly Verdict[];
}

/** Per-token numbers of a stored rollout under chosen weights. Arrays are [T]. */
export interface TokenScores {
  readonly rolloutId: number;
  readonly tokens: readonly string[];
  readonly logProbs: readonly number[];
  /** Under the run's base model. */
  readonly refLogProbs: readonly number[];
  /** Nats. */
  readonly entropies: readonly number[];
  readonly modelHash: string;
  readonly step: number | null;
}
