// Versions of editable datasets. A version is a list of changes from one state of a row to another, applied to the heads in one
// transaction; undo, redo and restore add versions too, so that every state that ever was can be reached.

import type { VersionKind } from "../../shared/domain/dataset.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { allRows, column, getRow, run, snapshot, transaction } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import { statesAt } from "./collection-rows.ts";
import { getCollection, listVersions, type StoredVersion } from "./collections.ts";
import type { CollectionId } from "./ids.ts";

/** Null before: added; null after: removed. */
export interface StateChange {
  readonly rowId: number;
  readonly before: number | null;
  readonly after: number | null;
}

export interface NewVersion {
  readonly kind: VersionKind;
  readonly title: string;
  readonly about?: number;
}

/** Rows that are new, with states of their own: ids of both count up together. Millions of them take no more room than one. */
export interface AddedRows {
  readonly firstRowId: number;
  readonly firstStateId: number;
  readonly rows: number;
}

/** Applies the changes as the next version and gives its number; without a change nothing happens and it is the present one. */
export function commitVersion(
  db: WriteConnection,
  id: CollectionId,
  version: NewVersion,
  changes: readonly StateChange[],
  added: readonly AddedRows[] = [],
): number {
  const changed = added.reduce((count, { rows }) => count + rows, changes.length);
  const difference = changes.reduce((count, { before, after }) => count + (before === null ? 1 : 0) - (after === null ? 1 : 0), 0);
  return nextVersion(db, id, version, { changed, difference: difference + changed - changes.length }, (number) => {
    for (const change of changes) applyChange(db, id, number, change);
    for (const range of added) addRange(db, id, number, range);
  });
}

