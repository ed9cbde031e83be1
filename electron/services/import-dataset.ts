// Takes a user's own JSONL file into the workspace as a data set; from then on the file is not needed.

import { basename } from "node:path";
import type { DatasetChoice } from "../../shared/domain/training.ts";
import { addDataset } from "../storage/datasets.ts";
import { openWorkspace } from "../storage/open-workspace.ts";
import { storedChoice } from "./dataset-choices.ts";
import { readDatasetFile } from "./dataset-file.ts";

/** The same content twice is stored once. Throws what reading the file throws, and storage errors. */
export async function importDataset(path: string, workspace: string): Promise<DatasetChoice> {
  const { records } = await readDatasetFile(path);
  const db = openWorkspace(workspace);
  try {
    return storedChoice(db, addDataset(db, { name: basename(path).replace(/\.jsonl$/i, ""), source: path, records }));
  } finally {
    db.close();
  }
}
