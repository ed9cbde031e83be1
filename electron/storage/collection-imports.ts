// Imports into editable datasets. Rows come in pieces, each a transaction of its own so that others can write between them, and belong
// to the dataset from the moment the import is finished, as one version. One that was cut off leaves nothing that can be seen; its
// left-overs go with the next import.

import type { ImportProgress } from "../../shared/domain/dataset-files.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { allRows, column, eachRow, getRow, insert, run, transaction } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import { commitVersion, type AddedRows, type StateChange } from "./collection-versions.ts";
import { getCollection } from "./collections.ts";
import type { CollectionId } from "./ids.ts";

/** An import that has not said anything for so long has died. */
const SILENT_MS = 60_000;
const SEARCH_INDEX_BUFFER_BYTES = 16n * 1024n * 1024n;

/** Throws "not-found", and "workspace-locked" while another import into the same dataset is going on. */
export function startImport(db: WriteConnection, id: CollectionId, source: string): number {
  getCollection(db, id);
  for (const dead of deadImports(db, id)) discardImport(db, dead);
  return transaction(db, () => {
    // Words of many rows are put in order before they are written.
    run(db, "INSERT INTO collection_texts_fts (collection_texts_fts, rank) VALUES ('hashsize', ?)", SEARCH_INDEX_BUFFER_BYTES);
    if (getRow(db, "SELECT 1 FROM collection_imports WHERE collection_id = ? AND status = 'running'", id) !== undefined) {
      throw new WorkbenchError("workspace-locked", "another import into this dataset is going on", {
        hint: "Wait until it is done; one that was ended by force counts as dead after a minute.",
      });
    }
    const nowMs = Date.now();
    return insert(
      db,
      "INSERT INTO collection_imports (collection_id, source, status, created_at_ms, updated_at_ms) VALUES (?, ?, 'running', ?, ?)",
      id,
      source,
      nowMs,
      nowMs,
    );
  });
}

/** Imports that have died or were cancelled and have left something behind; of one dataset, or of all. */
export function deadImports(db: ReadConnection, id?: CollectionId): number[] {
  return column<number>(
    db,
    `SELECT id FROM collection_imports WHERE collection_id = coalesce(?, collection_id) AND (status = 'running' AND updated_at_ms < ?
       OR status = 'cancelled' AND EXISTS (SELECT 1 FROM collection_rows r WHERE r.import_id = collection_imports.id)) ORDER BY id`,
    id ?? null,
    Date.now() - SILENT_MS,
  );
}

/** Says that the import lives, and how far it is. Throws "cancelled" where somebody ended it or took it for dead. */
export function keepImportAlive(db: WriteConnection, importId: number, progress: ImportProgress): void {
  const sql = "UPDATE collection_imports SET updated_at_ms = ?, summary_json = ? WHERE id = ? AND status = 'running'";
  const { changes } = run(db, sql, Date.now(), JSON.stringify(progress), importId);
  if (changes === 0) throw new WorkbenchError("cancelled", "the import was cancelled");
}

/** Imports that are going on, each with how far it has come. */
export function runningImports(db: ReadConnection): (ImportProgress & { readonly datasetId: number; readonly importId: number })[] {
  const rows = allRows<{ importId: number; datasetId: number; json: string | null }>(
    db,
    `SELECT id AS importId, collection_id AS datasetId, summary_json AS json FROM collection_imports
     WHERE status = 'running' AND updated_at_ms >= ? ORDER BY id`,
    Date.now() - SILENT_MS,
  );
  return rows.map(({ json, ...row }) => ({
    fraction: 0,
    rows: 0,
    file: "",
    ...(JSON.parse(json ?? "{}") as Partial<ImportProgress>),
    ...row,
  }));
}

/** What an import that is done has said of itself; null where it is none or is not done. */
export function finishedImport(db: ReadConnection, importId: number): { readonly id: CollectionId; readonly summary: object } | null {
  const row = getRow<{ id: CollectionId; json: string }>(
    db,
    "SELECT collection_id AS id, summary_json AS json FROM collection_imports WHERE id = ? AND status = 'finished'",
    importId,
  );
  return row === undefined ? null : { id: row.id, summary: JSON.parse(row.json) as object };
}

