// The experiments' Markdown table: one row a trained model and method, its accuracies, and its differences to the base.

import { accuracyInterval, pairedDifference, type Interval, type Outcome } from "../../electron/engine/benchmarks/confidence.ts";
import type { EvaluationMethod } from "../../electron/engine/benchmarks/methods.ts";

const SEED = 1;

/** One evaluation of one model on one held-out set, as stored. */
export interface ExperimentResult {
  /** Hash of everything that decides the numbers. */
  readonly key: string;
  readonly date: string;
  readonly variant: string;
  readonly seed: number;
  readonly set: string;
  readonly method: EvaluationMethod;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly modelHash: string;
  /** By position: checks that hold, and active ones. */
  readonly passed: readonly number[];
  readonly checks: readonly number[];
  readonly compositions: readonly string[];
  readonly meanTokens: number;
  readonly formatRate: number;
  readonly truncatedShare: number;
  readonly trainSeconds: number;
}

/** Results of one set; the base's own rows are what the others are compared with, record by record. */
export function comparisonTable(results: readonly ExperimentResult[]): string {
  const base = (method: string): ExperimentResult | undefined =>
    results.find((result) => result.variant === "base" && result.method === method);
  const kinds = [...new Set(results.flatMap((result) => result.compositions))];
  const header = ["model", "seed", "method", "request", "check", ...kinds, "tokens", "to base CoT", "to base no-think", "train s"];
  const rows = results.map((result) => [
    result.variant,
    result.variant === "base" ? "" : String(result.seed),
    result.method,
    cell(accuracyInterval(requests(result), { seed: SEED })),
    cell(accuracyInterval(checks(result), { seed: SEED })),
    ...kinds.map((kind) => percent(share(requests(result).filter((_, index) => result.compositions[index] === kind)))),
    result.meanTokens.toFixed(0),
    ...(["cot", "no-think"] as const).map((method) => difference(base(method), result)),
    result.variant === "base" ? "" : result.trainSeconds.toFixed(0),
  ]);
  return [header, header.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function requests({ passed, checks: active }: ExperimentResult): Outcome[] {
  return passed.map((count, index) => ({ passed: count === active[index] ? 1 : 0, total: 1 }));
}

function checks({ passed, checks: active }: ExperimentResult): Outcome[] {
  return passed.map((count, index) => ({ passed: count, total: active[index] as number }));
}

function difference(before: ExperimentResult | undefined, after: ExperimentResult): string {
  if (before === undefined || after.variant === "base") return "";
  const { estimate, low, high } = pairedDifference(requests(before), requests(after), { seed: SEED });
  return `${signed(estimate)} [${signed(low)}, ${signed(high)}]`;
}

function share(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((sum, outcome) => sum + outcome.passed, 0) / outcomes.length;
}

function cell({ estimate, low, high }: Interval): string {
  return `${percent(estimate)} [${percent(low)}, ${percent(high)}]`;
}

function percent(value: number): string {
  return Number.isFinite(value) ? (100 * value).toFixed(1) : "-";
}

function signed(value: number): string {
  return `${value >= 0 ? "+" : ""}${percent(value)}`;
}
