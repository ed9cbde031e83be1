// Metrics and timings of a run as series. A timing's series is named "time/<phase>" and counts milliseconds.

import { allRows, getRow } from "./connection.ts";
import type { ReadConnection } from "./connection.ts";
import type { RunId } from "./ids.ts";

const TIMING_PREFIX = "time/";

/** Names of everything that has values, metrics first, each by name. */
export function seriesNames(db: ReadConnection, runId: RunId): string[] {
  const names = (sql: string): string[] => allRows<{ name: string }>(db, sql, runId).map((row) => row.name);
  return [
    ...names("SELECT DISTINCT name FROM metrics WHERE run_id = ? ORDER BY name"),
    ...names("SELECT DISTINCT name FROM timings WHERE run_id = ? ORDER BY name").map((name) => TIMING_PREFIX + name),
  ];
}

export interface SeriesPoint {
  readonly step: number;
  /** null where the step had no value. */
  readonly value: number | null;
}

/** One series by step; empty where the run has none of that name. */
export function seriesPoints(db: ReadConnection, runId: RunId, name: string, fromStep = 0): SeriesPoint[] {
  return name.startsWith(TIMING_PREFIX)
    ? allRows(
        db,
        "SELECT step, value_ms AS value FROM timings WHERE run_id = ? AND name = ? AND step >= ? ORDER BY step",
        runId,
        name.slice(TIMING_PREFIX.length),
        fromStep,
      )
    : allRows(db, "SELECT step, value FROM metrics WHERE run_id = ? AND name = ? AND step >= ? ORDER BY step", runId, name, fromStep);
}

/** Value of the newest step that has one. */
export function newestMetric(db: ReadConnection, runId: RunId, name: string): number | null {
  const sql = "SELECT value FROM metrics WHERE run_id = ? AND name = ? AND value IS NOT NULL ORDER BY step DESC LIMIT 1";
  return getRow<{ value: number }>(db, sql, runId, name)?.value ?? null;
}
