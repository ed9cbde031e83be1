// Datasets as the interface shows them: summaries, pages of the table, one row, versions and their differences. Reads only. What is counted
// over all rows is dataset-facets.ts.

import type {
  DatasetDiffPage,
  DatasetFilter,
  DatasetPage,
  DatasetRow,
  DatasetRowDetail,
  DatasetSort,
  DatasetSummary,
  DatasetVersion,
  DraftRecord,
  StoredRowState,
} from "../../../shared/domain/dataset.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { getState, originalOf, recordsOfStates } from "../../storage/collection-rows.ts";
import { differences, rowHistory, undoState } from "../../storage/collection-versions.ts";
import { countRejects, getCollection, listCollections, listVersions, type Collection } from "../../storage/collections.ts";
import { snapshot, type ReadConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { datasetTable, positionOf, tableRow, tableView, viewRows, type TableRow, type TableView } from "./dataset-table.ts";
import { lastUserText } from "./row-facets.ts";

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

const SHOWN_TEXT = 300;

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
  page: Page,
): DatasetPage {
  return snapshot(db, () => {
    const { filter, sort } = view;
    return pageOf(db, tableView(db, id, filter, sort), page);
  });
}

function pageOf(db: ReadConnection, view: TableView, { offset, limit }: Page): DatasetPage {
  const rows = viewRows(view, offset, offset + limit);
  const records = recordsOf(db, rows);
  return {
    total: view.positions.length,
    version: view.table.version,
    rows: rows.map((row) => shownRow(row, records.get(row.stateId))),
  };
}

function recordsOf(db: ReadConnection, rows: readonly TableRow[]): Map<number, DraftRecord> {
  return recordsOfStates(
    db,
    rows.map(({ stateId }) => stateId),
  );
}

function shownRow({ expert, textId: _, position, ...row }: TableRow, record: DraftRecord | undefined): DatasetRow {
  const text = record === undefined ? "" : lastUserText(record).slice(0, SHOWN_TEXT);
  return { ...row, id: record?.id ?? "", position: position + 1, expert: expert === 1, text };
}

/** Ids of a view in its order. Throws "not-found". */
export function datasetRowIds(db: ReadConnection, id: CollectionId, filter: DatasetFilter, sort?: DatasetSort): number[] {
  const { table, positions } = tableView(db, id, filter, sort);
  return Array.from(positions, (position) => table.plain.rowId[position]!);
}

/** Throws "not-found". */
export function datasetRow(db: ReadConnection, id: CollectionId, rowId: number): DatasetRowDetail {
  return snapshot(db, () => {
    const table = datasetTable(db, id);
    const position = positionOf(table, rowId);
    const row = position === undefined ? undefined : tableRow(table, position);
    const record = row === undefined ? undefined : recordsOfStates(db, [row.stateId]).get(row.stateId);
    if (row === undefined || record === undefined) throw new WorkbenchError("not-found", `the dataset has no row ${rowId}`);
    const history = rowHistory(db, id, rowId).map(({ version, title, createdAtMs }) => ({ version, title, createdAtMs }));
    return { ...shownRow(row, record), record, original: originalOf(db, rowId) ?? null, history };
  });
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
