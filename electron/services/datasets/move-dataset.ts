// Undo, redo and restore of a dataset as one kind of step, and how many rows each would change.

import type { DatasetChanged } from "../../../shared/contract/dataset.ts";
import { redoVersion, restoreVersion, undoState, undoVersion } from "../../storage/collection-versions.ts";
import { getCollection } from "../../storage/collections.ts";
import type { ReadConnection, WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { leaveTable } from "./dataset-table.ts";

export type DatasetMove = { readonly type: "undo" } | { readonly type: "redo" } | { readonly type: "restore"; readonly version: number };

/** What a host does itself must not take the time of a copy. */
const FEW_ROWS = 1000;

/** Throws "not-found" where there is nothing to undo, to redo or to restore. */
export function moveDataset(db: WriteConnection, id: CollectionId, move: DatasetMove): DatasetChanged {
  const moved =
    move.type === "undo" ? undoVersion(db, id) : move.type === "redo" ? redoVersion(db, id) : restoreVersion(db, id, move.version);
  if (moved.changed > FEW_ROWS) leaveTable(db, id);
  return { ...moved, addedRowIds: [] };
}

/** At most so many rows change. Throws "not-found" where there is no such dataset. */
export function rowsOfMove(db: ReadConnection, id: CollectionId, move: DatasetMove): number {
  const { rowCount } = getCollection(db, id);
  if (move.type === "restore") return rowCount;
  return undoState(db, id)[move.type]?.changed ?? 0;
}
