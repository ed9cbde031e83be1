// The columns of a dataset in memory, so that filtering, counting and sorting millions of rows takes milliseconds. Read once, from the copy that
// an import leaves or else row by row; then only what versions since have changed. Words are searched by SQLite.

import type { DatasetColumn, DatasetFilter, DatasetSort } from "../../../shared/domain/dataset.ts";
import { isWorkbenchError } from "../../../shared/errors.ts";
import {
  countChangedSince,
  eachPresentState,
  matchingTexts,
  presentStatesOf,
  recordIdsOf,
  rowsChangedSince,
} from "../../storage/collection-rows.ts";
import { storedColumnsVersion } from "../../storage/collection-columns.ts";
import { getCollection } from "../../storage/collections.ts";
import type { ReadConnection, WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { matchSpaced, parseSearchTerms } from "../../storage/search-terms.ts";
import { readStoredTable, writeStoredTable } from "./stored-table.ts";
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
}

/** More changed rows than this share, and everything is read again. */
const RELOAD_SHARE = 0.2;
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
    const before = kept !== undefined && kept.table.version < version ? kept.table : readStoredTable(db, id);
    const table = before === undefined ? readAll(db, id, version, rowCount) : caughtUp(db, id, before, { version, rowCount });
    kept = { table, views: new Map(), recordIds: undefined };
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
export function leaveTable(db: WriteConnection, id: CollectionId): void {
  const { rowCount } = getCollection(db, id);
  if (rowCount < STORED_ROWS) return;
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

function caughtUp(
  db: ReadConnection,
  id: CollectionId,
  before: DatasetTable,
  { version, rowCount }: { readonly version: number; readonly rowCount: number },
): DatasetTable {
  if (before.version === version) return before;
  const changed = rowsChangedSince(db, id, before.version);
  if (changed.length > Math.max(1000, before.size * RELOAD_SHARE)) return readAll(db, id, version, rowCount);
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

/** A part of a filter, with the facet that shows it; a row passes when every part lets it through. */
export interface FilterPart {
  readonly facet: string;
  readonly passes: (position: number) => boolean;
}

/** The parts of `filter` that say something. */
export function filterParts(db: ReadConnection, { plain, codes, dictionaries }: DatasetTable, filter: DatasetFilter): FilterPart[] {
  const parts: FilterPart[] = [];
  /** Decided once a value of the column, not once a row. */
  const ofColumn = <Name extends CodedName>(facet: string, name: Name, isWanted: (value: CodedValues[Name]) => boolean): void => {
    const wanted = Uint8Array.from(dictionaries[name].values as readonly CodedValues[Name][], (value) => (isWanted(value) ? 1 : 0));
    const column = codes[name];
    parts.push({ facet, passes: (position) => wanted[column[position]!] === 1 });
  };
  const oneOf = <Name extends CodedName>(facet: string, name: Name, wanted: readonly CodedValues[Name][] | undefined): void => {
    if (wanted !== undefined) ofColumn(facet, name, (value) => wanted.includes(value));
  };
  const allOf = (name: "rules" | "tags", wanted: readonly string[] | undefined): void => {
    if (wanted !== undefined) ofColumn(name, name, (values) => wanted.every((value) => values.includes(value)));
  };
  oneOf("compositions", "composition", filter.compositions);
  oneOf("depths", "depth", filter.depths);
  oneOf("languages", "language", filter.languages);
  oneOf("sources", "source", filter.sources);
  oneOf("splits", "split", filter.splits);
  oneOf("formats", "format", filter.formats);
  oneOf("states", "state", filter.states);
  oneOf("experts", "expert", filter.expert === undefined ? undefined : [filter.expert ? 1 : 0]);
  allOf("rules", filter.rules);
  allOf("tags", filter.tags);
  const { minLength = 0, maxLength = Infinity } = filter;
  const { length: lengths, textId: textIds } = plain;
  if (minLength > 0 || maxLength < Infinity)
    parts.push({ facet: "lengths", passes: (position) => lengths[position]! >= minLength && lengths[position]! <= maxLength });
  const found = searched(db, filter.search);
  if (found !== undefined) parts.push({ facet: "search", passes: (position) => found(textIds[position]!) });
  return parts;
}

/** Undefined where no word is asked for. */
function searched(db: ReadConnection, search: string | undefined): ((textId: number) => boolean) | undefined {
  const { wanted, excluded } = parseSearchTerms(search ?? "");
  const hits = wanted.length === 0 ? undefined : new Set(matchingTexts(db, matchSpaced(wanted, "AND")));
  const misses = excluded.length === 0 ? undefined : new Set(matchingTexts(db, matchSpaced(excluded, "OR")));
  if (hits === undefined && misses === undefined) return undefined;
  return (textId) => hits?.has(textId) !== false && misses?.has(textId) !== true;
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

function passingPositions({ size }: DatasetTable, parts: readonly FilterPart[]): Uint32Array {
  const positions = new Uint32Array(size);
  let found = 0;
  for (let position = 0; position < size; position++) {
    if (parts.every(({ passes }) => passes(position))) positions[found++] = position;
  }
  return found === size ? positions : positions.slice(0, found);
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
    case "id": {
      const ids = (kept.recordIds ??= recordIdsOf(db, id));
      return ranks(ids);
    }
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

/** Of each value its place among the distinct ones. */
function ranks<Value extends string | number>(values: readonly Value[]): Uint32Array {
  const order = Uint32Array.from(values, (_, index) => index).sort((a, b) =>
    values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : 0,
  );
  const made = new Uint32Array(values.length);
  let rank = 0;
  for (let at = 0; at < order.length; at++) {
    if (at > 0 && values[order[at]!] !== values[order[at - 1]!]) rank++;
    made[order[at]!] = rank;
  }
  return made;
}

function sorted(positions: Uint32Array, { descending }: DatasetSort, keys: ArrayLike<number>): Uint32Array {
  let [greatest, last] = [0, 0];
  for (const position of positions) {
    greatest = Math.max(greatest, keys[position]!);
    last = Math.max(last, position);
  }
  // One number for key and place: numbers are sorted by the million. They stay exact, keys and places both below 2^26.
  const base = last + 1;
  const ordered = Float64Array.from(
    positions,
    (position) => (descending ? greatest - keys[position]! : keys[position]!) * base + position,
  ).sort();
  return Uint32Array.from(ordered, (value) => value % base);
}

/** Ids of the rows of a view, in its order. */
export function viewRecordIds(db: ReadConnection, id: CollectionId, { positions }: TableView): string[] {
  const kept = keptTable(db, id);
  const ids = (kept.recordIds ??= recordIdsOf(db, id));
  return Array.from(positions, (position) => ids[position]!);
}
