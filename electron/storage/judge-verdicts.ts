// What judges have said, by a hash of everything that was asked, so that nothing is asked twice and a training that is resumed gets
// the same answers.

import { getRow, run, transaction, type ReadConnection, type WriteConnection } from "./connection.ts";

export interface StoredJudgeVerdict {
  /** SHA-256 hex. */
  readonly key: string;
  /** Who said it, for a person. */
  readonly judge: string;
  readonly yes: boolean;
  readonly margin?: number | undefined;
  readonly note?: string | undefined;
}

export function getJudgeVerdict(db: ReadConnection, key: string): StoredJudgeVerdict | undefined {
  const row = getRow<{ judge: string; yes: number; margin: number | null; note: string | null }>(
    db,
    "SELECT judge, yes, margin, note FROM judge_verdicts WHERE key = ?",
    key,
  );
  if (row === undefined) return undefined;
  const { judge, yes, margin, note } = row;
  return { key, judge, yes: yes === 1, ...(margin === null ? {} : { margin }), ...(note === null ? {} : { note }) };
}

/** What is stored already stays as it is. Throws storage errors. */
export function addJudgeVerdicts(db: WriteConnection, verdicts: readonly StoredJudgeVerdict[]): void {
  transaction(db, () => {
    for (const { key, judge, yes, margin, note } of verdicts) {
      const sql =
        "INSERT INTO judge_verdicts (key, judge, yes, margin, note, created_at_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
      run(db, sql, key, judge, yes ? 1 : 0, margin ?? null, note ?? null, Date.now());
    }
  });
}
