// A check of an editable dataset: its present rows are looked at, what is found is stored with the version it was found in.

import type { DraftRecord } from "../../../shared/domain/dataset.ts";
import { countFindings } from "../../engine/data-quality/check-rows.ts";
import { qualityRow, type QualityRow } from "../../engine/data-quality/quality-row.ts";
import { eachWholeRow } from "../../storage/collection-rows.ts";
import { getCollection } from "../../storage/collections.ts";
import type { ReadConnection, WriteConnection } from "../../storage/connection.ts";
import type { CollectionId, QualityCheckId } from "../../storage/ids.ts";
import { addQualityCheck } from "../../storage/quality-checks.ts";
import { checkQualityRows, type CheckDataRequest, type CheckHooks } from "./check-data.ts";
import { checkedRecord } from "./read-rows.ts";

export interface DatasetCheckRequest extends CheckDataRequest {
  readonly datasetId: number;
}

/** Throws "not-found", "cancelled", and what references and the model throw. */
export async function checkDataset(db: WriteConnection, request: DatasetCheckRequest, hooks: CheckHooks = {}): Promise<QualityCheckId> {
  const { datasetId, ...rest } = request;
  const collectionId = datasetId as CollectionId;
  const { version } = getCollection(db, collectionId);
  const rows = datasetRows(db, collectionId, version);
  const findings = await checkQualityRows(rows, rest, hooks, db);
  return addQualityCheck(db, { collectionId, version, request, counts: countFindings(rows.length, findings), findings });
}

function datasetRows(db: ReadConnection, id: CollectionId, version: number): QualityRow[] {
  const rows: QualityRow[] = [];
  for (const { recordJson, rowId, split, state } of eachWholeRow(db, id, version)) {
    const record = checkedRecord(JSON.parse(recordJson) as DraftRecord, state);
    rows.push(qualityRow(record, rows.length, split === "" ? null : split, String(rowId)));
  }
  return rows;
}
