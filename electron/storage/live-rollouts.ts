// The newest responses of a run, as rows for a live stream; nothing of a row that is not shown is read.

import { allRows, type ReadConnection } from "./connection.ts";
import type { RolloutId, RunId } from "./ids.ts";

export interface LiveRolloutRow {
  readonly id: RolloutId;
  readonly step: number;
  readonly groupIndex: number;
  readonly sampleIndex: number;
  readonly mode: "think" | "empty";
  readonly reward: number;
  readonly accuracy: number;
  readonly checksPassed: number;
  readonly checksActive: number;
  readonly finish: string;
  readonly tokens: number;
  readonly kept: number;
  readonly dropReason: string | null;
  /** The first so many characters. */
  readonly opening: string;
}

/** Bytes of one token id as blobs.ts lays them out. */
const TOKEN_BYTES = 4;

/** Of the newest step first; within a step in order. */
export function newestRolloutRows(db: ReadConnection, runId: RunId, limit: number, openingCharacters: number): LiveRolloutRow[] {
  return allRows(
    db,
    `SELECT r.id, g.step, g.group_index AS groupIndex, r.sample_index AS sampleIndex, r.mode, r.reward, r.accuracy_reward AS accuracy,
       r.checks_passed AS checksPassed, r.checks_active AS checksActive, r.finish, length(r.token_ids) / ${TOKEN_BYTES} AS tokens,
       g.kept, g.drop_reason AS dropReason, substr(coalesce(nullif(trim(r.think), ''), r.answer, r.text), 1, ?) AS opening
     FROM groups g JOIN rollouts r ON r.group_id = g.id
     WHERE g.run_id = ? ORDER BY g.step DESC, g.group_index, r.sample_index LIMIT ?`,
    openingCharacters,
    runId,
    limit,
  );
}
