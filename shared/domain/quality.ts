// What a check of a dataset finds, in which rows, and how it can be mended.

export const FINDING_TYPES = [
  "exact-duplicate",
  "near-duplicate",
  "conflicting-labels",
  "split-leakage",
  "benchmark-leakage",
  "impossible-constraints",
  "conflicting-constraints",
  "language-mismatch",
  "overlong-prompt",
  "failing-demonstration",
] as const;
export type FindingType = (typeof FINDING_TYPES)[number];

/** error: training or measuring on it is wrong; warning: most likely unwanted; note: look at it. */
export type FindingSeverity = "error" | "warning" | "note";

export interface FindingRow {
  /** Name of a reference the row belongs to; null: the dataset that is checked. */
  readonly reference: string | null;
  /** What fixes name the row by: the record's id in a file, the row's id in a dataset of the workspace. */
  readonly key: string;
  readonly recordId: string;
  /** Position in its dataset, from 0. */
  readonly index: number;
}

export type QualityFix =
  | { readonly type: "remove"; readonly rowKeys: readonly string[] }
  | { readonly type: "move-split"; readonly rowKeys: readonly string[]; readonly split: string }
  | { readonly type: "drop-demonstration"; readonly rowKeys: readonly string[] };

export interface QualityFinding {
  readonly type: FindingType;
  readonly severity: FindingSeverity;
  /** The row to look at first comes first. */
  readonly rows: readonly FindingRow[];
  readonly explanation: string;
  /** Ways to mend it, the advised one first; none where only a person can decide. */
  readonly fixes: readonly QualityFix[];
}

export interface QualityCounts {
  readonly records: number;
  readonly findings: number;
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
  readonly byType: Readonly<Partial<Record<FindingType, number>>>;
}
