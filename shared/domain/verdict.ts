// What a reward says about one response: every check with its evidence, and the arithmetic that led to the number.

/** Half-open character range [start, end) in UTF-16 units of the answer text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What one checker says about one answer. */
export interface CheckResult {
  readonly passed: boolean;
  /** What was required, for a person: "at least 3 bullet points". */
  readonly expected: string;
  /** What was found: "2 bullet points". */
  readonly got: string;
  /** Where it was found in the answer (matches, counted items, offending places). */
  readonly spans: readonly Span[];
}

/** One leaf of the composition tree after verification. */
export interface Verdict extends CheckResult {
  /** Path from the root, e.g. "and.0", "selection.then.0.chain.1". Unique in a tree. */
  readonly path: string;
  /** Of the catalogue; "question", "math", or "custom:<name>" for other leaves. */
  readonly ruleId: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
  /**
   * pass | fail, or inactive: in a Selection branch that was not taken (does not count), or blocked: a Chain step after a failed one,
   * or what depends on something that does not hold (counts as fail).
   */
  readonly state: "pass" | "fail" | "inactive" | "blocked";
  /** Its part of the accuracy reward; the shares of all leaves sum to it. Absent in what older versions stored. */
  readonly share?: number | undefined;
  /** A judge's log-probability of "yes" less that of "no", where it can tell. */
  readonly margin?: number | undefined;
}

export interface Reward {
  /** format + accuracy. */
  readonly total: number;
  /** +1 or -1. */
  readonly format: number;
  /** Instructions: -2, 2 or s/n. Maths: 2, -1.5 or -2. */
  readonly accuracy: number;
  /** s: active checks that hold; n: active checks. For maths n = 1. Filled even when the gate failed, for evaluation. */
  readonly passed: number;
  readonly checks: number;
  /** Why the gate forced the minimum, if it did. */
  readonly gate: "ok" | "bad-format" | "empty-answer" | "empty-think";
  readonly verdicts: readonly Verdict[];
}
