// The calls about the superior-CoT filter.

import type { superiorCotContract } from "../../../shared/contract/superior-cot.ts";
import { superiorCotGroups, superiorCotRun } from "../../services/superior-cot-replay.ts";
import type { RunId } from "../../storage/ids.ts";
import type { HandlersOf } from "../dispatch.ts";
import { withTraceRows } from "../trace-rows.ts";

export const superiorCotHandlers: HandlersOf<typeof superiorCotContract> = {
  run: async ({ runId }, context) => superiorCotRun(await withTraceRows(context, runId as RunId), runId as RunId),
  groups: async ({ runId, ...query }, context) => superiorCotGroups(await withTraceRows(context, runId as RunId), runId as RunId, query),
};
