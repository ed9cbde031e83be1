// Rows that could not be taken in: what they are, and another try with a text that the user mended. What came in stays stored.

import type { Mapping, RepairedRows } from "../../../shared/domain/dataset-files.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { insertRow, insertState } from "../../storage/collection-rows.ts";
import { findRow, getReject, lastState, listRejects, settleReject, type StoredReject } from "../../storage/collection-imports.ts";
import { commitVersion, type StateChange } from "../../storage/collection-versions.ts";
import { getCollection } from "../../storage/collections.ts";
import { transaction, type WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { jsonRow } from "./formats/raw-rows.ts";
import { rowConverter, type ConvertedRow, type ConvertRow, type RowResult } from "./schemas/convert-row.ts";

interface Repaired {
  readonly version: number;
  /** False where the dataset had the mended row already. */
  readonly added: boolean;
}

/** `text`: the row as JSON, in any known layout. Throws "not-found", and "invalid-record" while something is still wrong with it. */
export function repairRow(db: WriteConnection, id: CollectionId, rejectId: number, text: string): Repaired {
  return transaction(db, () => {
    const reject = getReject(db, id, rejectId);
    const result = readAgain(rowConverter(), reject, text);
    const where = placeOf(reject);
    if (result.type !== "record") {
      throw new WorkbenchError("invalid-record", result.reason, { where: result.field === "" ? where : `${where}, ${result.field}` });
    }
    const change = takeIn(db, id, reject, result);
    const changes = change === undefined ? [] : [change];
    return { version: commitVersion(db, id, { kind: "edit", title: `repair ${where}` }, changes), added: changes.length > 0 };
  });
}

export interface RepairAllRequest {
  /** Texts that go before the stored ones, which stay as they are. */
  readonly edited: readonly { readonly id: number; readonly text: string }[];
  /** How rows of an unknown layout are read. */
  readonly mapping?: Mapping | undefined;
}

const LISTED_PROBLEMS = 200;

/** Every row that waits is tried again; what can be read now comes in as one version, the others wait on. Throws "not-found". */
export function repairAllRows(db: WriteConnection, id: CollectionId, { edited, mapping }: RepairAllRequest): RepairedRows {
  return transaction(db, () => {
    getCollection(db, id);
    const texts = new Map(edited.map(({ id: rejectId, text }) => [rejectId, text]));
    const convert = rowConverter({ mapping });
    const changes: StateChange[] = [];
    const problems: RepairedRows["problems"][number][] = [];
    let known = 0;
    for (const reject of listRejects(db, id)) {
      const result = readAgain(convert, reject, texts.get(reject.id) ?? reject.text);
      if (result.type !== "record") {
        problems.push({ id: reject.id, field: result.field, reason: result.reason });
        continue;
      }
      const change = takeIn(db, id, reject, result);
      if (change === undefined) known++;
      else changes.push(change);
    }
    const version = commitVersion(db, id, { kind: "edit", title: `repair ${changes.length} rows` }, changes);
    return { version, added: changes.length, known, failed: problems.length, problems: problems.slice(0, LISTED_PROBLEMS) };
  });
}

function placeOf({ source, line }: StoredReject): string {
  return `${source}:${line}`;
}

function readAgain(convert: ConvertRow, { source, line, split }: StoredReject, text: string): RowResult {
  return convert(jsonRow(line, text), { source, idPrefix: "line", split });
}

/** It waits no longer. Undefined where the dataset has the row; one that was removed comes back as it was. */
function takeIn(db: WriteConnection, id: CollectionId, reject: StoredReject, row: ConvertedRow): StateChange | undefined {
  settleReject(db, reject.id, "repaired");
  const hash = Buffer.from(row.hash, "hex");
  const same = findRow(db, id, hash);
  if (same !== undefined) {
    const after = same.stateId === null ? lastState(db, id, same.rowId) : undefined;
    return after === undefined ? undefined : { rowId: same.rowId, before: null, after };
  }
  const rowId = insertRow(db, { collectionId: id, importId: reject.importId, hash, originalJson: row.originalJson });
  return rowId === undefined ? undefined : { rowId, before: null, after: insertState(db, rowId, row.content, row.columns) };
}

/** Throws "not-found" where one does not wait; then none is discarded. */
export function discardRows(db: WriteConnection, id: CollectionId, rejectIds: readonly number[]): number {
  return transaction(db, () => {
    for (const rejectId of rejectIds) settleReject(db, getReject(db, id, rejectId).id, "discarded");
    return rejectIds.length;
  });
}