function nextVersion(
  db: WriteConnection,
  id: CollectionId,
  { kind, title, about }: NewVersion,
  { changed, difference }: { readonly changed: number; readonly difference: number },
  apply: (version: number) => void,
): number {
  return transaction(db, () => {
    const { version: present, rowCount } = getCollection(db, id);
    if (changed === 0) return present;
    const version = present + 1;
    const nowMs = Date.now();
    const rows = rowCount + difference;
    run(
      db,
      `INSERT INTO collection_versions (collection_id, version, kind, title, about, changed, row_count, created_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      version,
      kind,
      title,
      about ?? null,
      changed,
      rows,
      nowMs,
    );
    apply(version);
    run(db, "UPDATE collections SET version = ?, row_count = ?, updated_at_ms = ? WHERE id = ?", version, rows, nowMs, id);
    return version;
  });
}

/** Begins a list of changes that is kept out of memory, for commitStaged. On a connection one at a time. */
export function beginStaging(db: WriteConnection): void {
  run(db, "CREATE TEMP TABLE IF NOT EXISTS staged_changes (row_id INTEGER PRIMARY KEY, before_state INTEGER, after_state INTEGER) STRICT");
  run(db, "DELETE FROM temp.staged_changes");
}

/** The last change of a row counts. */
export function stageChange(db: WriteConnection, { rowId, before, after }: StateChange): void {
  run(db, "INSERT OR REPLACE INTO temp.staged_changes (row_id, before_state, after_state) VALUES (?, ?, ?)", rowId, before, after);
}

/** Takes the changes out of the list that begin at a state which is no longer the row's present one; gives their rows. */
export function unstageOutdated(db: WriteConnection, id: CollectionId): number[] {
  const outdated = `SELECT s.row_id FROM temp.staged_changes s LEFT JOIN collection_heads h ON h.collection_id = ? AND h.row_id = s.row_id
    WHERE h.state_id IS NOT s.before_state ORDER BY s.row_id`;
  const rowIds = column<number>(db, outdated, id);
  for (const rowId of rowIds) run(db, "DELETE FROM temp.staged_changes WHERE row_id = ?", rowId);
  return rowIds;
}

/** What commitVersion does, for the changes of the list. `versionOf` gets how many they are. */
export function commitStaged(
  db: WriteConnection,
  id: CollectionId,
  versionOf: (rows: number) => NewVersion,
): { readonly version: number; readonly changed: number } {
  return transaction(db, () => {
    const { changed, added, removed } = getRow<Record<"changed" | "added" | "removed", number>>(
      db,
      `SELECT count(*) AS changed, count(*) FILTER (WHERE before_state IS NULL) AS added, count(*) FILTER (WHERE after_state IS NULL) AS removed
       FROM temp.staged_changes`,
    )!;
    const number = nextVersion(db, id, versionOf(changed), { changed, difference: added - removed }, (next) => applyStaged(db, id, next));
    run(db, "DELETE FROM temp.staged_changes");
    return { version: number, changed };
  });
}

/** Statements over all rows at once: others wait meanwhile. */
function applyStaged(db: WriteConnection, id: CollectionId, version: number): void {
  run(
    db,
    `INSERT INTO collection_changes (collection_id, row_id, version, before_state, after_state)
     SELECT ?, row_id, ?, before_state, after_state FROM temp.staged_changes ORDER BY row_id`,
    id,
    version,
  );
  run(
    db,
    "DELETE FROM collection_heads WHERE collection_id = ? AND row_id IN (SELECT row_id FROM temp.staged_changes WHERE after_state IS NULL)",
    id,
  );
  run(
    db,
    `INSERT INTO collection_heads (collection_id, row_id, state_id)
     SELECT ?, row_id, after_state FROM temp.staged_changes WHERE after_state IS NOT NULL ORDER BY row_id
     ON CONFLICT (collection_id, row_id) DO UPDATE SET state_id = excluded.state_id`,
    id,
  );
}

function applyChange(db: WriteConnection, id: CollectionId, version: number, { rowId, before, after }: StateChange): void {
  run(
    db,
    "INSERT INTO collection_changes (collection_id, row_id, version, before_state, after_state) VALUES (?, ?, ?, ?, ?)",
    id,
    rowId,
    version,
    before,
    after,
  );
  if (after === null) run(db, "DELETE FROM collection_heads WHERE collection_id = ? AND row_id = ?", id, rowId);
  else if (before === null) run(db, "INSERT INTO collection_heads (collection_id, row_id, state_id) VALUES (?, ?, ?)", id, rowId, after);
  else run(db, "UPDATE collection_heads SET state_id = ? WHERE collection_id = ? AND row_id = ?", after, id, rowId);
}

function addRange(db: WriteConnection, id: CollectionId, version: number, { firstRowId, firstStateId, rows }: AddedRows): void {
  const counted = "WITH RECURSIVE counted (n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < ?)";
  run(
    db,
    `${counted} INSERT INTO collection_changes (collection_id, row_id, version, before_state, after_state)
     SELECT ?, ? + n, ?, NULL, ? + n FROM counted`,
    rows,
    id,
    firstRowId,
    version,
    firstStateId,
  );
  run(
    db,
    `${counted} INSERT INTO collection_heads (collection_id, row_id, state_id) SELECT ?, ? + n, ? + n FROM counted`,
    rows,
    id,
    firstRowId,
    firstStateId,
  );
}

/** What undo would take back and redo would bring again; undefined where there is nothing. */
export interface UndoState {
  readonly undo: StoredVersion | undefined;
  readonly redo: StoredVersion | undefined;
}

/** Read from the versions alone, so that it is the same after a restart. */
export function undoState(db: ReadConnection, id: CollectionId): UndoState {
  const done: StoredVersion[] = [];
  let undone: StoredVersion[] = [];
  for (const version of listVersions(db, id).reverse()) {
    const { kind } = version;
    if (kind === "create") continue;
    if (kind === "undo") {
      const last = done.pop();
      if (last !== undefined) undone.push(last);
    } else if (kind === "redo") {
      const last = undone.pop();
      if (last !== undefined) done.push(last);
    } else {
      done.push(version);
      undone = [];
    }
  }
  return { undo: done.at(-1), redo: undone.at(-1) };
}

/** Takes the last change that stands back. Throws "not-found" where there is none. */
export function undoVersion(db: WriteConnection, id: CollectionId): { readonly version: number; readonly changed: number } {
  return commitPrepared(db, id, () => {
    const { undo } = undoState(db, id);
    if (undo === undefined) throw new WorkbenchError("not-found", "there is nothing to undo", { where: getCollection(db, id).name });
    stageVersion(db, id, undo.version, "back");
    return { kind: "undo", title: `undo: ${undo.title}`, about: undo.version };
  });
}

/** Does what was last undone again. Throws "not-found" where there is nothing. */
export function redoVersion(db: WriteConnection, id: CollectionId): { readonly version: number; readonly changed: number } {
  return commitPrepared(db, id, () => {
    const { redo } = undoState(db, id);
    if (redo === undefined) throw new WorkbenchError("not-found", "there is nothing to redo", { where: getCollection(db, id).name });
    stageVersion(db, id, redo.version, "again");
    return { kind: "redo", title: `redo: ${redo.title}`, about: redo.version };
  });
}

/** Brings every row back as it was at a version. Throws "not-found". */
export function restoreVersion(
  db: WriteConnection,
  id: CollectionId,
  version: number,
): { readonly version: number; readonly changed: number } {
  return commitPrepared(db, id, () => {
    beginStaging(db);
    for (const change of differences(db, id, getCollection(db, id).version, version)) stageChange(db, change);
    return { kind: "restore", title: `restore version ${version}`, about: version };
  });
}

/** `prepare` makes the list before others have to wait, and once more where they have changed the dataset meanwhile. */
function commitPrepared(
  db: WriteConnection,
  id: CollectionId,
  prepare: () => NewVersion,
): { readonly version: number; readonly changed: number } {
  const prepared = snapshot(db, () => ({ present: getCollection(db, id).version, version: prepare() }));
  return transaction(db, () => {
    const version = getCollection(db, id).version === prepared.present ? prepared.version : prepare();
    return commitStaged(db, id, () => version);
  });
}

/** The changes of a version, or what takes them back, as the list. */
function stageVersion(db: WriteConnection, id: CollectionId, version: number, direction: "back" | "again"): void {
  beginStaging(db);
  const [before, after] = direction === "again" ? ["before_state", "after_state"] : ["after_state", "before_state"];
  run(
    db,
    `INSERT INTO temp.staged_changes (row_id, before_state, after_state)
     SELECT row_id, ${before}, ${after} FROM collection_changes WHERE collection_id = ? AND version = ? ORDER BY row_id`,
    id,
    version,
  );
}

/** What leads from the rows of one version to those of another, in the order of the rows. Throws "not-found". */
export function differences(db: ReadConnection, id: CollectionId, from: number, to: number): StateChange[] {
  for (const version of [from, to]) requireVersion(db, id, version);
  const [before, after] = [statesAt(db, id, from), statesAt(db, id, to)];
  const changes: StateChange[] = [];
  for (const rowId of new Set([...before.keys(), ...after.keys()])) {
    const change = { rowId, before: before.get(rowId) ?? null, after: after.get(rowId) ?? null };
    if (change.before !== change.after) changes.push(change);
  }
  return changes.sort((a, b) => a.rowId - b.rowId);
}

/** Throws "not-found". */
export function requireVersion(db: ReadConnection, id: CollectionId, version: number): void {
  if (getRow(db, "SELECT 1 FROM collection_versions WHERE collection_id = ? AND version = ?", id, version) !== undefined) return;
  throw new WorkbenchError("not-found", `the dataset has no version ${version}`, { expected: `0 to ${getCollection(db, id).version}` });
}

/** Versions that changed a row, oldest first. */
export function rowHistory(db: ReadConnection, id: CollectionId, rowId: number): StoredVersion[] {
  return allRows<StoredVersion>(
    db,
    `SELECT v.version, v.kind, v.title, v.about, v.changed, v.row_count AS rows, v.created_at_ms AS createdAtMs
     FROM collection_changes c JOIN collection_versions v ON v.collection_id = c.collection_id AND v.version = c.version
     WHERE c.collection_id = ? AND c.row_id = ? ORDER BY c.version`,
    id,
    rowId,
  );
}
