// A check of an editable dataset: its present rows are looked at, what is found is stored with the version it was found in.

import { setImmediate as yieldToEvents } from "node:timers/promises";
import type { DraftRecord } from "../../../shared/domain/dataset.ts";
import { countFindings } from "../../engine/data-quality/check-rows.ts";
import { qualityRow, type QualityRow } from "../../engine/data-quality/quality-row.ts";
import { eachWholeRow } from "../../storage/collection-rows.ts";
import { getCollection } from "../../storage/collections.ts";
import type { ReadConnection, WriteConnection } from "../../storage/connection.ts";
import type { CollectionId, QualityCheckId } from "../../storage/ids.ts";
import { addQualityCheck } from "../../storage/quality-checks.ts";
import { checkQualityRows, type CheckDataRequest, type CheckHooks } from "./check-data.ts";
import { cancelledCheck, checkedRecord } from "./read-rows.ts";

export interface DatasetCheckRequest extends CheckDataRequest {
  readonly datasetId: number;
}

/** Throws "not-found", "cancelled", and what references and the model throw. */
export async function checkDataset(db: WriteConnection, request: DatasetCheckRequest, hooks: CheckHooks = {}): Promise<QualityCheckId> {
  const { datasetId, ...rest } = request;
  const collectionId = datasetId as CollectionId;
  const { version } = getCollection(db, collectionId);
  hooks.onProgress?.({ activity: "reading rows", fraction: 0 });
  const rows = await datasetRows(db, collectionId, version, hooks.signal);
  const findings = await checkQualityRows(rows, rest, hooks, db);
  return addQualityCheck(db, { collectionId, version, request, counts: countFindings(rows.length, findings), findings });
}

const ROWS_A_TURN = 500;

/** Read at once, since a statement that is gone through keeps others from writing; taken apart turn by turn. */
async function datasetRows(db: ReadConnection, id: CollectionId, version: number, signal: AbortSignal | undefined): Promise<QualityRow[]> {
  const rows: QualityRow[] = [];
  for (const { recordJson, rowId, split, state } of [...eachWholeRow(db, id, version)]) {
    if (rows.length % ROWS_A_TURN === 0) await yieldToEvents();
    if (signal?.aborted === true) throw cancelledCheck();
    const record = checkedRecord(JSON.parse(recordJson) as DraftRecord, state);
    rows.push(qualityRow(record, rows.length, split === "" ? null : split, String(rowId)));
  }
  return rows;
}
