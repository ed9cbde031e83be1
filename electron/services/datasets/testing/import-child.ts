// Child process of the memory test: imports files one after the other into a workspace of its own, looks at the Parquet files before, and says for each how
// that ended, and at the end the most memory that it had.

import { isWorkbenchError } from "../../../../shared/errors.ts";
import type { CollectionId } from "../../../storage/ids.ts";
import { openWorkspace } from "../../../storage/open-workspace.ts";
import { importFiles } from "../import-files.ts";
import { makeDataset } from "../make-dataset.ts";
import { previewImport } from "../preview-import.ts";

const [workspace = "", ...paths] = process.argv.slice(2);
const db = openWorkspace(workspace, { create: true });
const id = makeDataset(db, "mine").id as CollectionId;

async function endOf(body: () => Promise<object>): Promise<object> {
  try {
    return await body();
  } catch (error) {
    if (!isWorkbenchError(error)) throw error;
    return { code: error.code, message: error.message };
  }
}

const [previews, ends]: [object[], object[]] = [[], []];
for (const path of paths) {
  if (path.endsWith(".parquet"))
    previews.push(
      await endOf(async () => {
        const { lookedAt, rejected } = await previewImport({ path });
        return { lookedAt, rejected: rejected.length };
      }),
    );
  ends.push(
    await endOf(async () => {
      const { imported, rejected } = await importFiles(db, id, { path });
      return { imported, rejected };
    }),
  );
}
db.close();
process.stdout.write(JSON.stringify({ previews, ends, peakBytes: process.resourceUsage().maxRSS * 1024 }));
