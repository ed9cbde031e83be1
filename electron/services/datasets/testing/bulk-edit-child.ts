// Child process of the kill test: tags every row of dataset 1 of a workspace. Says "start" before and "done" after.

import type { CollectionId } from "../../../storage/ids.ts";
import { openWorkspace } from "../../../storage/open-workspace.ts";
import { bulkEditDataset } from "../bulk-edit.ts";

const db = openWorkspace(process.argv[2] ?? "");
process.stdout.write("start\n");
bulkEditDataset(db, 1 as CollectionId, { type: "filter", filter: {} }, { type: "tags", add: ["edited"], remove: [] });
process.stdout.write("done\n");
db.close();
