// Datasets as the interface shows them: summaries, pages of the table, facets, statistics, one row, versions and their differences.
// Reads only.

import type {
  DatasetComposition,
  DatasetDiffPage,
  DatasetFacets,
  DatasetFilter,
  DatasetPage,
  DatasetRow,
  DatasetRowDetail,
  DatasetSort,
  DatasetStatistics,
  DatasetSummary,
  DatasetVersion,
  DraftRecord,
  FacetValue,
  StoredRowState,
} from "../../../shared/domain/dataset.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { getState, originalOf, recordsOfStates } from "../../storage/collection-rows.ts";
import { differences, rowHistory, undoState } from "../../storage/collection-versions.ts";
import { countRejects, getCollection, listCollections, listVersions, type Collection } from "../../storage/collections.ts";
import { snapshot, type ReadConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { datasetTable, filterParts, viewRows, type TableRow } from "./dataset-table.ts";
import { lastUserText } from "./row-facets.ts";

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

const SHOWN_TEXT = 300;
const LENGTH_BINS = 20;

/** Last changed first. */
export function summariseDatasets(db: ReadConnection): DatasetSummary[] {
  return snapshot(db, () => listCollections(db).map((collection) => summary(db, collection)));
}

/** Throws "not-found". */
export function summariseDataset(db: ReadConnection, id: CollectionId): DatasetSummary {
  return snapshot(db, () => summary(db, getCollection(db, id)));
}

function summary(db: ReadConnection, { rowCount, ...collection }: Collection): DatasetSummary {
  const { undo, redo } = undoState(db, collection.id);
  return { ...collection, rows: rowCount, rejected: countRejects(db, collection.id), undo: undo?.title ?? null, redo: redo?.title ?? null };
}

/** Throws "not-found". */
export function datasetPage(
  db: ReadConnection,
  id: CollectionId,
  view: { readonly filter: DatasetFilter; readonly sort?: DatasetSort | undefined },
  { offset, limit }: Page,
): DatasetPage {
  return snapshot(db, () => {
    const all = viewRows(db, id, view.filter, view.sort);
    const rows = all.slice(offset, offset + limit);
    const records = recordsOfStates(
      db,
      rows.map(({ stateId }) => stateId),
    );
    return { total: all.length, version: datasetTable(db, id).version, rows: rows.map((row) => shownRow(row, records.get(row.stateId))) };
  });
}

function shownRow({ recordId, expert, textId: _, position, ...row }: TableRow, record: DraftRecord | undefined): DatasetRow {
  const text = record === undefined ? "" : lastUserText(record).slice(0, SHOWN_TEXT);
  return { ...row, id: recordId, position: position + 1, expert: expert === 1, text };
}

/** Ids of a view in its order. Throws "not-found". */
export function datasetRowIds(db: ReadConnection, id: CollectionId, filter: DatasetFilter, sort?: DatasetSort): number[] {
  return viewRows(db, id, filter, sort).map(({ rowId }) => rowId);
}

/** Throws "not-found". */
export function datasetRow(db: ReadConnection, id: CollectionId, rowId: number): DatasetRowDetail {
  return snapshot(db, () => {
    const row = datasetTable(db, id).rows.find((candidate) => candidate.rowId === rowId);
    const record = row === undefined ? undefined : recordsOfStates(db, [row.stateId]).get(row.stateId);
    if (row === undefined || record === undefined) throw new WorkbenchError("not-found", `the dataset has no row ${rowId}`);
    const history = rowHistory(db, id, rowId).map(({ version, title, createdAtMs }) => ({ version, title, createdAtMs }));
    return { ...shownRow(row, record), record, original: originalOf(db, rowId) ?? null, history };
  });
}

type Counter = Map<string, number>;

function count(counter: Counter, value: string | number): void {
  const name = String(value);
  counter.set(name, (counter.get(name) ?? 0) + 1);
}

/** Most rows first, equal ones by name. */
function values(counter: Counter): FacetValue[] {
  return [...counter].map(([value, rows]) => ({ value, rows })).sort((a, b) => b.rows - a.rows || (a.value < b.value ? -1 : 1));
}

const FACETS = {
  compositions: ({ composition }) => [composition],
  depths: ({ depth }) => [String(depth)],
  rules: ({ rules }) => rules,
  languages: ({ language }) => [language],
  sources: ({ source }) => [source],
  splits: ({ split }) => [split],
  formats: ({ format }) => [format],
  tags: ({ tags }) => tags,
  states: ({ state }) => [state],
  experts: ({ expert }) => [expert === 1 ? "true" : "false"],
} as const satisfies Readonly<Record<string, (row: TableRow) => readonly string[]>>;
type FacetName = keyof typeof FACETS;
const FACET_NAMES = Object.keys(FACETS) as FacetName[];

/** Tags and sources can be as many as rows. */
const MOST_VALUES = 500;

/** Throws "not-found". */
export function datasetFacets(db: ReadConnection, id: CollectionId, filter: DatasetFilter): DatasetFacets {
  return snapshot(db, () => {
    const table = datasetTable(db, id);
    const parts = filterParts(db, filter);
    const counters = Object.fromEntries(FACET_NAMES.map((name) => [name, new Map()])) as unknown as Readonly<Record<FacetName, Counter>>;
    const lengths: number[] = [];
    let total = 0;
    const countIn = (name: FacetName, row: TableRow): void => {
      for (const value of FACETS[name](row)) count(counters[name], value);
    };
    for (const row of table.rows) {
      const failed = parts.filter(({ passes }) => !passes(row));
      if (failed.length > 1) continue;
      const [only] = failed;
      if (only === undefined) {
        total++;
        lengths.push(row.length);
        for (const name of FACET_NAMES) countIn(name, row);
      } else if (only.facet === "lengths") lengths.push(row.length);
      else if (only.facet in FACETS) countIn(only.facet as FacetName, row);
    }
    const shown = Object.fromEntries(FACET_NAMES.map((name) => [name, values(counters[name]).slice(0, MOST_VALUES)]));
    return { ...(shown as unknown as Record<FacetName, FacetValue[]>), total, version: table.version, lengths: lengthRange(lengths) };
  });
}

function lengthRange(lengths: readonly number[]): DatasetFacets["lengths"] {
  const ordered = Float64Array.from(lengths).sort();
  return { shortest: ordered[0] ?? 0, median: ordered[ordered.length >> 1] ?? 0, longest: ordered.at(-1) ?? 0 };
}

/** Throws "not-found". */
export function datasetStatistics(db: ReadConnection, id: CollectionId, filter: DatasetFilter): DatasetStatistics {
  return snapshot(db, () => {
    const rows = viewRows(db, id, filter, undefined);
    const counter = (name: FacetName): FacetValue[] => {
      const counted: Counter = new Map();
      for (const row of rows) for (const value of FACETS[name](row)) count(counted, value);
      return values(counted);
    };
    return {
      rows: rows.length,
      version: datasetTable(db, id).version,
      ready: rows.filter(({ state }) => state === "ready").length,
      experts: rows.filter(({ expert }) => expert === 1).length,
      rules: counter("rules"),
      compositions: counter("compositions"),
      depths: counter("depths").sort((a, b) => Number(a.value) - Number(b.value)),
      languages: counter("languages"),
      splits: counter("splits"),
      lengths: lengthBins(rows),
      coverage: coverage(rows),
    };
  });
}

function lengthBins(rows: readonly TableRow[]): DatasetStatistics["lengths"] {
  if (rows.length === 0) return [];
  const ordered = Float64Array.from(rows, ({ length }) => length).sort();
  // A few very long rows must not press all others into one bin: the last one takes the longest percent in.
  const last = ordered[Math.floor((ordered.length - 1) * 0.99)] ?? 0;
  const width = Math.max(1, Math.ceil((last + 1) / LENGTH_BINS));
  const bins = Array.from({ length: LENGTH_BINS }, (_, bin) => ({ from: bin * width, to: (bin + 1) * width, rows: 0 }));
  for (const { length } of rows) bins[Math.min(LENGTH_BINS - 1, Math.floor(length / width))]!.rows++;
  bins[LENGTH_BINS - 1]!.to = Math.max(bins[LENGTH_BINS - 1]!.to, (ordered.at(-1) ?? 0) + 1);
  return bins;
}

function coverage(rows: readonly TableRow[]): DatasetStatistics["coverage"] {
  const counted = new Map<DatasetComposition, Counter>();
  for (const { composition, rules } of rows) {
    let ofComposition = counted.get(composition);
    if (ofComposition === undefined) counted.set(composition, (ofComposition = new Map<string, number>()));
    for (const rule of rules) count(ofComposition, rule);
  }
  return [...counted].flatMap(([composition, counter]) =>
    values(counter).map(({ value, rows: of }) => ({ rule: value, composition, rows: of })),
  );
}

/** Newest first. Throws "not-found". */
export function datasetVersions(db: ReadConnection, id: CollectionId, { offset, limit }: Page): DatasetVersion[] {
  getCollection(db, id);
  return listVersions(db, id, limit, offset);
}

/** Throws "not-found". */
export function datasetDiff(db: ReadConnection, id: CollectionId, from: number, to: number, { offset, limit }: Page): DatasetDiffPage {
  return snapshot(db, () => {
    getCollection(db, id);
    const all = differences(db, id, from, to);
    const stored = (stateId: number | null): StoredRowState | null => {
      const state = stateId === null ? undefined : getState(db, stateId);
      const record = state === undefined ? undefined : recordsOfStates(db, [state.stateId]).get(state.stateId);
      return state === undefined || record === undefined ? null : { record, split: state.split };
    };
    const added = all.filter(({ before }) => before === null).length;
    const removed = all.filter(({ after }) => after === null).length;
    return {
      total: all.length,
      added,
      removed,
      changed: all.length - added - removed,
      differences: all.slice(offset, offset + limit).map(({ rowId, before, after }) => ({
        rowId,
        change: before === null ? "added" : after === null ? "removed" : "changed",
        before: stored(before),
        after: stored(after),
      })),
    };
  });
}
