// The calls about stored rollouts.

import type { tracesContract } from "../../../shared/contract/traces.ts";
import { depthTrend, groupTraces, queryTraces, traceFacets, tracePosition } from "../../services/traces.ts";
import { traceDetail } from "../../services/trace-detail.ts";
import { exportChunk, exportToFile } from "../../services/trace-export.ts";
import { traceTokens } from "../../services/trace-tokens.ts";
import type { RolloutId, RunId } from "../../storage/ids.ts";
import type { HandlersOf } from "../dispatch.ts";
import { withTraceRows, withTraceRowsOf } from "../trace-rows.ts";
import { userPath } from "../user-path.ts";

export const tracesHandlers: HandlersOf<typeof tracesContract> = {
  query: async ({ filter, sort, searchKey, ...page }, context) =>
    queryTraces(await withTraceRows(context, filter.runId as RunId), { filter, sort }, page, searchKey),
  groups: async ({ filter, sort, by, searchKey, ...page }, context) =>
    groupTraces(await withTraceRows(context, filter.runId as RunId), { filter, sort }, by, page, searchKey),
  position: async ({ filter, sort, rolloutId }, context) =>
    tracePosition(await withTraceRows(context, filter.runId as RunId), { filter, sort }, rolloutId),
  facets: async ({ runId }, context) => traceFacets(await withTraceRows(context, runId as RunId), runId as RunId),
  get: async ({ rolloutId }, context) => traceDetail(await withTraceRowsOf(context, rolloutId as RolloutId), rolloutId as RolloutId),
  tokens: ({ rolloutId }, { workspace }) => traceTokens(workspace.db, rolloutId as RolloutId),
  depthTrend: async ({ runId }, context) => depthTrend(await withTraceRows(context, runId as RunId), runId as RunId),
  exportChunk: async ({ filter, sort, format, ...page }, context) =>
    exportChunk(await withTraceRows(context, filter.runId as RunId), { filter, sort }, format, page),
  exportToFile: async ({ filter, sort, format, path }, context) =>
    exportToFile(await withTraceRows(context, filter.runId as RunId), { filter, sort }, format, userPath(path)),
};
