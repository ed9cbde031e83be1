// Changes of many rows. New states come in pieces, each a transaction of its own so that others can write between them, and are seen once the
// edit is finished, as one version. One that was cut off leaves nothing that can be seen; its left-overs are found by their ids.

import { WorkbenchError } from "../../shared/errors.ts";
import { getRow, insert, run, transaction } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import { mergeDeletedWords } from "./collection-imports.ts";
import { beginStaging } from "./collection-versions.ts";
import { getCollection } from "./collections.ts";
import type { CollectionId } from "./ids.ts";

/** An edit that has not said anything for so long has died. */
const SILENT_MS = 60_000;

/** Throws "not-found". Several may go on at the same time: each is applied to what it finds at its end. */
export function startEdit(db: WriteConnection, id: CollectionId): number {
  while (discardSomeOfEdit(db, id));
  beginStaging(db);
  getCollection(db, id);
  return insert(db, "INSERT INTO collection_edits (collection_id, status, updated_at_ms) VALUES (?, 'running', ?)", id, Date.now());
}

/** What `write` writes is the edit's next piece. Throws "cancelled" where somebody took the edit for dead. */
export function writeEditPiece(db: WriteConnection, editId: number, write: () => void): void {
  transaction(db, () => {
    keepEditAlive(db, editId);
    const before = lastIds(db);
    write();
    const after = lastIds(db);
    if (after.state === before.state) return;
    const hasContents = after.content > before.content;
    run(
      db,
      "INSERT INTO collection_edit_pieces (edit_id, first_state, last_state, first_content, last_content) VALUES (?, ?, ?, ?, ?)",
      editId,
      before.state + 1,
      after.state,
      hasContents ? before.content + 1 : null,
      hasContents ? after.content : null,
    );
  });
}

/** New ids follow the last one, so that nobody else's lie between those of one transaction. */
function lastIds(db: ReadConnection): { readonly state: number; readonly content: number } {
  const sql = `SELECT coalesce((SELECT max(id) FROM collection_states), 0) AS state, coalesce((SELECT max(id) FROM collection_contents), 0) AS content`;
  return getRow(db, sql)!;
}

function keepEditAlive(db: WriteConnection, editId: number): void {
  const { changes } = run(db, "UPDATE collection_edits SET updated_at_ms = ? WHERE id = ? AND status = 'running'", Date.now(), editId);
  if (changes === 0) throw new WorkbenchError("cancelled", "the change was cancelled");
}

/** What it wrote stays. Inside the transaction that makes a version of it. Throws "cancelled" like writeEditPiece. */
export function finishEdit(db: WriteConnection, editId: number): void {
  keepEditAlive(db, editId);
  run(db, "DELETE FROM collection_edits WHERE id = ?", editId);
}

/** Takes away what it wrote, in many short transactions. */
export function discardEdit(db: WriteConnection, editId: number): void {
  dropEdit(db, editId);
  while (discardPiece(db, editId));
}

function dropEdit(db: WriteConnection, editId: number): void {
  mergeDeletedWords(db, false);
  run(db, "UPDATE collection_edits SET status = 'dropped' WHERE id = ?", editId);
}

/** Takes one piece of a dead edit away, of this dataset or of any; false where there is none. */
export function discardSomeOfEdit(db: WriteConnection, id?: CollectionId): boolean {
  const dead = getRow<{ id: number }>(
    db,
    "SELECT id FROM collection_edits WHERE collection_id = coalesce(?, collection_id) AND (status = 'dropped' OR updated_at_ms < ?) LIMIT 1",
    id ?? null,
    Date.now() - SILENT_MS,
  );
  if (dead === undefined) return false;
  dropEdit(db, dead.id);
  discardPiece(db, dead.id);
  return true;
}

/** False when it was the last one, and the edit is gone. */
function discardPiece(db: WriteConnection, editId: number): boolean {
  return transaction(db, () => {
    const piece = getRow<Record<"states" | "stateEnd", number> & Record<"contents" | "contentEnd", number | null>>(
      db,
      `SELECT first_state AS states, last_state AS stateEnd, first_content AS contents, last_content AS contentEnd
       FROM collection_edit_pieces WHERE edit_id = ? ORDER BY first_state LIMIT 1`,
      editId,
    );
    if (piece === undefined) {
      mergeDeletedWords(db, true);
      run(db, "DELETE FROM collection_edits WHERE id = ?", editId);
      return false;
    }
    const { states, stateEnd, contents, contentEnd } = piece;
    if (contents !== null) {
      const some = "SELECT id FROM collection_contents WHERE id BETWEEN ? AND ?";
      run(db, `DELETE FROM collection_texts_fts WHERE rowid IN (${some})`, contents, contentEnd);
      run(db, "DELETE FROM collection_contents WHERE id BETWEEN ? AND ?", contents, contentEnd);
    }
    run(db, "DELETE FROM collection_states WHERE id BETWEEN ? AND ?", states, stateEnd);
    run(db, "DELETE FROM collection_edit_pieces WHERE edit_id = ? AND first_state = ?", editId, states);
    return true;
  });
}
