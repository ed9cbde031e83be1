// The instruction records that a name stands for: a file or a shipped set, "dataset:<id>" for one stored in the workspace, or
// "collection:<id or name>" for an edited one, with "@<version>" for an earlier version than the present.

import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import type { ReadConnection } from "../storage/connection.ts";
import { getDataset, listDatasetRecords, type Dataset } from "../storage/datasets.ts";
import type { DatasetId } from "../storage/ids.ts";
import { readDatasetFile, type DatasetFile } from "./dataset-file.ts";
import { requireCollection } from "./datasets/find-collection.ts";
import { freezeRecords } from "./datasets/make-dataset.ts";

export interface NamedRecords {
  readonly records: readonly InstructionRecord[];
  /** Where the records are stored already. */
  readonly dataset?: Dataset;
  /** What they are called, where the name that was asked for is no file's. */
  readonly title?: string;
}

const STORED_NAME = /^(?:(dataset):(\d+)|(collection):(.+?)(?:@(\d+))?)$/;

/** Whether a name is of something in the workspace. */
export function isStoredName(name: string): boolean {
  return STORED_NAME.test(name);
}

/**
 * Throws what reading a file throws, "not-found", "invalid-argument" for a stored name without a workspace, and "invalid-record" where an
 * edited dataset has no row to train on.
 */
export async function trainingRecords(name: string, db?: ReadConnection): Promise<NamedRecords> {
  const [, stored, storedId, edited, editedName = "", version] = STORED_NAME.exec(name) ?? [];
  if (stored === undefined && edited === undefined) return { records: (await readDatasetFile(name)).records };
  if (db === undefined) throw new WorkbenchError("invalid-argument", "this name is of a workspace, and none is given", { got: name });
  if (edited !== undefined) {
    const { records, title } = freezeRecords(db, requireCollection(db, editedName).id, version === undefined ? undefined : Number(version));
    return { records, title };
  }
  const dataset = getDataset(db, Number(storedId) as DatasetId);
  if (dataset === undefined) throw new WorkbenchError("not-found", `there is no dataset ${storedId ?? ""}`, { where: db.name });
  return { records: listDatasetRecords(db, dataset.id), dataset };
}

/** The same as a file, whose path says where the records are from. */
export async function namedDataFile(name: string, db?: ReadConnection): Promise<DatasetFile> {
  if (!isStoredName(name)) return readDatasetFile(name);
  const { records, dataset, title } = await trainingRecords(name, db);
  return { name: dataset?.name ?? title ?? name, path: dataset?.source ?? name, records };
}
