// What a user changes about a run after it was made: name, notes, tags, archive flag, and deletion that can be undone until the
// run is purged.

import { WorkbenchError } from "../../shared/errors.ts";
import { allRows, run, transaction } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import type { RunId } from "./ids.ts";
import { getRun } from "./runs.ts";

export function renameRun(db: WriteConnection, id: RunId, name: string): void {
  changeRun(db, id, "UPDATE runs SET name = ? WHERE id = ?", name, id);
}

export function setRunNotes(db: WriteConnection, id: RunId, notes: string): void {
  changeRun(db, id, "UPDATE runs SET notes = ? WHERE id = ?", notes, id);
}

export function setRunArchived(db: WriteConnection, id: RunId, archived: boolean): void {
  changeRun(db, id, "UPDATE runs SET archived = ? WHERE id = ?", archived ? 1 : 0, id);
}

/** Replaces the run's tags; doubles and outer white space go. */
export function setRunTags(db: WriteConnection, id: RunId, tags: readonly string[]): void {
  transaction(db, () => {
    getRun(db, id);
    run(db, "DELETE FROM run_tags WHERE run_id = ?", id);
    for (const tag of new Set(tags.map((text) => text.trim()).filter((text) => text !== ""))) {
      run(db, "INSERT INTO run_tags VALUES (?, ?)", id, tag);
    }
  });
}

/** Every tag in use with its number of runs, by name; deleted runs do not count. */
export function listTags(db: ReadConnection): { readonly tag: string; readonly runs: number }[] {
  return allRows(
    db,
    `SELECT tag, count(*) AS runs FROM run_tags JOIN runs ON runs.id = run_tags.run_id
     WHERE runs.deleted_at_ms IS NULL GROUP BY tag ORDER BY tag`,
  );
}

/** Takes the run out of every list; restoreRun undoes it. Throws "not-found", and "workspace-locked" for a run that is being worked on. */
export function markRunDeleted(db: WriteConnection, id: RunId, nowMs = Date.now()): void {
  transaction(db, () => {
    if (getRun(db, id).status === "running") {
      throw new WorkbenchError("workspace-locked", `run ${id} is being trained`, { where: db.name, hint: "Stop it first." });
    }
    run(db, "UPDATE runs SET deleted_at_ms = coalesce(deleted_at_ms, ?) WHERE id = ?", nowMs, id);
  });
}

export function restoreRun(db: WriteConnection, id: RunId): void {
  changeRun(db, id, "UPDATE runs SET deleted_at_ms = NULL WHERE id = ?", id);
}

/** Runs waiting to be purged, latest deletion first. */
export function listDeletedRuns(db: ReadConnection): { readonly id: RunId; readonly name: string; readonly deletedAtMs: number }[] {
  return allRows(
    db,
    `SELECT id, name, deleted_at_ms AS deletedAtMs FROM runs WHERE deleted_at_ms IS NOT NULL ORDER BY deleted_at_ms DESC, id DESC`,
  );
}

/**
 * Removes up to `maxSteps` steps of a run marked as deleted, newest first, and the run itself once none is left. Call it until it
 * says true: many short transactions leave a working engine room to write. Throws "invalid-argument" for a run that is not marked.
 */
export function purgeRunStepwise(db: WriteConnection, id: RunId, maxSteps = 5): boolean {
  return transaction(db, () => {
    if (getRun(db, id).deletedAtMs === undefined) {
      throw new WorkbenchError("invalid-argument", `run ${id} is not marked as deleted`, { where: db.name });
    }
    const { changes } = run(
      db,
      "DELETE FROM steps WHERE run_id = ? AND step IN (SELECT step FROM steps WHERE run_id = ? ORDER BY step DESC LIMIT ?)",
      id,
      id,
      maxSteps,
    );
    if (changes > 0) return false;
    run(db, "DELETE FROM runs WHERE id = ?", id);
    return true;
  });
}

function changeRun(db: WriteConnection, id: RunId, sql: string, ...values: readonly (string | number)[]): void {
  if (run(db, sql, ...values).changes === 0) getRun(db, id);
}
