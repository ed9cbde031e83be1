// What the traces pages show: rollouts as rows of a long table, groups of them, and what can be filtered and sorted. One rollout
// in full is trace-detail.ts.

import { z } from "zod";
import type { ReasoningDepth } from "./reasoning-depth.ts";

/** Kinds of composition; "unknown" where the record is no longer stored. */
export const TRACE_COMPOSITIONS = ["single", "and", "chain", "selection", "nested", "maths", "unknown"] as const;
export type TraceComposition = (typeof TRACE_COMPOSITIONS)[number];

/** think: with reasoning; empty: with a forced-empty think block. */
export type TraceMode = "think" | "empty";

export type DropReason = "reasoning-does-not-pay" | "zero-variance" | "surplus";

/**
 * passes: every active check holds and the gate is open; failures: the rest. different: rollouts of groups whose samples with
 * reasoning differ in at least one check. dropped: of groups left out of the update. truncated: cut at the length limit.
 */
export const TRACE_OUTCOMES = ["all", "passes", "failures", "different", "dropped", "truncated"] as const;
export type TraceOutcome = (typeof TRACE_OUTCOMES)[number];

export const SEARCH_SCOPES = ["prompt", "reasoning", "answer"] as const;
export type SearchScope = (typeof SEARCH_SCOPES)[number];

/**
 * text: every word has to occur, in any order, in the prompt or in the response; "a phrase" in quotes, a word's beginning with *,
 * -word excludes. regex: a JavaScript regular expression, applied to each part of its own.
 */
export const traceSearchSchema = z.strictObject({
  type: z.enum(["text", "regex"]),
  query: z.string().max(1000),
  scopes: z
    .array(z.enum(SEARCH_SCOPES))
    .min(1)
    .max(3)
    .default([...SEARCH_SCOPES]),
  /** Of a regular expression; text search never looks at case. */
  matchCase: z.boolean().default(false),
});
export type TraceSearch = z.infer<typeof traceSearchSchema>;

export const VERDICT_STATES = ["pass", "fail", "inactive", "blocked"] as const;

export const traceFilterSchema = z.strictObject({
  runId: z.int().positive(),
  fromStep: z.int().nonnegative().optional(),
  /** Inclusive. */
  toStep: z.int().nonnegative().optional(),
  compositions: z.array(z.enum(TRACE_COMPOSITIONS)).max(TRACE_COMPOSITIONS.length).optional(),
  /** Rollouts with a check of this rule, in this state where one is given. */
  rule: z.strictObject({ id: z.string().min(1).max(200), state: z.enum(VERDICT_STATES).optional() }).optional(),
  mode: z.enum(["think", "empty"]).optional(),
  outcome: z.enum(TRACE_OUTCOMES).default("all"),
  recordId: z.string().min(1).max(500).optional(),
  /** A part of the data: responses to records whose tag has this value, e.g. source "starter". */
  slice: z.strictObject({ tag: z.string().min(1).max(200), value: z.string().max(1000) }).optional(),
  groupId: z.int().positive().optional(),
  depth: z.enum(["shallow", "deep"]).optional(),
  /** Only rollouts with a vote or a comment. */
  annotated: z.boolean().default(false),
  search: traceSearchSchema.optional(),
});
export type TraceFilter = z.output<typeof traceFilterSchema>;

export const TRACE_COLUMNS = [
  "step",
  "record",
  "composition",
  "mode",
  "reward",
  "format",
  "accuracy",
  "checks",
  "advantage",
  "length",
  "finish",
  "gate",
  "kept",
  "overlap",
  "named",
  "checked",
  "revised",
  "depth",
] as const;
export type TraceColumn = (typeof TRACE_COLUMNS)[number];

/** Ties, and everything without a sort, are in the order of step, group and sample. */
export const traceSortSchema = z.strictObject({ column: z.enum(TRACE_COLUMNS), descending: z.boolean().default(false) });
export type TraceSort = z.output<typeof traceSortSchema>;

