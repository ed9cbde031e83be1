// Calls that set responses to one prompt side by side.

import { z } from "zod";
import { MAX_PANES, paneSourceSchema, PROMPT_FILTERS, type Comparison, type PaneChoice } from "../domain/comparison.ts";
import { defineCall } from "./call.ts";

const panesSchema = z.array(paneSourceSchema).min(2).max(MAX_PANES);

export const compareContract = {
  /** Everything a pane can show: steps of runs by mode, evaluations. */
  choices: defineCall(z.strictObject({ runId: z.int().positive().optional() }))<readonly PaneChoice[]>(),
  /** Prompts that at least two of the panes answered, in the order of the data. */
  prompts: defineCall(z.strictObject({ panes: panesSchema, filter: z.enum(PROMPT_FILTERS).default("all") }))<{
    readonly recordIds: readonly string[];
    readonly total: number;
  }>(),
  get: defineCall(z.strictObject({ panes: panesSchema, recordId: z.string().max(500) }))<Comparison>(),
};