/** The import ends at its next piece and takes away what it wrote. False where it is not going on. */
export function askToCancelImport(db: WriteConnection, importId: number): boolean {
  return run(db, "UPDATE collection_imports SET status = 'cancelled' WHERE id = ? AND status = 'running'", importId).changes > 0;
}

const DISCARDED_AT_ONCE = 5000;

/**
 * Takes everything away that an unfinished import has written: many short transactions, between which others can write. Where it is cut off
 * itself, the next import into the dataset goes on with it.
 */
export function discardImport(db: WriteConnection, importId: number): void {
  let from: number | undefined = beginDiscard(db, importId);
  while (from !== undefined) from = discardSome(db, importId, from);
}

/** Makes the list of what is to go; the number to begin discardSome with. On the same connection one at a time. */
export function beginDiscard(db: WriteConnection, importId: number): number {
  mergeDeletedWords(db, false);
  run(db, "UPDATE collection_imports SET status = 'cancelled', updated_at_ms = ? WHERE id = ?", Date.now(), importId);
  run(db, "DELETE FROM collection_rejects WHERE import_id = ?", importId);
  run(db, "CREATE TEMP TABLE IF NOT EXISTS discarded (state_id INTEGER PRIMARY KEY, row_id INTEGER, content_id INTEGER) STRICT");
  run(db, "DELETE FROM temp.discarded");
  // States know their row, not the other way round: one look at all of them.
  run(
    db,
    `INSERT INTO temp.discarded SELECT s.id, s.row_id, s.content_id FROM collection_states s
     WHERE EXISTS (SELECT 1 FROM collection_rows r WHERE r.id = s.row_id AND r.import_id = ?)`,
    importId,
  );
  return 0;
}

/** Share of a part of the index, in percent, that may be deleted before it is written anew: SQLite's default, and never. */
const [MERGED_FROM_PERCENT, NEVER] = [10n, 0n];

/** While all that came last goes, writing the index anew again and again would take most of the time. */
export function mergeDeletedWords(db: WriteConnection, isWanted: boolean): void {
  const sql = "INSERT INTO collection_texts_fts (collection_texts_fts, rank) VALUES ('deletemerge', ?)";
  run(db, sql, isWanted ? MERGED_FROM_PERCENT : NEVER);
}

/** Takes some states above `from` away, with their rows, contents and words; where to go on, undefined when nothing is left. */
export function discardSome(db: WriteConnection, importId: number, from: number): number | undefined {
  const sql = "SELECT max(state_id) AS last FROM (SELECT state_id FROM temp.discarded WHERE state_id > ? ORDER BY state_id LIMIT ?)";
  const last = getRow<{ last: number | null }>(db, sql, from, DISCARDED_AT_ONCE)?.last ?? null;
  if (last === null) {
    // Rows that have no state yet.
    run(db, "DELETE FROM collection_rows WHERE import_id = ?", importId);
    run(db, "DELETE FROM temp.discarded");
    mergeDeletedWords(db, true);
    return undefined;
  }
  // Somebody else may have taken them away meanwhile and given their ids to other rows.
  const some = (name: string): string =>
    `SELECT ${name} FROM temp.discarded d WHERE d.state_id > ? AND d.state_id <= ?
       AND EXISTS (SELECT 1 FROM collection_rows r WHERE r.id = d.row_id AND r.import_id = ?)`;
  transaction(db, () => {
    run(db, `DELETE FROM collection_texts_fts WHERE rowid IN (${some("content_id")})`, from, last, importId);
    run(db, `DELETE FROM collection_contents WHERE id IN (${some("content_id")})`, from, last, importId);
    run(db, `DELETE FROM collection_states WHERE id IN (${some("state_id")})`, from, last, importId);
    run(db, `DELETE FROM collection_rows WHERE id IN (${some("row_id")})`, from, last, importId);
  });
  return last;
}

/** Makes what was written part of the dataset, as its next version. */
export function finishImport(
  db: WriteConnection,
  importId: number,
  {
    title,
    changes,
    added,
    summary,
  }: {
    readonly title: string;
    readonly changes: readonly StateChange[];
    readonly added: readonly AddedRows[];
    readonly summary: object;
  },
): number {
  return transaction(db, () => {
    keepImportAlive(db, importId, { fraction: 1, rows: 0, file: "" });
    const { id } = getRow<{ id: CollectionId }>(db, "SELECT collection_id AS id FROM collection_imports WHERE id = ?", importId)!;
    run(db, "UPDATE collection_imports SET status = 'finished', summary_json = ? WHERE id = ?", JSON.stringify(summary), importId);
    return commitVersion(db, id, { kind: "import", title }, changes, added);
  });
}

