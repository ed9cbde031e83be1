// The narrow rows behind the table of traces: what a step stored, read for making them, and writing them. Their meaning is in
// migration 3; what they are made of is services/trace-index.ts.

import { allRows, run, transaction, type ReadConnection, type SqlValue, type WriteConnection } from "./connection.ts";
import type { RunId } from "./ids.ts";

/** Steps of a run, or of all runs, whose rollouts have no rows yet. */
export function unindexedSteps(db: ReadConnection, runId?: RunId): { readonly runId: RunId; readonly step: number }[] {
  const where = runId === undefined ? "" : "AND run_id = ?";
  const values = runId === undefined ? [] : [runId];
  return allRows(db, `SELECT run_id AS runId, step FROM steps WHERE traces_indexed = 0 ${where} ORDER BY run_id, step`, ...values);
}

export interface RolloutToIndex {
  readonly rolloutId: number;
  readonly groupId: number;
  readonly groupIndex: number;
  readonly sampleIndex: number;
  readonly recordId: string;
  readonly promptId: number | null;
  readonly mode: string;
  readonly think: string | null;
  readonly reward: number;
  readonly formatReward: number;
  readonly accuracyReward: number;
  readonly checksPassed: number;
  readonly checksActive: number;
  readonly advantage: number | null;
  readonly length: number;
  readonly finish: string;
  readonly gate: string;
  readonly kept: number;
  readonly dropReason: string | null;
  readonly trained: number;
}

/** Rollouts of one step in order. */
export function rolloutsToIndex(db: ReadConnection, runId: RunId, step: number): RolloutToIndex[] {
  return allRows(
    db,
    `SELECT r.id AS rolloutId, g.id AS groupId, g.group_index AS groupIndex, r.sample_index AS sampleIndex, g.record_id AS recordId,
       p.id AS promptId, r.mode, r.think, r.reward, r.format_reward AS formatReward, r.accuracy_reward AS accuracyReward,
       r.checks_passed AS checksPassed, r.checks_active AS checksActive, r.advantage, length(r.token_ids) / 4 AS length, r.finish, r.gate,
       g.kept, g.drop_reason AS dropReason, r.trained
     FROM groups g JOIN rollouts r ON r.group_id = g.id LEFT JOIN group_prompts p ON p.group_id = g.id AND p.mode = r.mode
     WHERE g.run_id = ? AND g.step = ? ORDER BY g.group_index, r.sample_index`,
    runId,
    step,
  );
}

export interface VerdictToIndex {
  readonly rolloutId: number;
  readonly path: string;
  readonly ruleId: string;
  readonly kwargsJson: string;
  readonly expected: string;
  readonly state: string;
}

/** Verdicts of one step, by rollout and position. */
export function verdictsToIndex(db: ReadConnection, runId: RunId, step: number): VerdictToIndex[] {
  return allRows(
    db,
    `SELECT v.rollout_id AS rolloutId, v.path, v.rule_id AS ruleId, v.kwargs_json AS kwargsJson, v.expected, v.state
     FROM groups g JOIN rollouts r ON r.group_id = g.id JOIN verdicts v ON v.rollout_id = r.id
     WHERE g.run_id = ? AND g.step = ? ORDER BY v.rollout_id, v.position`,
    runId,
    step,
  );
}

export function promptText(db: ReadConnection, promptId: number): string {
  return allRows<{ prompt: string }>(db, "SELECT prompt FROM group_prompts WHERE id = ?", promptId)[0]?.prompt ?? "";
}

export interface DerivedColumns {
  readonly composition: string;
  readonly checkStates: string;
  readonly passes: boolean;
  readonly differs: boolean;
  readonly overlap: number | null;
  readonly named: number | null;
  readonly constraints: number | null;
  readonly checked: number | null;
  readonly revised: number | null;
  readonly depth: "shallow" | "deep" | null;
}

export type NewTraceRow = Omit<RolloutToIndex, "think"> & DerivedColumns;

const COLUMNS: readonly (readonly [column: string, value: (row: NewTraceRow) => SqlValue])[] = [
  ["group_index", (row) => row.groupIndex],
  ["sample_index", (row) => row.sampleIndex],
  ["rollout_id", (row) => row.rolloutId],
  ["group_id", (row) => row.groupId],
  ["prompt_id", (row) => row.promptId],
  ["record_id", (row) => row.recordId],
  ["composition", (row) => row.composition],
  ["mode", (row) => row.mode],
  ["reward", (row) => row.reward],
  ["format_reward", (row) => row.formatReward],
  ["accuracy_reward", (row) => row.accuracyReward],
  ["checks_passed", (row) => row.checksPassed],
  ["checks_active", (row) => row.checksActive],
  ["check_states", (row) => row.checkStates],
  ["advantage", (row) => row.advantage],
  ["length", (row) => row.length],
  ["finish", (row) => row.finish],
  ["gate", (row) => row.gate],
  ["kept", (row) => row.kept],
  ["drop_reason", (row) => row.dropReason],
  ["trained", (row) => row.trained],
  ["passes", (row) => (row.passes ? 1 : 0)],
  ["differs", (row) => (row.differs ? 1 : 0)],
  ["overlap", (row) => row.overlap],
  ["named", (row) => row.named],
  ["constraints", (row) => row.constraints],
  ["checked", (row) => row.checked],
  ["revised", (row) => row.revised],
  ["depth", (row) => row.depth],
];

const INSERT = `INSERT INTO trace_rows (run_id, step, ${COLUMNS.map(([column]) => column).join(", ")})
  VALUES (?, ?${", ?".repeat(COLUMNS.length)})`;

/** Replaces the rows of one step and marks it as done. */
export function writeTraceRows(db: WriteConnection, runId: RunId, step: number, rows: readonly NewTraceRow[]): void {
  transaction(db, () => {
    run(db, "DELETE FROM trace_rows WHERE run_id = ? AND step = ?", runId, step);
    for (const row of rows) run(db, INSERT, runId, step, ...COLUMNS.map(([, value]) => value(row)));
    run(db, "UPDATE steps SET traces_indexed = 1 WHERE run_id = ? AND step = ?", runId, step);
  });
}
