// What can be asked of the stored responses of a run: filter, search, order. The same shapes travel in calls and in links.

import { z } from "zod";

export const COMPOSITION_KINDS = ["single", "and", "chain", "selection", "nested", "math"] as const;
export type CompositionKind = (typeof COMPOSITION_KINDS)[number];

/** different: of groups whose responses differ in their checks. dropped: of groups that superior CoT or another filter left out. */
export const TRACE_OUTCOMES = ["all", "passes", "failures", "different", "dropped", "truncated"] as const;
export type TraceOutcome = (typeof TRACE_OUTCOMES)[number];

export const SEARCH_PLACES = ["everywhere", "prompt", "reasoning", "answer"] as const;
export type SearchPlace = (typeof SEARCH_PLACES)[number];

export const traceFilterSchema = z.strictObject({
  runId: z.int().positive(),
  fromStep: z.int().nonnegative().optional(),
  toStep: z.int().nonnegative().optional(),
  composition: z.enum(COMPOSITION_KINDS).optional(),
  /** Responses to instructions that have this rule. */
  ruleId: z.string().max(200).optional(),
  mode: z.enum(["think", "empty"]).optional(),
  outcome: z.enum(TRACE_OUTCOMES).default("all"),
  recordId: z.string().max(500).optional(),
  /** A tag of the dataset's records and its value, e.g. source and "starter". */
  slice: z.strictObject({ tag: z.string().max(100), value: z.string().max(200) }).optional(),
  search: z
    .strictObject({
      text: z.string().min(1).max(1000),
      /** words: every word occurs, in any order. pattern: a regular expression. */
      type: z.enum(["words", "pattern"]),
      where: z.enum(SEARCH_PLACES).default("everywhere"),
    })
    .optional(),
});
export type TraceFilter = z.input<typeof traceFilterSchema>;

export const TRACE_SORT_KEYS = ["step", "reward", "accuracy", "checks", "advantage", "tokens", "record", "mode", "depth"] as const;
export type TraceSortKey = (typeof TRACE_SORT_KEYS)[number];

/** Ties are broken by step, group and sample, so that an order is always the same. */
export const traceSortSchema = z.strictObject({ by: z.enum(TRACE_SORT_KEYS), descending: z.boolean() });
export type TraceSort = z.infer<typeof traceSortSchema>;