/** The row that holds this content; `stateId` is the present one, null where the row was removed. */
export function findRow(
  db: ReadConnection,
  id: CollectionId,
  hash: Buffer,
): { readonly rowId: number; readonly importId: number | null; readonly stateId: number | null } | undefined {
  return getRow(
    db,
    `SELECT r.id AS rowId, r.import_id AS importId, h.state_id AS stateId FROM collection_rows r
     LEFT JOIN collection_heads h ON h.collection_id = r.collection_id AND h.row_id = r.id WHERE r.collection_id = ? AND r.content_hash = ?`,
    id,
    hash,
  );
}

/** The state in which a removed row was last. */
export function lastState(db: ReadConnection, id: CollectionId, rowId: number): number | undefined {
  return getRow<{ stateId: number }>(
    db,
    `SELECT before_state AS stateId FROM collection_changes WHERE collection_id = ? AND row_id = ? AND before_state IS NOT NULL
     ORDER BY version DESC LIMIT 1`,
    id,
    rowId,
  )?.stateId;
}

export interface NewReject {
  readonly kind: "bad" | "context";
  readonly hash: Buffer;
  readonly source: string;
  readonly split: string;
  readonly line: number;
  readonly field: string;
  readonly reason: string;
  readonly text: string;
}

/** False where the same thing was kept aside before. */
export function keepAside(db: WriteConnection, id: CollectionId, importId: number, reject: NewReject): boolean {
  const { changes } = run(
    db,
    `INSERT INTO collection_rejects (collection_id, import_id, kind, content_hash, source, split, line, field, reason, text)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (collection_id, content_hash) DO NOTHING`,
    id,
    importId,
    reject.kind,
    reject.hash,
    reject.source,
    reject.split,
    reject.line,
    reject.field,
    reject.reason,
    reject.text,
  );
  return changes > 0;
}

export interface StoredReject extends Omit<NewReject, "hash"> {
  readonly id: number;
  readonly importId: number;
}

/** What waits for repair, in the order it came in; rows that belong to others are not among them. */
export function listRejects(db: ReadConnection, id: CollectionId, limit = -1, offset = 0): StoredReject[] {
  return allRows<StoredReject>(
    db,
    `SELECT ${REJECT} FROM collection_rejects WHERE collection_id = ? AND kind = 'bad' AND status = 'waiting' ORDER BY id LIMIT ? OFFSET ?`,
    id,
    limit,
    offset,
  );
}

const REJECT = "id, import_id AS importId, kind, source, split, line, field, reason, text";

/** Throws "not-found" where it does not wait. */
export function getReject(db: ReadConnection, id: CollectionId, rejectId: number): StoredReject {
  const found = getRow<StoredReject>(
    db,
    `SELECT ${REJECT} FROM collection_rejects WHERE id = ? AND collection_id = ? AND kind = 'bad' AND status = 'waiting'`,
    rejectId,
    id,
  );
  if (found === undefined) throw new WorkbenchError("not-found", `no row ${rejectId} waits for repair`);
  return found;
}

/** The text stays as it was, for whoever asks later. */
export function settleReject(db: WriteConnection, rejectId: number, status: "repaired" | "discarded"): void {
  run(db, "UPDATE collection_rejects SET status = ? WHERE id = ?", status, rejectId);
}

/** Rows that are no records of their own but belong to others, as JSON, one at a time in the order they came in. */
export function eachContextRow(db: ReadConnection, id: CollectionId): Generator<{ readonly text: string; readonly reason: string }> {
  return eachRow(db, "SELECT text, reason FROM collection_rejects WHERE collection_id = ? AND kind = 'context' ORDER BY id", id);
}

export function hasContextRows(db: ReadConnection, id: CollectionId): boolean {
  return getRow(db, "SELECT 1 FROM collection_rejects WHERE collection_id = ? AND kind = 'context' LIMIT 1", id) !== undefined;
}
