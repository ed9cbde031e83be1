// New datasets to edit: empty, or with the records of a shipped or frozen one; and the other way: the rows of a version frozen into
// the records that a run trains on.

import type { DatasetSummary } from "../../../shared/domain/dataset.ts";
import { instructionRecordSchema, type InstructionRecord } from "../../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { eachWholeRow } from "../../storage/collection-rows.ts";
import { commitVersion, requireVersion } from "../../storage/collection-versions.ts";
import { createCollection, getCollection } from "../../storage/collections.ts";
import { transaction, type ReadConnection, type WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { addRecord } from "./dataset-edits.ts";
import { summariseDataset } from "./dataset-views.ts";
import { rowState } from "./row-facets.ts";

export interface RecordsToTake {
  /** Where they come from, in words. */
  readonly source: string;
  readonly records: readonly InstructionRecord[];
}

/** Throws "invalid-argument" where the name is taken. */
export function makeDataset(db: WriteConnection, name: string, from?: RecordsToTake): DatasetSummary {
  return transaction(db, () => {
    const { id } = createCollection(db, name);
    if (from !== undefined) {
      const changes = from.records.map((record) => addRecord(db, id, record, { split: "", source: from.source, format: "raif" }));
      commitVersion(db, id, { kind: "import", title: `take ${changes.length} records of ${from.source}` }, changes);
    }
    return summariseDataset(db, id);
  });
}

export interface FrozenRecords {
  /** "NAME, version N" */
  readonly title: string;
  readonly records: readonly InstructionRecord[];
  /** Rows that cannot be trained on. */
  readonly leftOut: number;
}

/**
 * The rows of a version that can be trained on, ids made distinct; of one split where one is named. Looks at each anew, because the
 * rules may know more than when it was stored. Throws "not-found", and "invalid-record" where no row is left.
 */
export function freezeRecords(db: ReadConnection, id: CollectionId, version?: number, split?: string): FrozenRecords {
  const { name, version: present } = getCollection(db, id);
  if (version !== undefined) requireVersion(db, id, version);
  const records: InstructionRecord[] = [];
  const used = new Set<string>();
  let leftOut = 0;
  for (const { recordJson, split: ofRow } of eachWholeRow(db, id, version)) {
    if (split !== undefined && split !== ofRow) continue;
    const record = JSON.parse(recordJson) as InstructionRecord;
    if (rowState(record).state !== "ready") {
      leftOut++;
      continue;
    }
    records.push(instructionRecordSchema.parse({ ...record, id: freeId(record.id, used) }));
  }
  const title = `${name}, version ${version ?? present}`;
  if (records.length === 0) throw new WorkbenchError("invalid-record", "no row of this dataset can be trained on", { where: title });
  return { title, records, leftOut };
}

function freeId(id: string, used: Set<string>): string {
  let free = id;
  for (let copy = 2; used.has(free); copy++) free = `${id}~${copy}`;
  used.add(free);
  return free;
}
