// What a person thinks of responses: a vote and a comment on one, a preferred pane of a comparison. They hang on a rollout's place in
// its run, so that they outlive a resumed run, which writes the same rollouts again.

import { getRow, run, type ReadConnection, type WriteConnection } from "./connection.ts";
import { canonicalJson, sha256 } from "./hashing.ts";

export interface RolloutPlace {
  readonly runId: number;
  readonly step: number;
  readonly groupIndex: number;
  readonly sampleIndex: number;
}

export interface RolloutNote {
  readonly vote: -1 | 0 | 1;
  readonly comment: string;
}

/** Null where nobody said anything. */
export function getRolloutNote(db: ReadConnection, { runId, step, groupIndex, sampleIndex }: RolloutPlace): RolloutNote | null {
  const note = getRow<RolloutNote>(
    db,
    "SELECT vote, comment FROM rollout_annotations WHERE run_id = ? AND step = ? AND group_index = ? AND sample_index = ?",
    runId,
    step,
    groupIndex,
    sampleIndex,
  );
  return note ?? null;
}

/** No vote and no comment removes the note. */
export function setRolloutNote(db: WriteConnection, place: RolloutPlace, { vote, comment }: RolloutNote, nowMs = Date.now()): void {
  const { runId, step, groupIndex, sampleIndex } = place;
  if (vote === 0 && comment.trim() === "") {
    const sql = "DELETE FROM rollout_annotations WHERE run_id = ? AND step = ? AND group_index = ? AND sample_index = ?";
    run(db, sql, runId, step, groupIndex, sampleIndex);
    return;
  }
  run(
    db,
    `INSERT INTO rollout_annotations (run_id, step, group_index, sample_index, vote, comment, created_at_ms, updated_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET vote = excluded.vote, comment = excluded.comment, updated_at_ms = excluded.updated_at_ms`,
    runId,
    step,
    groupIndex,
    sampleIndex,
    vote,
    comment,
    nowMs,
    nowMs,
  );
}

export interface ComparisonNote {
  /** Index of the preferred pane; null for a comment without a preference. */
  readonly winner: number | null;
  readonly comment: string;
}

/** `panes` is what was set side by side, in order; its canonical JSON identifies the comparison. */
export function getComparisonNote(db: ReadConnection, recordId: string, panes: unknown): ComparisonNote | null {
  const note = getRow<ComparisonNote>(
    db,
    "SELECT winner, comment FROM comparison_annotations WHERE record_id = ? AND panes_key = ?",
    recordId,
    sha256(canonicalJson(panes)),
  );
  return note ?? null;
}

/** `seen` is kept as JSON: the panes with their texts and hashes, so that the vote means something when the sources are gone. */
export function setComparisonNote(
  db: WriteConnection,
  comparison: { readonly recordId: string; readonly panes: unknown; readonly seen: unknown },
  { winner, comment }: ComparisonNote,
  nowMs = Date.now(),
): void {
  run(
    db,
    `INSERT INTO comparison_annotations (record_id, panes_key, panes_json, winner, comment, created_at_ms, updated_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET panes_json = excluded.panes_json, winner = excluded.winner, comment = excluded.comment,
       updated_at_ms = excluded.updated_at_ms`,
    comparison.recordId,
    sha256(canonicalJson(comparison.panes)),
    JSON.stringify(comparison.seen),
    winner,
    comment,
    nowMs,
    nowMs,
  );
}
