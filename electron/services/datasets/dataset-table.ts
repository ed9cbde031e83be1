// The columns of a dataset in memory, so that filtering, counting and sorting millions of rows takes milliseconds. Read once, from the copy that
// an import leaves or else row by row; then only what versions since have changed.

import type { DatasetColumn, DatasetFilter, DatasetSort } from "../../../shared/domain/dataset.ts";
import { isWorkbenchError } from "../../../shared/errors.ts";
import { countChangedSince, eachPresentState, presentStatesOf, recordIdsOf, rowsChangedSince } from "../../storage/collection-rows.ts";
import { storedColumnsVersion } from "../../storage/collection-columns.ts";
import { getCollection } from "../../storage/collections.ts";
import type { ReadConnection, WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { readStoredTable, writeStoredTable } from "./stored-table.ts";
import { filterParts, passingPositions } from "./table-filter.ts";
import { ranks, sorted } from "./table-sort.ts";
import {
  columnsOf,
  joined,
  newDictionaries,
  type CodedName,
  type CodedValues,
  type DatasetTable,
  type PlainName,
  type Stretch,
} from "./table-columns.ts";

/** Rows of a table that pass a filter, in the order that was asked for. */
export interface TableView {
  readonly table: DatasetTable;
  readonly positions: Uint32Array;
}

/** One row of a table. */
export interface TableRow extends CodedValues, Readonly<Record<PlainName, number>> {
  readonly position: number;
}

interface Kept {
  readonly table: DatasetTable;
  readonly views: Map<string, TableView>;
  /** By position; read when first asked for. */
  recordIds: readonly string[] | undefined;
  idRanks: Uint32Array | undefined;
}

/** More changed rows than this share, and everything is read again. */
const RELOAD_SHARE = 0.2;
const FEW_ROWS = 1000;
const KEPT_VIEWS = 8;
const KEPT_TABLES = 4;

const tables = new WeakMap<ReadConnection, Map<CollectionId, Kept>>();

/** As it is now. Throws "not-found". */
export function datasetTable(db: ReadConnection, id: CollectionId): DatasetTable {
  return keptTable(db, id).table;
}

function keptTable(db: ReadConnection, id: CollectionId): Kept {
  const { version, rowCount } = getCollection(db, id);
  let ofConnection = tables.get(db);
  if (ofConnection === undefined) tables.set(db, (ofConnection = new Map<CollectionId, Kept>()));
  let kept = ofConnection.get(id);
  ofConnection.delete(id);
  if (kept?.table.version !== version) {
    const before = tableBefore(db, id, kept?.table);
    const table = before === undefined ? readAll(db, id, version, rowCount) : caughtUp(db, id, before, version);
    kept = { table, views: new Map(), recordIds: undefined, idRanks: undefined };
  }
  ofConnection.set(id, kept);
  if (ofConnection.size > KEPT_TABLES) ofConnection.delete(ofConnection.keys().next().value as CollectionId);
  return kept;
}

/** Fewer rows are read before a copy of them would be unpacked. */
const STORED_ROWS = 20_000;
/** More changed rows than this share, and the copy is made anew. */
const OUTDATED_SHARE = 0.05;

/**
 * Leaves a copy of a large dataset's table in the workspace, for processes to come; where the last one is nearly up to date it stays. Throws
 * nothing of the storage: without a copy the rows are read.
 */
export function leaveTable(db: WriteConnection, id: CollectionId, fewestRows = STORED_ROWS): void {
  const { rowCount } = getCollection(db, id);
  if (rowCount < fewestRows) return;
  const stored = storedColumnsVersion(db, id);
  if (stored !== undefined && countChangedSince(db, id, stored) <= rowCount * OUTDATED_SHARE) return;
  try {
    writeStoredTable(db, id, datasetTable(db, id));
  } catch (error) {
    if (!isWorkbenchError(error)) throw error;
  }
}

function readAll(db: ReadConnection, id: CollectionId, version: number, rowCount: number): DatasetTable {
  const dictionaries = newDictionaries();
  return { version, dictionaries, ...columnsOf(eachPresentState(db, id), rowCount, dictionaries) };
}

/** The table to begin with that is near enough to the present one: the one kept here, or else the copy. */
function tableBefore(db: ReadConnection, id: CollectionId, kept: DatasetTable | undefined): DatasetTable | undefined {
  const isNear = ({ version, size }: DatasetTable): boolean =>
    countChangedSince(db, id, version) <= Math.max(FEW_ROWS, size * RELOAD_SHARE);
  if (kept !== undefined && kept.version <= getCollection(db, id).version && isNear(kept)) return kept;
  const stored = readStoredTable(db, id);
  return stored !== undefined && isNear(stored) ? stored : undefined;
}

function caughtUp(db: ReadConnection, id: CollectionId, before: DatasetTable, version: number): DatasetTable {
  if (before.version === version) return before;
  const changed = rowsChangedSince(db, id, before.version);
  const { dictionaries } = before;
  const fresh = columnsOf(presentStatesOf(db, id, changed), changed.length, dictionaries);
  const stretches: Stretch[] = [];
  let [oldAt, freshAt] = [0, 0];
  for (const rowId of changed) {
    const at = placeOf(before.plain.rowId, rowId);
    if (at > oldAt) stretches.push({ from: "old", start: oldAt, end: at });
    oldAt = at + (before.plain.rowId[at] === rowId ? 1 : 0);
    // A row that was removed has no present state.
    if (fresh.plain.rowId[freshAt] === rowId) stretches.push({ from: "fresh", start: freshAt, end: ++freshAt });
  }
  stretches.push({ from: "old", start: oldAt, end: before.size });
  const size = stretches.reduce((sum, { start, end }) => sum + end - start, 0);
  return { version, dictionaries, ...joined(before, fresh, stretches, size) };
}

/** Where a row is in rows that count up, or would be. */
function placeOf(rowIds: Float64Array, rowId: number): number {
  let [low, high] = [0, rowIds.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rowIds[middle]! < rowId) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Undefined where the dataset has no such row. */
export function positionOf({ plain: { rowId: rowIds } }: DatasetTable, rowId: number): number | undefined {
  const at = placeOf(rowIds, rowId);
  return rowIds[at] === rowId ? at : undefined;
}

export function tableRow({ plain, codes, dictionaries }: DatasetTable, position: number): TableRow {
  const coded = <Name extends CodedName>(name: Name): CodedValues[Name] => dictionaries[name].values[codes[name][position]!]!;
  return {
    position,
    rowId: plain.rowId[position]!,
    stateId: plain.stateId[position]!,
    textId: plain.textId[position]!,
    checks: plain.checks[position]!,
    length: plain.length[position]!,
    split: coded("split"),
    source: coded("source"),
    format: coded("format"),
    composition: coded("composition"),
    depth: coded("depth"),
    language: coded("language"),
    expert: coded("expert"),
    state: coded("state"),
    problem: dictionaries.problem.values[codes.problem[position]!] ?? null,
    rules: coded("rules"),
    tags: coded("tags"),
  };
}

/** Rows `start` to `end` of a view, all by default. */
export function viewRows({ table, positions }: TableView, start = 0, end = positions.length): TableRow[] {
  return Array.from(positions.subarray(start, end), (position) => tableRow(table, position));
}

/** The rows that pass, in order; equal ones in the order of the dataset. Remembered while the dataset does not change. Throws "not-found". */
export function tableView(db: ReadConnection, id: CollectionId, filter: DatasetFilter, sort?: DatasetSort): TableView {
  const kept = keptTable(db, id);
  const key = JSON.stringify([filter, sort ?? null]);
  let view = kept.views.get(key);
  if (view === undefined) {
    const { table } = kept;
    const passing = passingPositions(table, filterParts(db, table, filter));
    view = { table, positions: sort === undefined ? passing : sorted(passing, sort, sortKeys(db, id, kept, sort.column)) };
    kept.views.set(key, view);
    if (kept.views.size > KEPT_VIEWS) kept.views.delete(kept.views.keys().next().value as string);
  }
  return view;
}

/** Whole numbers from 0 that are in the order of the values, by position. */
function sortKeys(db: ReadConnection, id: CollectionId, kept: Kept, column: DatasetColumn): ArrayLike<number> {
  const { plain, codes, dictionaries, size } = kept.table;
  switch (column) {
    case "position":
      return Uint32Array.from({ length: size }, (_, position) => position);
    case "checks":
    case "length":
      return plain[column];
    case "id":
      return (kept.idRanks ??= ranks((kept.recordIds ??= recordIdsOf(db, id))));
    case "tags": {
      const ofCode = ranks(dictionaries.tags.values.map((tags) => tags.join(", ")));
      return codes.tags.map((code) => ofCode[code]!);
    }
    default: {
      const ofCode = ranks<string | number>(dictionaries[column].values);
      return codes[column].map((code) => ofCode[code]!);
    }
  }
}

/** Ids of the rows of a view, in its order. */
export function viewRecordIds(db: ReadConnection, id: CollectionId, { positions }: TableView): string[] {
  const kept = keptTable(db, id);
  const ids = (kept.recordIds ??= recordIdsOf(db, id));
  return Array.from(positions, (position) => ids[position]!);
}
