// Two to four responses to one prompt side by side: which weights speak in a pane, what they said, where they differ.

import { z } from "zod";
import type { GenerationAsk } from "./generation.ts";
import type { ChatMessage } from "./instruction.ts";
import type { TraceComposition } from "./trace.ts";
import type { Verdict } from "./verdict.ts";

export const MAX_PANES = 4;

/** Who speaks in a pane. A stored rollout or evaluation item brings its own prompt mode. */
export const paneSourceSchema = z.discriminatedUnion("type", [
  /** A rollout of the run at this step, the first of its mode in the group. */
  z.strictObject({ type: z.literal("run"), runId: z.int().positive(), step: z.int().nonnegative(), mode: z.enum(["think", "empty"]) }),
  z.strictObject({ type: z.literal("rollout"), rolloutId: z.int().positive() }),
  z.strictObject({ type: z.literal("evaluation"), evaluationId: z.int().positive() }),
  /** Made on request: a response of a finished job "generate". */
  z.strictObject({ type: z.literal("generated"), jobId: z.int().positive(), index: z.int().min(0).max(15) }),
]);
export type PaneSource = z.infer<typeof paneSourceSchema>;

/** What a pane can be chosen from. */
export interface PaneChoice {
  readonly source: PaneSource;
  readonly label: string;
  /** Prompts it has an answer to. */
  readonly prompts: number;
}

export interface PaneProof {
  readonly proven: boolean;
  /** Why, in one sentence. */
  readonly reason: string;
  readonly modelHash: string | null;
  readonly adapterHash: string | null;
  readonly chatTemplateHash: string | null;
  readonly samplerHash: string | null;
  readonly seed: number | null;
}

/** A run of words of the reasoning and the panes that say it too. */
export interface DiffRun {
  readonly text: string;
  /** shared: every pane with reasoning says it at this place. own: not all do. */
  readonly type: "shared" | "own";
}

export interface ComparisonPane {
  readonly source: PaneSource;
  readonly label: string;
  /** Null where the source has no answer to this prompt. */
  readonly response: PaneResponse | null;
  readonly proof: PaneProof;
}

export interface PaneResponse {
  readonly rolloutId: number | null;
  readonly mode: GenerationAsk["mode"];
  readonly text: string;
  readonly think: string | null;
  readonly answer: string | null;
  /** The reasoning cut into runs; joined they are `think`. Empty without reasoning. */
  readonly thinkDiff: readonly DiffRun[];
  readonly tokens: number;
  readonly thinkWords: number;
  readonly answerWords: number;
  readonly finish: string;
  readonly reward: number | null;
  readonly passed: number;
  readonly checks: number;
  readonly verdicts: readonly Verdict[];
}

export interface ConstraintRow {
  readonly path: string;
  readonly ruleId: string;
  readonly expected: string;
  /** One a pane; state null where the pane has no response. A flip is measured against the first pane. */
  readonly cells: readonly {
    readonly state: Verdict["state"] | null;
    readonly got: string;
    readonly flip: "up" | "down" | null;
  }[];
}

export interface Comparison {
  readonly recordId: string;
  readonly composition: TraceComposition;
  /** Where the record is stored, for asking more weights the same; null where it is not. */
  readonly datasetId: number | null;
  readonly messages: readonly ChatMessage[];
  readonly panes: readonly ComparisonPane[];
  readonly grid: readonly ConstraintRow[];
  readonly flipsUp: number;
  readonly flipsDown: number;
  readonly vote: ComparisonVote | null;
}

export interface ComparisonVote {
  /** Index of the preferred pane, null for a comment without a vote. */
  readonly winner: number | null;
  readonly comment: string;
}

export const PROMPT_FILTERS = ["all", "different", "up", "down"] as const;
export type PromptFilter = (typeof PROMPT_FILTERS)[number];
