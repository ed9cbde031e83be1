// Calls that look for what is wrong with a dataset, show it, and mend it.

import { z } from "zod";
import { FINDING_TYPES, type QualityCounts, type QualityFinding } from "../domain/quality.ts";
import { defineCall } from "./call.ts";
import { datasetIdSchema } from "./dataset.ts";
import type { JobStarted } from "./training.ts";

const checkIdSchema = z.int().positive();
const chosen = {
  checkId: checkIdSchema,
  types: z.array(z.enum(FINDING_TYPES)).min(1).optional(),
  severities: z
    .array(z.enum(["error", "warning", "note"]))
    .min(1)
    .optional(),
};
const shareSchema = z.number().min(0).max(1);

export const qualityCheckRequestSchema = z.strictObject({
  datasetId: datasetIdSchema,
  /** What to look for; everything by default. */
  types: z.array(z.enum(FINDING_TYPES)).min(1).optional(),
  duplicateThreshold: shareSchema.optional(),
  leakageThreshold: shareSchema.optional(),
  /** Names of other DatasetChoices that must not leak into this one. */
  against: z.array(z.string().min(1).max(4096)).max(50).optional(),
  /** Prompts are counted as this model gets them: "nano", or the folder of an imported one. */
  model: z.string().min(1).max(4096).optional(),
  maxPromptTokens: z.int().positive().optional(),
  maxNewTokens: z.int().positive().optional(),
});
export type QualityCheckRequest = z.infer<typeof qualityCheckRequestSchema>;

export interface QualityCheckSummary {
  readonly checkId: number;
  readonly datasetId: number;
  /** That was looked at; findings about rows that changed since may no longer hold. */
  readonly version: number;
  readonly counts: QualityCounts;
  readonly createdAtMs: number;
}

/** Keys of rows are row ids; those of references are their records' ids. */
export interface ListedFinding extends QualityFinding {
  readonly position: number;
  /** Version that mended it; null while it is open. */
  readonly fixedIn: number | null;
}

export interface FixedFindings {
  /** The new version; null where nothing was to change. */
  readonly version: number | null;
  /** Rows. */
  readonly changed: number;
  /** Findings. */
  readonly fixed: number;
  /** Findings left alone because a row of theirs was changed after the check. */
  readonly skipped: number;
}

export const qualityContract = {
  /** A "check" job; its result names the check. */
  check: defineCall(qualityCheckRequestSchema)<JobStarted>(),
  /** Newest first. */
  checks: defineCall(z.strictObject({ datasetId: datasetIdSchema }))<readonly QualityCheckSummary[]>(),
  findings: defineCall(
    z.strictObject({ ...chosen, offset: z.int().nonnegative().default(0), limit: z.int().min(1).max(500).default(100) }),
  )<{ readonly total: number; readonly findings: readonly ListedFinding[] }>(),
  /** Mends chosen findings, or all that are let through, as one version that can be undone. */
  fix: defineCall(
    z.strictObject({
      ...chosen,
      positions: z.array(z.int().nonnegative()).min(1).max(100_000).optional(),
      /** Which of a finding's fixes; 0 is the advised one. */
      fix: z.int().min(0).max(10).default(0),
    }),
  )<FixedFindings>(),
};
