// What the stored numbers of a run say about whether it learns, in plain words.

export interface HealthFinding {
  readonly id:
    | "learning"
    | "no-steps"
    | "reward-flat"
    | "reward-spread-gone"
    | "length-collapse"
    | "kl-runaway"
    | "all-truncated"
    | "nothing-kept"
    | "entropy-collapse"
    | "gradient-spike"
    | "format-lost"
    | "loss-near-zero-is-normal"
    | "loss-rising"
    | "memory-short";
  readonly level: "good" | "note" | "warning" | "problem";
  /** One sentence: what is seen, with its numbers. */
  readonly message: string;
  /** What to do or to watch; empty when nothing. */
  readonly advice: string;
  /** Metrics it was read from, to highlight their charts. */
  readonly metrics: readonly string[];
}
