// Groups of a run with the accuracies that the superior-CoT decision was made of.

import { allRows, type ReadConnection } from "./connection.ts";
import type { RunId } from "./ids.ts";

export interface SuperiorCotRow {
  readonly groupId: number;
  readonly step: number;
  readonly groupIndex: number;
  readonly recordId: string;
  readonly dropReason: string | null;
  /** The decision as the trainer stored it. */
  readonly detailsJson: string | null;
  /** [[rollout id, accuracy, reward], ...] by sample, with and without reasoning. */
  readonly thinkJson: string;
  readonly emptyJson: string;
}

/** In the order of steps and groups. */
export function superiorCotRows(db: ReadConnection, runId: RunId): SuperiorCotRow[] {
  const samples = (mode: string): string =>
    `json_group_array(json_array(t.rollout_id, t.accuracy_reward, t.reward) ORDER BY t.sample_index) FILTER (WHERE t.mode = '${mode}')`;
  return allRows(
    db,
    `SELECT g.id AS groupId, g.step, g.group_index AS groupIndex, g.record_id AS recordId, g.drop_reason AS dropReason,
       g.details_json AS detailsJson, ${samples("think")} AS thinkJson, ${samples("empty")} AS emptyJson
     FROM trace_rows t JOIN groups g ON g.id = t.group_id WHERE t.run_id = ?
     GROUP BY t.step, t.group_index ORDER BY t.step, t.group_index`,
    runId,
  );
}
