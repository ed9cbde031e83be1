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
