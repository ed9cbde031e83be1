// Rows that could not be taken in: what they are, and another try with a text that the user mended. What came in stays stored.

import { WorkbenchError } from "../../../shared/errors.ts";
import { insertRow, insertState } from "../../storage/collection-rows.ts";
import { findRow, getReject, settleReject } from "../../storage/collection-imports.ts";
import { commitVersion } from "../../storage/collection-versions.ts";
import { transaction, type WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { jsonRow } from "./formats/raw-rows.ts";
import { rowConverter } from "./schemas/convert-row.ts";

interface Repaired {
  readonly version: number;
  /** False where the dataset had the mended row already. */
  readonly added: boolean;
}

/** `text`: the row as JSON, in any known layout. Throws "not-found", and "invalid-record" while something is still wrong with it. */
export function repairRow(db: WriteConnection, id: CollectionId, rejectId: number, text: string): Repaired {
  return transaction(db, () => {
    const reject = getReject(db, id, rejectId);
    const where = `${reject.source}:${reject.line}`;
    const result = rowConverter()(jsonRow(reject.line, text), { source: reject.source, idPrefix: `line`, split: reject.split });
    if (result.type !== "record") {
      throw new WorkbenchError("invalid-record", result.reason, { where: result.field === "" ? where : `${where}, ${result.field}` });
    }
    const hash = Buffer.from(result.hash, "hex");
    settleReject(db, rejectId, "repaired");
    const isThere = findRow(db, id, hash)?.stateId;
    const rowId =
      isThere === undefined || isThere === null
        ? insertRow(db, { collectionId: id, importId: reject.importId, hash, originalJson: result.originalJson })
        : undefined;
    if (rowId === undefined) return { version: commitVersion(db, id, { kind: "edit", title: "" }, []), added: false };
    const after = insertState(db, rowId, result.content, result.columns);
    const title = `repair ${where}`;
    return { version: commitVersion(db, id, { kind: "edit", title }, [{ rowId, before: null, after }]), added: true };
  });
}

/** Throws "not-found" where one does not wait; then none is discarded. */
export function discardRows(db: WriteConnection, id: CollectionId, rejectIds: readonly number[]): number {
  return transaction(db, () => {
    for (const rejectId of rejectIds) settleReject(db, getReject(db, id, rejectId).id, "discarded");
    return rejectIds.length;
  });
}
