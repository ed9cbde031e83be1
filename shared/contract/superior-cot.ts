// Calls about the superior-CoT filter of a run: its decisions, and what another threshold would have kept.

import { z } from "zod";
import type { SuperiorCotGroup, SuperiorCotRun } from "../domain/superior-cot.ts";
import { defineCall } from "./call.ts";

export const superiorCotContract = {
  run: defineCall(z.strictObject({ runId: z.int().positive() }))<SuperiorCotRun>(),
  /** Groups of a run in order; `decision` compares with a threshold: margin >= threshold keeps. */
  groups: defineCall(
    z.strictObject({
      runId: z.int().positive(),
      threshold: z.number().min(-10).max(10).default(0),
      show: z.enum(["all", "kept", "dropped", "changed"]).default("all"),
      fromStep: z.int().nonnegative().optional(),
      toStep: z.int().nonnegative().optional(),
      offset: z.int().nonnegative(),
      limit: z.int().min(1).max(500),
    }),
  )<{ readonly total: number; readonly rows: readonly SuperiorCotGroup[] }>(),
};
