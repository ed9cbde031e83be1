// The columns of a dataset in memory, so that filtering, counting and sorting 100,000 rows takes milliseconds. Read once, then only
// what versions since have changed; words are searched by SQLite.

import type { DatasetColumn, DatasetFilter, DatasetSort } from "../../../shared/domain/dataset.ts";
import { eachPresentState, matchingTexts, presentStatesOf, rowsChangedSince, type StoredState } from "../../storage/collection-rows.ts";
import { getCollection } from "../../storage/collections.ts";
import type { ReadConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { matchSpaced, parseSearchTerms } from "../../storage/search-terms.ts";

/** A row as it is kept: texts that many rows share are the same strings, lists the same arrays. */
export interface TableRow extends Omit<StoredState, "rulesJson" | "tagsJson" | "contentId"> {
  readonly rules: readonly string[];
  readonly tags: readonly string[];
  /** Place in the dataset, from 0. */
  readonly position: number;
}

export interface DatasetTable {
  readonly version: number;
  /** In the order of the dataset. */
  readonly rows: readonly TableRow[];
}

interface Kept {
  table: DatasetTable;
  readonly shared: Shared;
  readonly views: Map<string, readonly TableRow[]>;
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
  const { version } = getCollection(db, id);
  let ofConnection = tables.get(db);
  if (ofConnection === undefined) tables.set(db, (ofConnection = new Map<CollectionId, Kept>()));
  let kept = ofConnection.get(id);
  ofConnection.delete(id);
  if (kept === undefined || kept.table.version > version) kept = readAll(db, id, version);
  else if (kept.table.version < version) kept = catchUp(db, id, kept, version);
  ofConnection.set(id, kept);
  if (ofConnection.size > KEPT_TABLES) ofConnection.delete(ofConnection.keys().next().value as CollectionId);
  return kept;
}

function readAll(db: ReadConnection, id: CollectionId, version: number): Kept {
  const shared: Shared = { lists: new Map(), texts: new Map() };
  const rows: TableRow[] = [];
  for (const state of eachPresentState(db, id)) rows.push(tableRow(state, rows.length, shared));
  return { table: { version, rows }, shared, views: new Map() };
}

function catchUp(db: ReadConnection, id: CollectionId, kept: Kept, version: number): Kept {
  const changed = rowsChangedSince(db, id, kept.table.version);
  if (changed.length > Math.max(1000, kept.table.rows.length * RELOAD_SHARE)) return readAll(db, id, version);
  const isChanged = new Set(changed);
  const present = presentStatesOf(db, id, changed);
  const rows: TableRow[] = [];
  let next = 0;
  const push = (row: TableRow): number => rows.push(row.position === rows.length ? row : { ...row, position: rows.length });
  for (const row of kept.table.rows) {
    for (let state = present[next]; state !== undefined && state.rowId <= row.rowId; state = present[++next])
      push(tableRow(state, rows.length, kept.shared));
    if (!isChanged.has(row.rowId)) push(row);
  }
  for (const state of present.slice(next)) push(tableRow(state, rows.length, kept.shared));
  return { table: { version, rows }, shared: kept.shared, views: new Map() };
}

/** What many rows have in common, once. SQLite gives each row strings of its own. */
interface Shared {
  readonly lists: Map<string, readonly string[]>;
  readonly texts: Map<string, string>;
}

/** More different ones than this are of each row alone. */
const MOST_SHARED = 10_000;

function tableRow({ rulesJson, tagsJson, contentId: _, ...columns }: StoredState, position: number, shared: Shared): TableRow {
  return {
    ...columns,
    split: sharedText(shared, columns.split),
    source: sharedText(shared, columns.source),
    format: sharedText(shared, columns.format),
    composition: sharedText(shared, columns.composition),
    language: sharedText(shared, columns.language),
    state: sharedText(shared, columns.state),
    problem: columns.problem === null ? null : sharedText(shared, columns.problem),
    position,
    rules: sharedList(shared, rulesJson),
    tags: sharedList(shared, tagsJson),
  };
}

function sharedText<Text extends string>({ texts }: Shared, text: Text): Text {
  const known = texts.get(text);
  if (known !== undefined) return known as Text;
  if (texts.size < MOST_SHARED) texts.set(text, text);
  return text;
}

function sharedList({ lists }: Shared, json: string): readonly string[] {
  let list = lists.get(json);
  if (list === undefined) {
    list = JSON.parse(json) as string[];
    if (lists.size < MOST_SHARED) lists.set(json, list);
  }
  return list;
}

/** The parts of a filter by the facet that shows them; a row passes when every part lets it through. */
export type FilterPart = { readonly facet: string; readonly passes: (row: TableRow) => boolean };

/** The parts of `filter` that say something. */
export function filterParts(db: ReadConnection, filter: DatasetFilter): FilterPart[] {
  const parts: FilterPart[] = [];
  const oneOf = <Value>(facet: string, wanted: readonly Value[] | undefined, valueOf: (row: TableRow) => Value): void => {
    if (wanted === undefined) return;
    const set = new Set(wanted);
    parts.push({ facet, passes: (row) => set.has(valueOf(row)) });
  };
  const allOf = (facet: string, wanted: readonly string[] | undefined, listOf: (row: TableRow) => readonly string[]): void => {
    if (wanted !== undefined) parts.push({ facet, passes: (row) => wanted.every((value) => listOf(row).includes(value)) });
  };
  oneOf("compositions", filter.compositions, ({ composition }) => composition);
  oneOf("depths", filter.depths, ({ depth }) => depth);
  oneOf("languages", filter.languages, ({ language }) => language);
  oneOf("sources", filter.sources, ({ source }) => source);
  oneOf("splits", filter.splits, ({ split }) => split);
  oneOf("formats", filter.formats, ({ format }) => format);
  oneOf("states", filter.states, ({ state }) => state);
  oneOf("experts", filter.expert === undefined ? undefined : [filter.expert ? 1 : 0], ({ expert }) => expert);
  allOf("rules", filter.rules, ({ rules }) => rules);
  allOf("tags", filter.tags, ({ tags }) => tags);
  const { minLength = 0, maxLength = Infinity } = filter;
  if (minLength > 0 || maxLength < Infinity)
    parts.push({ facet: "lengths", passes: ({ length }) => length >= minLength && length <= maxLength });
  const found = searched(db, filter.search);
  if (found !== undefined) parts.push({ facet: "search", passes: found });
  return parts;
}

/** Undefined where no word is asked for. */
function searched(db: ReadConnection, search: string | undefined): FilterPart["passes"] | undefined {
  const { wanted, excluded } = parseSearchTerms(search ?? "");
  const hits = wanted.length === 0 ? undefined : new Set(matchingTexts(db, matchSpaced(wanted, "AND")));
  const misses = excluded.length === 0 ? undefined : new Set(matchingTexts(db, matchSpaced(excluded, "OR")));
  if (hits === undefined && misses === undefined) return undefined;
  return ({ textId }) => hits?.has(textId) !== false && misses?.has(textId) !== true;
}

const SORT_VALUES: Readonly<Record<DatasetColumn, (row: TableRow) => string | number>> = {
  position: ({ position }) => position,
  id: ({ recordId }) => recordId,
  composition: ({ composition }) => composition,
  depth: ({ depth }) => depth,
  checks: ({ checks }) => checks,
  language: ({ language }) => language,
  length: ({ length }) => length,
  split: ({ split }) => split,
  source: ({ source }) => source,
  format: ({ format }) => format,
  state: ({ state }) => state,
  expert: ({ expert }) => expert,
};

/** The rows that pass, in order; equal ones in the order of the dataset. Remembered while the dataset does not change. */
export function viewRows(db: ReadConnection, id: CollectionId, filter: DatasetFilter, sort: DatasetSort | undefined): readonly TableRow[] {
  const { table, views } = keptTable(db, id);
  const key = JSON.stringify([filter, sort ?? null]);
  let rows = views.get(key);
  if (rows === undefined) {
    const parts = filterParts(db, filter);
    rows = sorted(parts.length === 0 ? table.rows : table.rows.filter((row) => parts.every(({ passes }) => passes(row))), sort);
    views.set(key, rows);
    if (views.size > KEPT_VIEWS) views.delete(views.keys().next().value as string);
  }
  return rows;
}

function sorted(rows: readonly TableRow[], sort: DatasetSort | undefined): readonly TableRow[] {
  if (sort === undefined || (sort.column === "position" && !sort.descending)) return rows;
  const value = SORT_VALUES[sort.column];
  const sign = sort.descending ? -1 : 1;
  const compare = (a: TableRow, b: TableRow): number => {
    const [left, right] = [value(a), value(b)];
    return left < right ? -sign : left > right ? sign : a.position - b.position;
  };
  return rows.toSorted(compare);
}
