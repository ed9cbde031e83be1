// Child process of the memory test: imports files one after the other into a workspace of its own and says for each how it ended, and at the
// end the most memory that it had.

import { isWorkbenchError } from "../../../../shared/errors.ts";
import type { CollectionId } from "../../../storage/ids.ts";
import { openWorkspace } from "../../../storage/open-workspace.ts";
import { importFiles } from "../import-files.ts";
import { makeDataset } from "../make-dataset.ts";

const [workspace = "", ...paths] = process.argv.slice(2);
const db = openWorkspace(workspace, { create: true });
const id = makeDataset(db, "mine").id as CollectionId;
const ends: unknown[] = [];
for (const path of paths) {
  try {
    const { imported, rejected } = await importFiles(db, id, { path });
    ends.push({ imported, rejected });
  } catch (error) {
    if (!isWorkbenchError(error)) throw error;
    ends.push({ code: error.code, message: error.message });
  }
}
db.close();
process.stdout.write(JSON.stringify({ ends, peakBytes: process.resourceUsage().maxRSS * 1024 }));
