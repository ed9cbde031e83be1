// Growing a dataset: what is asked for, how a synthesis goes stage by stage, and what became of every sample.

import { z } from "zod";
import type { InstructionRecord } from "./instruction.ts";

/** What an instruction is composed of: "nested2" and "nested3" are compositions of that depth, "maths" has a number as reference. */
export const SYNTHESIS_SHAPES = ["single", "and", "chain", "selection", "nested2", "nested3", "maths"] as const;
export const synthesisShapeSchema = z.enum(SYNTHESIS_SHAPES);
export type SynthesisShape = z.infer<typeof synthesisShapeSchema>;

export const mixPartSchema = z.strictObject({
  shape: synthesisShapeSchema,
  /** Constraints of an "and"; absent: 2 to 5, drawn. */
  constraints: z.int().min(2).max(5).optional(),
  /** Share among all parts; any scale. */
  weight: z.number().positive().max(1e6),
});
export type MixPart = z.infer<typeof mixPartSchema>;

/** Who writes: templates, a model behind an OpenAI-compatible endpoint, or weights of this machine. */
export const synthesisSourceSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("templates") }),
  z.strictObject({
    type: z.literal("endpoint"),
    baseUrl: z.string().min(1).max(2000),
    model: z.string().min(1).max(500),
    /** Environment variable that holds the key; the key itself is never stored. */
    keyVariable: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/)
      .default("RAIF_ENDPOINT_KEY"),
    concurrency: z.int().min(1).max(64).default(4),
    timeoutMs: z.int().min(1000).max(3_600_000).default(120_000),
  }),
  z.strictObject({ type: z.literal("local"), model: z.string().min(1).max(4096) }),
]);
export type SynthesisSource = z.infer<typeof synthesisSourceSchema>;

export const synthesisRequestSchema = z.strictObject({
  count: z.int().min(1).max(100_000),
  /** The usual mix where absent. */
  mix: z.array(mixPartSchema).min(1).max(50).optional(),
  seed: z.int().min(0).max(0xffffffff).default(0),
  source: synthesisSourceSchema,
  /** Bounds the tokens of all answers, remembered ones included. */
  tokenBudget: z.int().positive().optional(),
  /** Samples to start at most. */
  maxSamples: z.int().positive().max(1_000_000).optional(),
  maxAnswerTokens: z.int().min(16).max(65_536).optional(),
  /** Yes/no questions about content to add to each instruction; what has some needs a judge to train on. Not with templates. */
  questions: z.int().min(0).max(5).default(0),
  /** Prompts that differ from the shipped ones, by name. */
  prompts: z.record(z.string().max(40), z.string().max(50_000)).default({}),
  /** Requests to start from: a file; the shipped ones where absent. */
  seeds: z.string().min(1).max(4096).optional(),
  /** Datasets whose prompts must not come again. */
  avoid: z.array(z.string().min(1).max(4096)).max(20).default([]),
});
export type SynthesisRequest = z.infer<typeof synthesisRequestSchema>;

/** What happened in one stage so far. */
export interface SynthesisStage {
  readonly name: string;
  /** Samples that came in and that went on. */
  readonly entered: number;
  readonly passed: number;
  /** Calls of a model, and how many of them were answered from the cache. */
  readonly requests: number;
  readonly cached: number;
  /** Paid in this session; what came from the cache costs nothing. */
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface RejectedSample {
  readonly index: number;
  readonly stage: string;
  readonly reason: string;
  /** As far as the sample got. */
  readonly sample: Readonly<Record<string, unknown>>;
}

export interface SynthesisOutcome {
  readonly records: readonly InstructionRecord[];
  readonly rejected: readonly RejectedSample[];
  readonly stages: readonly SynthesisStage[];
  /** SHA-256 of everything that words the instructions: prompts, or the templates' version. */
  readonly promptsHash: string;
  /** Fewer records than asked for, and why; null when all were made. */
  readonly shortfall: string | null;
}
