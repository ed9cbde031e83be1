// Calls for whoever writes instructions: the rules there are, and what a record and an answer to it are worth. They store nothing.

import { z } from "zod";
import { draftRecordSchema } from "../domain/dataset.ts";
import type { RecordCheck, RuleEntry, RuleSuggestion } from "../domain/record-check.ts";
import { defineCall } from "./call.ts";

export const recordsContract = {
  /** The whole catalogue, family by family. */
  rules: defineCall(z.strictObject({}))<readonly RuleEntry[]>(),
  /** The rules that an instruction's text seems to ask for, with where it does. */
  suggest: defineCall(z.strictObject({ text: z.string().max(50_000) }))<readonly RuleSuggestion[]>(),
  /** Never fails on a bad label: names what is wrong. */
  check: defineCall(z.strictObject({ record: draftRecordSchema, answer: z.string().max(200_000).optional() }))<RecordCheck>(),
};
