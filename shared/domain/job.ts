// Long work as a user sees it: what it is, how far it is, how it ended.

import type { AnswersChecked } from "./answer-check.ts";
import type { GeneratedResponse, TokenScores } from "./generation.ts";
import type { PreflightReport } from "./preflight.ts";

export const JOB_KINDS = [
  "train",
  "resume",
  "evaluate",
  "generate",
  "score",
  "probe",
  "export",
  "download",
  "check",
  "synthesize",
  "verify",
] as const;
export type JobKind = (typeof JOB_KINDS)[number];
export type JobStatus = "queued" | "running" | "interrupted" | "finished" | "failed" | "cancelled";

export interface JobSummary {
  readonly id: number;
  readonly kind: JobKind;
  readonly runId: number | null;
  /** What it works on, one line. */
  readonly title: string;
  readonly status: JobStatus;
  /** 0 to 1, null while unknown. */
  readonly fraction: number | null;
  readonly activity: string;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** What a job has made so far; whole once it is "finished". */
export type JobResult =
  | { readonly type: "run"; readonly runId: number; readonly steps: number }
  | { readonly type: "responses"; readonly responses: readonly GeneratedResponse[] }
  | { readonly type: "scores"; readonly scores: TokenScores }
  | { readonly type: "preflight"; readonly report: PreflightReport }
  | { readonly type: "evaluation"; readonly evaluationId: number }
  | { readonly type: "export"; readonly path: string }
  /** Of a dataset; findings are asked for by the check's id. */
  | { readonly type: "quality"; readonly checkId: number; readonly findings: number }
  | { readonly type: "synthesis"; readonly synthesisId: number; readonly accepted: number; readonly rejected: number }
  | { readonly type: "answers"; readonly checked: AnswersChecked }
  /** A model that was added to the list. */
  | { readonly type: "model"; readonly name: string };
