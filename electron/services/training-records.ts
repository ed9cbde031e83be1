// The instruction records that a name stands for: a file or a shipped set, or "dataset:<id>" for one stored in the workspace.

import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import type { ReadConnection } from "../storage/connection.ts";
import { getDataset, listDatasetRecords, type Dataset } from "../storage/datasets.ts";
import type { DatasetId } from "../storage/ids.ts";
import { readDatasetFile } from "./dataset-file.ts";

/** `dataset` is set where the records are already stored. Throws what reading a file throws, and "not-found". */
export async function trainingRecords(
  name: string,
  db?: ReadConnection,
): Promise<{ readonly records: readonly InstructionRecord[]; readonly dataset?: Dataset }> {
  const stored = /^dataset:(\d+)$/.exec(name);
  if (db === undefined || stored === null) return { records: (await readDatasetFile(name)).records };
  const id = Number(stored[1]) as DatasetId;
  const dataset = getDataset(db, id);
  if (dataset === undefined) throw new WorkbenchError("not-found", `there is no dataset ${id}`, { where: db.name });
  return { records: listDatasetRecords(db, id), dataset };
}
