// Confidence intervals of accuracies by the percentile bootstrap (Efron and Tibshirani 1993, chapter 13). Records are the units
// that are drawn, so the checks of one record stay together; seeded, hence repeatable.

import { Random } from "../tensor/random.ts";

/** What one record adds to an accuracy: `passed` of `total`. An accuracy over records is sum of passed / sum of totals. */
export interface Outcome {
  readonly passed: number;
  readonly total: number;
}

export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly seed: number;
  /** Default 2000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly level?: number;
}

export const DEFAULT_RESAMPLES = 2000;
export const DEFAULT_LEVEL = 0.95;

/** Share that passed. NaN throughout where nothing was asked. */
export function accuracyInterval(outcomes: readonly Outcome[], options: BootstrapOptions): Interval {
  const passed = Float64Array.from(outcomes, (outcome) => outcome.passed);
  const total = Float64Array.from(outcomes, (outcome) => outcome.total);
  return bootstrap(outcomes.length, options, (rows) => shareOf(rows, passed, total));
}

/** Accuracy of `after` minus that of `before`; index i is the same record in both, and is drawn for both at once. */
export function pairedDifference(before: readonly Outcome[], after: readonly Outcome[], options: BootstrapOptions): Interval {
  if (before.length !== after.length) throw new RangeError(`${before.length} records cannot be paired with ${after.length}`);
  const columns = [before, after].map((outcomes) => ({
    passed: Float64Array.from(outcomes, (outcome) => outcome.passed),
    total: Float64Array.from(outcomes, (outcome) => outcome.total),
  })) as [Columns, Columns];
  const [first, second] = columns;
  return bootstrap(before.length, options, (rows) => shareOf(rows, second.passed, second.total) - shareOf(rows, first.passed, first.total));
}

interface Columns {
  readonly passed: Float64Array;
  readonly total: Float64Array;
}

function shareOf(rows: Int32Array, passed: Float64Array, total: Float64Array): number {
  let numerator = 0;
  let denominator = 0;
  for (const row of rows) {
    numerator += passed[row] as number;
    denominator += total[row] as number;
  }
  return numerator / denominator;
}

function bootstrap(count: number, options: BootstrapOptions, statistic: (rows: Int32Array) => number): Interval {
  const rows = Int32Array.from({ length: count }, (_, index) => index);
  const estimate = statistic(rows);
  if (!Number.isFinite(estimate)) return { estimate, low: estimate, high: estimate };
  const random = new Random(options.seed);
  const values = new Float64Array(options.resamples ?? DEFAULT_RESAMPLES);
  for (let resample = 0; resample < values.length; resample++) {
    for (let i = 0; i < count; i++) rows[i] = random.integer(count);
    values[resample] = statistic(rows);
  }
  const sorted = values.filter(Number.isFinite).sort();
  const tail = (1 - (options.level ?? DEFAULT_LEVEL)) / 2;
  return { estimate, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

/** Linear interpolation between order statistics (type 7 of Hyndman and Fan 1996). */
export function quantile(sorted: ArrayLike<number>, probability: number): number {
  const place = probability * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (place - below);
}
