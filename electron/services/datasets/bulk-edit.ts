// The same change for many rows, as one version. A long one is computed and written in pieces, between which others can write; what it
// wrote is seen once all of it is there. Rows that others change meanwhile get the change on top of theirs.

import type { DatasetChanged } from "../../../shared/contract/dataset.ts";
import type { BulkChange, DraftRecord, RowSelection } from "../../../shared/domain/dataset.ts";
import { discardEdit, finishEdit, startEdit, writeEditPiece } from "../../storage/collection-edits.ts";
import { insertState, insertStateOf, presentStatesOf, type StoredState } from "../../storage/collection-rows.ts";
import { commitStaged, commitVersion, stageChange, unstageOutdated, type StateChange } from "../../storage/collection-versions.ts";
import { getCollection } from "../../storage/collections.ts";
import { transaction, type ReadConnection, type WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { changeTitle, rowChange, type ChangeRow, type RowOutcome } from "./bulk-changes.ts";
import { recordsOf, requireRows } from "./dataset-edits.ts";
import { leaveTable } from "./dataset-table.ts";
import { datasetRowIds } from "./dataset-views.ts";

const PIECE_ROWS = 1000;

/** Tells how many rows it has gone through. Throws "not-found" and "invalid-argument". */
export function bulkEditDataset(
  db: WriteConnection,
  id: CollectionId,
  selection: RowSelection,
  change: BulkChange,
  onProgress: (done: number, total: number) => void = () => undefined,
): DatasetChanged {
  const edit: Edit = { change, changeOf: rowChange(change) };
  if (countSelected(db, id, selection) > PIECE_ROWS) {
    const changed = editInPieces(db, id, selection, edit, onProgress);
    leaveTable(db, id);
    return changed;
  }
  return transaction(db, () => {
    const rowIds = selectedRows(db, id, selection);
    const changes = write(db, outcomesOf(db, requireRows(db, id, rowIds), edit));
    onProgress(rowIds.length, rowIds.length);
    const version = commitVersion(db, id, { kind: "edit", title: changeTitle(change, changes.length) }, changes);
    return { version, changed: changes.length, addedRowIds: [] };
  });
}

interface Edit {
  readonly change: BulkChange;
  readonly changeOf: ChangeRow;
}

/** How many rows a selection has. Throws "not-found". */
export function countSelected(db: ReadConnection, id: CollectionId, selection: RowSelection): number {
  return selection.type === "rows" ? selection.rowIds.length : datasetRowIds(db, id, selection.filter).length;
}

/** Each once. */
function selectedRows(db: ReadConnection, id: CollectionId, selection: RowSelection): readonly number[] {
  if (selection.type === "filter") return datasetRowIds(db, id, selection.filter);
  getCollection(db, id);
  return [...new Set(selection.rowIds)];
}

function editInPieces(
  db: WriteConnection,
  id: CollectionId,
  selection: RowSelection,
  edit: Edit,
  onProgress: (done: number, total: number) => void,
): DatasetChanged {
  const rowIds = selectedRows(db, id, selection);
  if (selection.type === "rows") for (const piece of pieces(rowIds)) requireRows(db, id, piece);
  const editId = startEdit(db, id);
  const stage = (rows: readonly number[]): void => {
    // Read and computed before the lock is taken; a row that is gone by now stays so.
    const outcomes = outcomesOf(db, presentStatesOf(db, id, rows), edit);
    writeEditPiece(db, editId, () => {
      for (const change of write(db, outcomes)) stageChange(db, change);
    });
  };
  try {
    let done = 0;
    for (const piece of pieces(rowIds)) {
      stage(piece);
      onProgress((done += piece.length), rowIds.length);
    }
    return transaction(db, () => {
      for (const piece of pieces(unstageOutdated(db, id))) stage(piece);
      finishEdit(db, editId);
      const committed = commitStaged(db, id, (rows) => ({ kind: "edit", title: changeTitle(edit.change, rows) }));
      return { ...committed, addedRowIds: [] };
    });
  } catch (error) {
    discardEdit(db, editId);
    throw error;
  }
}

function* pieces(rowIds: readonly number[]): Generator<readonly number[]> {
  for (let start = 0; start < rowIds.length; start += PIECE_ROWS) yield rowIds.slice(start, start + PIECE_ROWS);
}

interface Outcome {
  readonly state: StoredState;
  readonly outcome: RowOutcome;
}

function outcomesOf(db: ReadConnection, states: readonly StoredState[], { change, changeOf }: Edit): Outcome[] {
  const isOfColumns = change.type === "split" || change.type === "remove" || change.type === "deal-splits";
  const records = isOfColumns ? undefined : recordsOf(db, states);
  return states.map((state) => ({ state, outcome: changeOf(state, records?.get(state.stateId) ?? NO_RECORD) }));
}

/** For changes that do not look at the record. */
const NO_RECORD: DraftRecord = { id: "-", messages: [], tags: {} };

function write(db: WriteConnection, outcomes: readonly Outcome[]): StateChange[] {
  return outcomes.flatMap(({ state: { rowId, stateId: before, contentId, textId }, outcome }): StateChange[] => {
    switch (outcome.type) {
      case "same":
        return [];
      case "removed":
        return [{ rowId, before, after: null }];
      case "columns":
        return [{ rowId, before, after: insertStateOf(db, rowId, contentId, textId, outcome.columns) }];
      case "content":
        return [{ rowId, before, after: insertState(db, rowId, outcome.content, outcome.columns) }];
    }
  });
}
