// What a chart draws: series with a label and one of the eight fixed colours, put on a common axis of steps, smoothed, and written
// as CSV. Knows no canvas.

import { smooth } from "../../lib/smoothing.ts";

export interface ChartSeries {
  readonly key: string;
  readonly label: string;
  /** One sentence for a person who hovers over the legend. */
  readonly meaning: string;
  /** 1 to 8: --series-n. */
  readonly colour: number;
  readonly dashed?: boolean;
  readonly steps: readonly number[];
  readonly values: readonly (number | null)[];
}

export interface ChartTable {
  readonly steps: number[];
  /** One column a series in the same order; null where it has no value at the step. */
  readonly columns: (number | null)[][];
}

/** All series over the union of their steps. */
export function onCommonSteps(series: readonly Pick<ChartSeries, "steps" | "values">[]): ChartTable {
  const steps = [...new Set(series.flatMap((one) => one.steps))].sort((a, b) => a - b);
  const columns = series.map(({ steps: own, values }) => {
    const at = new Map(own.map((step, index) => [step, values[index] ?? null]));
    return steps.map((step) => at.get(step) ?? null);
  });
  return { steps, columns };
}

/** Smoothed in the order of each series' own steps. */
export function smoothed(series: readonly ChartSeries[], weight: number): ChartSeries[] {
  return series.map((one) => ({ ...one, values: smooth(one.values, weight) }));
}

/** Values that a logarithmic axis can show; others become gaps. */
export function positiveOnly(values: readonly (number | null)[]): (number | null)[] {
  return values.map((value) => (value !== null && value > 0 ? value : null));
}

/** RFC 4180: a column of steps and one for each series, empty where there is no value. */
export function toCsv(series: readonly ChartSeries[]): string {
  const { steps, columns } = onCommonSteps(series);
  const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = steps.map((step, row) => [String(step), ...columns.map((column) => String(column[row] ?? ""))]);
  return [["step", ...series.map(({ label }) => quote(label))], ...rows].map((cells) => `${cells.join(",")}\r\n`).join("");
}

/** Index of the step nearest to one, -1 without steps. Steps ascend. */
export function nearestIndex(steps: readonly number[], step: number): number {
  let best = -1;
  for (let index = 0; index < steps.length; index++) {
    if (best < 0 || Math.abs((steps[index] ?? 0) - step) < Math.abs((steps[best] ?? 0) - step)) best = index;
  }
  return best;
}
