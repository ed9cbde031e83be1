// Answers to many rows of a dataset, checked together: how many follow their instruction, which do not and why, and where the two readings
// of the rules disagree.

/** A check that does not hold, or that the other reading sees differently. */
export interface CheckedLeaf {
  readonly path: string;
  /** Of the catalogue; "math" or "custom:<name>" for other leaves. */
  readonly ruleId: string;
  readonly expected: string;
  readonly got: string;
  readonly passed: boolean;
  /** What the other reading says, where that is something else. */
  readonly otherwise?: "pass" | "fail" | "inactive" | "blocked";
}

/** An answer that does not follow its instruction, or about which the readings disagree. */
export interface ListedAnswer {
  readonly rowId: number;
  /** Of the record. */
  readonly id: string;
  /** Which of the file's answers to that record, from 1. */
  readonly answer: number;
  /** Its words, long ones cut short. */
  readonly text: string;
  readonly outcome: "followed" | "failed" | "undecided";
  readonly passed: number;
  readonly checks: number;
  readonly leaves: readonly CheckedLeaf[];
}

export interface RuleTally {
  readonly ruleId: string;
  /** Leaves that counted. */
  readonly checked: number;
  readonly failed: number;
  readonly disagreeing: number;
}

export interface AnswersChecked {
  readonly datasetId: number;
  /** That was looked at. */
  readonly version: number;
  /** The file; null for the rows' own demonstrations. */
  readonly path: string | null;
  /** Of the view. */
  readonly rows: number;
  /** Rows with a label that can be checked, but without an answer. */
  readonly withoutAnswer: number;
  /** Rows whose answers nothing verifies, or with a label that cannot be used. */
  readonly unusable: number;
  /** Lines of the file about records that are not in the view. */
  readonly strangers: number;
  readonly answers: number;
  readonly followed: number;
  readonly failed: number;
  /** Nothing failed, but questions would have to be put to a judge. */
  readonly undecided: number;
  /** Answers about which the readings disagree, by at least one check. */
  readonly disagreeing: number;
  /** Most failures first. */
  readonly rules: readonly RuleTally[];
  /** Answers that fail, or about which the readings disagree: as many are listed. */
  readonly listedOf: number;
}

/** Which of the listed answers of a job. */
export interface CheckedAnswersFilter {
  readonly jobId: number;
  readonly show: "all" | "failed" | "disagreeing";
  /** Of a check that does not hold, or that is read in two ways. */
  readonly rule?: string | undefined;
}
