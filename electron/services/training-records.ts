// The instruction records that a name stands for: a file or a shipped set, "dataset:<id>" for one stored in the workspace, or
// "collection:<id>" for an edited one, with "@<version>" for an earlier version than the present.

import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import type { ReadConnection } from "../storage/connection.ts";
import { getDataset, listDatasetRecords, type Dataset } from "../storage/datasets.ts";
import type { CollectionId, DatasetId } from "../storage/ids.ts";
import { readDatasetFile } from "./dataset-file.ts";
import { freezeRecords } from "./datasets/make-dataset.ts";

export interface NamedRecords {
  readonly records: readonly InstructionRecord[];
  /** Where the records are stored already. */
  readonly dataset?: Dataset;
  /** What they are called, where the name that was asked for is no file's. */
  readonly title?: string;
}

const STORED_NAME = /^(dataset|collection):(\d+)(?:@(\d+))?$/;

/** Whether a name is of something in the workspace. */
export function isStoredName(name: string): boolean {
  return STORED_NAME.test(name);
}

/** Throws what reading a file throws, "not-found", and "invalid-record" where an edited dataset has no row to train on. */
export async function trainingRecords(name: string, db?: ReadConnection): Promise<NamedRecords> {
  const [, kind, id, version] = STORED_NAME.exec(name) ?? [];
  if (db === undefined || kind === undefined) return { records: (await readDatasetFile(name)).records };
  if (kind === "collection") {
    const { records, title } = freezeRecords(db, Number(id) as CollectionId, version === undefined ? undefined : Number(version));
    return { records, title };
  }
  const dataset = getDataset(db, Number(id) as DatasetId);
  if (dataset === undefined) throw new WorkbenchError("not-found", `there is no dataset ${id}`, { where: db.name });
  return { records: listDatasetRecords(db, dataset.id), dataset };
}
