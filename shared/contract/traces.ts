// Calls about stored rollouts: the long table, one trace, its tokens, the trend of reasoning depth, and export of what is shown.

import { z } from "zod";
import type { DepthTrendPoint } from "../domain/reasoning-depth.ts";
import { traceFilterSchema, traceSortSchema } from "../domain/trace.ts";
import type { TraceFacets, TraceGroupPage, TracePage, TracePosition } from "../domain/trace.ts";
import type { TraceDetail, TraceTokens } from "../domain/trace-detail.ts";
import { defineCall } from "./call.ts";

const runIdSchema = z.int().positive();
const rolloutIdSchema = z.int().positive();
const view = { filter: traceFilterSchema, sort: traceSortSchema.optional() };
const page = { offset: z.int().nonnegative().default(0), limit: z.int().min(1).max(500).default(100) };

/** A later search with the same key ends an earlier one that is still going on, which then fails with "cancelled". */
const searchKey = z.string().max(100).optional();

export const EXPORT_FORMATS = ["jsonl", "csv", "html"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const tracesContract = {
  query: defineCall(z.strictObject({ ...view, ...page, searchKey }))<TracePage>(),
  /** The same rows put together by prompt: within a step ("group") or over steps ("record"), in the order of their first rows. */
  groups: defineCall(z.strictObject({ ...view, ...page, searchKey, by: z.enum(["group", "record"]) }))<TraceGroupPage>(),
  position: defineCall(z.strictObject({ ...view, rolloutId: rolloutIdSchema }))<TracePosition>(),
  facets: defineCall(z.strictObject({ runId: runIdSchema }))<TraceFacets>(),
  get: defineCall(z.strictObject({ rolloutId: rolloutIdSchema }))<TraceDetail>(),
  tokens: defineCall(z.strictObject({ rolloutId: rolloutIdSchema }))<TraceTokens>(),
  /** One point a step that has responses with reasoning. */
  depthTrend: defineCall(z.strictObject({ runId: runIdSchema }))<readonly DepthTrendPoint[]>(),
  /**
   * What is shown, in pieces to put together: the first has the head, the last (`nextOffset` null) the foot. HTML holds text only,
   * escaped, and loads nothing.
   */
  exportChunk: defineCall(
    z.strictObject({
      ...view,
      format: z.enum(EXPORT_FORMATS),
      offset: z.int().nonnegative().default(0),
      limit: z.int().min(1).max(2000).default(500),
    }),
  )<{ readonly text: string; readonly nextOffset: number | null; readonly total: number }>(),
  /** The same into a file; an existing one is replaced only when whole. */
  exportToFile: defineCall(z.strictObject({ ...view, format: z.enum(EXPORT_FORMATS), path: z.string().min(1).max(4096) }))<{
    readonly path: string;
    readonly rows: number;
    readonly bytes: number;
  }>(),
};
