// Rows of editable datasets and their states. A state is written once and never changed; which one is the present one is said by
// collection_heads. What the columns of a state mean is decided by services/datasets/row-facets.ts.

import type { DatasetComposition, DraftRecord, RowState } from "../../shared/domain/dataset.ts";
import { allRows, column, eachRow, getRow, insert, run } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import type { CollectionId } from "./ids.ts";
import { indexedText } from "./search-terms.ts";

/** What a row is filtered and sorted by, made of its record. */
export interface StateColumns {
  readonly recordId: string;
  readonly split: string;
  readonly source: string;
  readonly format: string;
  readonly composition: DatasetComposition;
  readonly depth: number;
  readonly checks: number;
  readonly rulesJson: string;
  readonly tagsJson: string;
  readonly language: string;
  readonly length: number;
  readonly expert: 0 | 1;
  readonly state: RowState;
  readonly problem: string | null;
}

export interface StoredState extends StateColumns {
  readonly rowId: number;
  readonly stateId: number;
  readonly contentId: number;
  readonly textId: number;
}

/** Makes a row, as yet without a state. Undefined where the collection has one of the same content already. */
export function insertRow(
  db: WriteConnection,
  row: {
    readonly collectionId: CollectionId;
    readonly importId: number | null;
    readonly hash: Buffer;
    readonly originalJson: string | null;
  },
): number | undefined {
  const { changes, lastInsertRowid } = run(
    db,
    `INSERT INTO collection_rows (collection_id, import_id, content_hash, original_json) VALUES (?, ?, ?, ?)
     ON CONFLICT (collection_id, content_hash) DO NOTHING`,
    row.collectionId,
    row.importId,
    row.hash,
    row.originalJson,
  );
  return changes === 0 ? undefined : Number(lastInsertRowid);
}

/** `searchText`: what is searched; absent where it is that of `textId`, which then stays the one that is indexed. */
export interface NewContent {
  readonly recordJson: string;
  readonly text: { readonly searchText: string } | { readonly textId: number };
}

/** Writes a state with a new content. */
export function insertState(db: WriteConnection, rowId: number, content: NewContent, columns: StateColumns): number {
  const contentId = insert(db, "INSERT INTO collection_contents (record_json) VALUES (?)", content.recordJson);
  let textId = contentId;
  if ("textId" in content.text) textId = content.text.textId;
  else run(db, "INSERT INTO collection_texts_fts (rowid, text) VALUES (?, ?)", contentId, indexedText(content.text.searchText));
  return insertStateOf(db, rowId, contentId, textId, columns);
}