export interface TraceRow {
  readonly rolloutId: number;
  readonly groupId: number;
  readonly step: number;
  readonly groupIndex: number;
  readonly sampleIndex: number;
  readonly recordId: string;
  readonly composition: TraceComposition;
  readonly mode: TraceMode;
  readonly reward: number;
  readonly formatReward: number;
  readonly accuracyReward: number;
  readonly checksPassed: number;
  readonly checksActive: number;
  /** States of all checks in the order of the tree: p(ass), f(ail), i(nactive), b(locked). */
  readonly checkStates: string;
  readonly advantage: number | null;
  /** Sampled tokens. */
  readonly length: number;
  /** stop | length | cancelled */
  readonly finish: string;
  /** ok | bad-format | empty-answer | empty-think */
  readonly gate: string;
  /** Of its group. */
  readonly kept: boolean;
  readonly dropReason: DropReason | null;
  /** Whether its tokens were in the loss. */
  readonly trained: boolean;
  /** null for rollouts without reasoning. */
  readonly depth: ReasoningDepth | null;
  readonly vote: -1 | 0 | 1;
  readonly hasComment: boolean;
  /** First characters, line breaks as spaces. */
  readonly reasoningStart: string;
  readonly answerStart: string;
  /** Passage around the first hit of a search, hits between U+0001 and U+0002; null without a search. */
  readonly passage: string | null;
}

export interface TracePage {
  /** Rows that pass the filter. */
  readonly total: number;
  readonly offset: number;
  readonly rows: readonly TraceRow[];
  /** False where a regular expression ran out of its time: `total` then counts what was found until then. */
  readonly complete: boolean;
  /** What was searched, in words, where the search is incomplete. */
  readonly incompleteReason: string | null;
}

/** One prompt of one step, or over all steps, with what its rows that pass the filter come to. */
export interface TraceGroupRow {
  /** Group's id, or null where rows are put together by record over steps. */
  readonly groupId: number | null;
  readonly recordId: string;
  readonly composition: TraceComposition;
  readonly firstStep: number;
  readonly lastStep: number;
  /** Within one step; null over steps. */
  readonly groupIndex: number | null;
  /** Rows that pass the filter. */
  readonly matching: number;
  /** All samples. */
  readonly samples: number;
  readonly rewardMean: number;
  readonly rewardStd: number;
  readonly rewardMin: number;
  readonly rewardMax: number;
  /** Samples that pass every check. */
  readonly passes: number;
  /** null over steps. */
  readonly kept: boolean | null;
  readonly dropReason: DropReason | null;
  /** First characters of the user's text. */
  readonly promptStart: string;
  /** Ids of the matching rollouts in the table's order, at most 64. */
  readonly rolloutIds: readonly number[];
}

export interface TraceGroupPage {
  readonly total: number;
  readonly offset: number;
  readonly groups: readonly TraceGroupRow[];
  readonly complete: boolean;
  readonly incompleteReason: string | null;
}

/** What the filter panel offers, with counts over the whole run. */
export interface TraceFacets {
  readonly rollouts: number;
  readonly firstStep: number;
  readonly lastStep: number;
  readonly compositions: readonly { readonly value: TraceComposition; readonly rollouts: number }[];
  readonly modes: readonly { readonly value: TraceMode; readonly rollouts: number }[];
  readonly outcomes: readonly { readonly value: TraceOutcome; readonly rollouts: number }[];
  /** Tags of the run's data with few values, and their values; numbers and truth values as text. */
  readonly slices: readonly { readonly tag: string; readonly values: readonly { readonly value: string; readonly rollouts: number }[] }[];
  /** Most frequent first. */
  readonly rules: readonly {
    readonly ruleId: string;
    /** For a person, e.g. "length constraints: number words". */
    readonly label: string;
    readonly pass: number;
    readonly fail: number;
    readonly inactive: number;
    readonly blocked: number;
  }[];
}

/** Where a rollout stands in a filtered, sorted table; null where it is not in it. */
export interface TracePosition {
  readonly index: number | null;
  readonly total: number;
  readonly previous: number | null;
  readonly next: number | null;
}
