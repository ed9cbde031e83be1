// Calls that keep what a person thinks of responses: a vote and a comment on one, a preferred pane of a comparison.

import { z } from "zod";
import { MAX_PANES, paneSourceSchema, type ComparisonVote } from "../domain/comparison.ts";
import { defineCall } from "./call.ts";

const comment = z.string().max(10_000);

export const annotationsContract = {
  getTrace: defineCall(z.strictObject({ rolloutId: z.int().positive() }))<{ readonly vote: number; readonly comment: string } | null>(),
  setTrace: defineCall(z.strictObject({ rolloutId: z.int().positive(), vote: z.int().min(-1).max(1), comment }))<null>(),
  setComparison: defineCall(
    z.strictObject({
      recordId: z.string().max(500),
      panes: z.array(paneSourceSchema).min(2).max(MAX_PANES),
      winner: z
        .int()
        .min(0)
        .max(MAX_PANES - 1)
        .nullable(),
      comment,
    }),
  )<ComparisonVote>(),
};
