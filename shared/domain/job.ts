// Long work as a user sees it: what it is, how far it is, how it ended.

export type JobKind = "train" | "resume" | "evaluate" | "generate" | "score" | "probe" | "export" | "import";
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
