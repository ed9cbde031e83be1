// Child process of the full-disk test: writes steps to a workspace on a small file system until that is full, then reads
// back what is there. Prints one JSON object. Argument: workspace path.

import { isWorkbenchError } from "../../../shared/errors.ts";
import { checkIntegrity } from "../integrity.ts";
import { openEngineWorkspace, openWorkspaceReadOnly } from "../open-workspace.ts";
import { createRun } from "../runs.ts";
import { lastStep, recordStep } from "../steps.ts";
import { SAMPLE_RUN, sampleCheckpoint, sampleStep } from "./sample-run.ts";

const path = process.argv[2] ?? "";
const { db, close } = openEngineWorkspace(path, { create: true });
const { id } = createRun(db, SAMPLE_RUN);
let written = 0;
let code = "none";
try {
  for (let step = 1; step <= 1000; step++) {
    recordStep(db, { ...sampleStep(id, step), checkpoint: sampleCheckpoint(step, 10_000) });
    written = step;
  }
} catch (error) {
  code = isWorkbenchError(error) ? error.code : String(error);
}
const stored = lastStep(db, id);
const integrity = checkIntegrity(db);
close();
const reopened = openWorkspaceReadOnly(path);
process.stdout.write(JSON.stringify({ code, written, stored, integrity, storedAfterReopening: lastStep(reopened, id) }));
reopened.close();
