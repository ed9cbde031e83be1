// How accuracies and their differences look in a table for people: percentages with their interval.

interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** "62.4 [58.1, 66.5]", in per cent. */
export function accuracyCell(interval: Interval): string {
  return `${percent(interval.estimate)} [${percent(interval.low)}, ${percent(interval.high)}]`;
}

/** "+12.3 [+8.0, +16.4]", in percentage points. */
export function differenceCell(interval: Interval): string {
  return `${signed(interval.estimate)} [${signed(interval.low)}, ${signed(interval.high)}]`;
}

export function percent(share: number): string {
  return Number.isFinite(share) ? (100 * share).toFixed(1) : "-";
}

function signed(share: number): string {
  return `${share >= 0 ? "+" : ""}${percent(share)}`;
}
