// Changes of datasets row by row, together one version that is there whole or not at all. Who may write, and in which process, is decided by
// the callers. The same change for many rows is bulk-edit.ts.

import type { DatasetChanged } from "../../../shared/contract/dataset.ts";
import type { DraftRecord, RowEdit } from "../../../shared/domain/dataset.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import {
  insertRow,
  insertState,
  insertStateOf,
  presentStatesOf,
  recordsOfStates,
  type StoredState,
} from "../../storage/collection-rows.ts";
import { commitVersion, type StateChange } from "../../storage/collection-versions.ts";
import { getCollection } from "../../storage/collections.ts";
import { transaction, type ReadConnection, type WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { recordHash, repeatedHash } from "./content-hash.ts";
import { describeRow, type RowPlace } from "./row-facets.ts";

/**
 * All of the edits or none. Throws "not-found" for a row that is not there, "invalid-argument" where a row is no longer in the state
 * it was read in.
 */
export function editDataset(db: WriteConnection, id: CollectionId, edits: readonly RowEdit[], title?: string): DatasetChanged {
  return transaction(db, () => {
    requireDistinctRows(edits);
    const rowIds = edits.flatMap((edit) => (edit.type === "add" ? [] : [edit.rowId]));
    const states = new Map(requireRows(db, id, rowIds).map((state) => [state.rowId, state]));
    const addedRowIds: number[] = [];
    const changes = edits.flatMap((edit): StateChange[] => {
      if (edit.type === "add") {
        const added = addRecord(db, id, edit.record, { split: edit.split, source: edit.source, format: "" });
        addedRowIds.push(added.rowId);
        return [added];
      }
      const state = requireState(states.get(edit.rowId)!, edit.stateId);
      if (edit.type === "remove") return [{ rowId: state.rowId, before: state.stateId, after: null }];
      const after = setRow(db, state, edit);
      return after === undefined ? [] : [{ rowId: state.rowId, before: state.stateId, after }];
    });
    const version = commitVersion(db, id, { kind: "edit", title: title ?? editTitle(edits, states) }, changes);
    return { version, changed: changes.length, addedRowIds };
  });
}

export function recordsOf(db: ReadConnection, states: readonly StoredState[]): Map<number, DraftRecord> {
  return recordsOfStates(
    db,
    states.map(({ stateId }) => stateId),
  );
}

/** Writes a new row with its first state; the content may be there already, in another row. */
export function addRecord(
  db: WriteConnection,
  id: CollectionId,
  record: DraftRecord,
  place: RowPlace,
): StateChange & { readonly after: number } {
  const { columns, content } = describeRow(record, place);
  const first = recordHash(content.recordJson);
  for (let occurrence = 0; ; occurrence++) {
    const rowId = insertRow(db, { collectionId: id, importId: null, hash: repeatedHash(first, occurrence), originalJson: null });
    if (rowId !== undefined) return { rowId, before: null, after: insertState(db, rowId, content, columns) };
  }
}

function setRow(db: WriteConnection, state: StoredState, edit: Extract<RowEdit, { type: "set" }>): number | undefined {
  const place = { split: edit.split ?? state.split, source: edit.source ?? state.source, format: state.format };
  const isInPlace = place.split === state.split && place.source === state.source;
  if (edit.record === undefined) {
    return isInPlace ? undefined : insertStateOf(db, state.rowId, state.contentId, state.textId, { ...state, ...place });
  }
  const present = recordsOf(db, [state]).get(state.stateId);
  const { columns, content } = describeRow(edit.record, place);
  if (content.recordJson === JSON.stringify(present) && isInPlace) return undefined;
  return insertState(db, state.rowId, content, columns);
}

function requireDistinctRows(edits: readonly RowEdit[]): void {
  const seen = new Set<number>();
  for (const edit of edits) {
    if (edit.type === "add") continue;
    if (seen.has(edit.rowId)) throw new WorkbenchError("invalid-argument", `row ${edit.rowId} is changed twice in one edit`);
    seen.add(edit.rowId);
  }
}

/** Present rows in the order of the dataset. Throws "not-found" where one is missing. */
export function requireRows(db: ReadConnection, id: CollectionId, rowIds: readonly number[]): StoredState[] {
  getCollection(db, id);
  const found = presentStatesOf(db, id, rowIds);
  const known = new Set(found.map(({ rowId }) => rowId));
  const missing = rowIds.find((rowId) => !known.has(rowId));
  if (missing !== undefined) throw new WorkbenchError("not-found", `the dataset has no row ${missing}`);
  return found;
}

function requireState(state: StoredState, stateId: number | undefined): StoredState {
  if (stateId === undefined || stateId === state.stateId) return state;
  throw new WorkbenchError("invalid-argument", `row ${state.rowId} was changed meanwhile`, { hint: "Read it again." });
}

function editTitle(edits: readonly RowEdit[], states: ReadonlyMap<number, StoredState>): string {
  const [edit] = edits;
  if (edit === undefined || edits.length > 1) return `change ${edits.length} rows`;
  if (edit.type === "add") return `add ${edit.record.id}`;
  return `${edit.type === "remove" ? "remove" : "change"} ${states.get(edit.rowId)?.recordId ?? edit.rowId}`;
}
