// Verdict rows of rollouts and of evaluation items: one row a check, in the order the composition tree gives.

import type { Span, Verdict } from "../../shared/domain/verdict.ts";
import { allRows, run } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";

export type VerdictOwner = "rollout" | "evaluation-item";

const TABLES = {
  rollout: { table: "verdicts", key: "rollout_id" },
  "evaluation-item": { table: "evaluation_verdicts", key: "item_id" },
} as const satisfies Record<VerdictOwner, { table: string; key: string }>;

export function insertVerdicts(db: WriteConnection, owner: VerdictOwner, ownerId: number, verdicts: readonly Verdict[]): void {
  const { table, key } = TABLES[owner];
  const sql = `INSERT INTO ${table} (${key}, position, path, rule_id, kwargs_json, state, passed, expected, got, spans_json, share, margin)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
  verdicts.forEach((verdict, position) => {
    run(
      db,
      sql,
      ownerId,
      position,
      verdict.path,
      verdict.ruleId,
      JSON.stringify(verdict.kwargs),
      verdict.state,
      verdict.passed ? 1 : 0,
      verdict.expected,
      verdict.got,
      JSON.stringify(verdict.spans.map((span) => [span.start, span.end])),
      verdict.share ?? null,
      verdict.margin ?? null,
    );
  });
}

interface VerdictRow {
  readonly path: string;
  readonly ruleId: string;
  readonly kwargsJson: string;
  readonly state: Verdict["state"];
  readonly passed: number;
  readonly expected: string;
  readonly got: string;
  readonly spansJson: string;
  readonly share: number | null;
  readonly margin: number | null;
}

export function listVerdicts(db: ReadConnection, owner: VerdictOwner, ownerId: number): Verdict[] {
  const { table, key } = TABLES[owner];
  return allRows<VerdictRow>(
    db,
    `SELECT path, rule_id AS ruleId, kwargs_json AS kwargsJson, state, passed, expected, got, spans_json AS spansJson, share, margin
     FROM ${table} WHERE ${key} = ? ORDER BY position`,
    ownerId,
  ).map(({ kwargsJson, spansJson, passed, share, margin, ...rest }) => ({
    ...rest,
    kwargs: JSON.parse(kwargsJson) as Record<string, unknown>,
    passed: passed === 1,
    spans: (JSON.parse(spansJson) as [number, number][]).map(([start, end]): Span => ({ start, end })),
    ...(share === null ? {} : { share }),
    ...(margin === null ? {} : { margin }),
  }));
}