/** Writes a state of a content that is stored already. */
export function insertStateOf(db: WriteConnection, rowId: number, contentId: number, textId: number, columns: StateColumns): number {
  return insert(
    db,
    `INSERT INTO collection_states (row_id, content_id, text_id, record_id, split, source, format, composition, depth, checks,
       rules_json, tags_json, language, length, expert, state, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    rowId,
    contentId,
    textId,
    columns.recordId,
    columns.split,
    columns.source,
    columns.format,
    columns.composition,
    columns.depth,
    columns.checks,
    columns.rulesJson,
    columns.tagsJson,
    columns.language,
    columns.length,
    columns.expert,
    columns.state,
    columns.problem,
  );
}

const STATE = `s.row_id AS rowId, s.id AS stateId, s.content_id AS contentId, s.text_id AS textId, s.record_id AS recordId, s.split, s.source,
  s.format, s.composition, s.depth, s.checks, s.rules_json AS rulesJson, s.tags_json AS tagsJson, s.language, s.length, s.expert, s.state, s.problem`;

/** Present states of all rows, in their order, one at a time. */
export function eachPresentState(db: ReadConnection, id: CollectionId): Generator<StoredState> {
  return eachRow<StoredState>(
    db,
    `SELECT ${STATE} FROM collection_heads h JOIN collection_states s ON s.id = h.state_id WHERE h.collection_id = ? ORDER BY h.row_id`,
    id,
  );
}

/**
 * Of these rows the ones that there are, in their order. CROSS JOIN keeps SQLite from walking the whole dataset and the list for each of
 * its rows, which it prefers for the sake of the order where nothing was counted yet.
 */
export function presentStatesOf(db: ReadConnection, id: CollectionId, rowIds: readonly number[]): StoredState[] {
  return allRows<StoredState>(
    db,
    `SELECT ${STATE} FROM json_each(?) asked CROSS JOIN collection_heads h ON h.collection_id = ? AND h.row_id = asked.value
       JOIN collection_states s ON s.id = h.state_id ORDER BY h.row_id`,
    JSON.stringify(rowIds),
    id,
  );
}

/** Rows changed after a version, each once. */
export function rowsChangedSince(db: ReadConnection, id: CollectionId, version: number): number[] {
  return column<number>(
    db,
    "SELECT DISTINCT row_id FROM collection_changes WHERE collection_id = ? AND version > ? ORDER BY row_id",
    id,
    version,
  );
}

/** How many changes rowsChangedSince looks at. */
export function countChangedSince(db: ReadConnection, id: CollectionId, version: number): number {
  const sql = "SELECT count(*) FROM collection_changes WHERE collection_id = ? AND version > ?";
  return column<number>(db, sql, id, version)[0] ?? 0;
}

/** Names of the present records, in the order of their rows. */
export function recordIdsOf(db: ReadConnection, id: CollectionId): string[] {
  const sql =
    "SELECT s.record_id FROM collection_heads h JOIN collection_states s ON s.id = h.state_id WHERE h.collection_id = ? ORDER BY h.row_id";
  return column<string>(db, sql, id);
}

export function getState(db: ReadConnection, stateId: number): StoredState | undefined {
  return getRow<StoredState>(db, `SELECT ${STATE} FROM collection_states s WHERE s.id = ?`, stateId);
}

/** Records by state, of the states that there are. */
export function recordsOfStates(db: ReadConnection, stateIds: readonly number[]): Map<number, DraftRecord> {
  const rows = allRows<{ stateId: number; json: string }>(
    db,
    `SELECT s.id AS stateId, c.record_json AS json FROM json_each(?) asked CROSS JOIN collection_states s ON s.id = asked.value
       JOIN collection_contents c ON c.id = s.content_id`,
    JSON.stringify(stateIds),
  );
  return new Map(rows.map(({ stateId, json }) => [stateId, JSON.parse(json) as DraftRecord]));
}

/** Every field as imported; undefined where the first record is that, or there is no such row. */
export function originalOf(db: ReadConnection, rowId: number): Readonly<Record<string, unknown>> | undefined {
  const json = getRow<{ json: string | null }>(db, "SELECT original_json AS json FROM collection_rows WHERE id = ?", rowId)?.json;
  return json === undefined || json === null ? undefined : (JSON.parse(json) as Record<string, unknown>);
}

export interface WholeRow extends StoredState {
  readonly recordJson: string;
  readonly originalJson: string | null;
}

/** Rows of a version with everything, one at a time, in their order; the present ones without a version. */
export function eachWholeRow(db: ReadConnection, id: CollectionId, version?: number): Generator<WholeRow> {
  const whole = `${STATE}, c.record_json AS recordJson, r.original_json AS originalJson`;
  const joins = "JOIN collection_contents c ON c.id = s.content_id JOIN collection_rows r ON r.id = s.row_id";
  if (version === undefined) {
    const sql = `SELECT ${whole} FROM collection_heads h JOIN collection_states s ON s.id = h.state_id ${joins} WHERE h.collection_id = ? ORDER BY h.row_id`;
    return eachRow<WholeRow>(db, sql, id);
  }
  return eachRow<WholeRow>(
    db,
    `SELECT ${whole} FROM (${STATES_AT}) h JOIN collection_states s ON s.id = h.state_id ${joins} ORDER BY h.row_id`,
    id,
    version,
  );
}

/** The state of every row at a version: that of its last change up to then. */
const STATES_AT = `SELECT row_id, state_id FROM (
  SELECT row_id, after_state AS state_id, max(version) FROM collection_changes WHERE collection_id = ? AND version <= ? GROUP BY row_id
) WHERE state_id IS NOT NULL`;

/** Row id to state id at a version. */
export function statesAt(db: ReadConnection, id: CollectionId, version: number): Map<number, number> {
  const rows = allRows<{ row_id: number; state_id: number }>(db, STATES_AT, id, version);
  return new Map(rows.map((row) => [row.row_id, row.state_id]));
}

/** Contents in whose text the words of an FTS5 expression occur. */
export function matchingTexts(db: ReadConnection, expression: string): number[] {
  return column<number>(db, "SELECT rowid FROM collection_texts_fts WHERE collection_texts_fts MATCH ?", expression);
}
