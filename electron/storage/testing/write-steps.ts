// Child process of the kill test: takes the workspace as an engine does, goes back to the last checkpoint, and writes steps
// to the end. Says "step N" after each commit. Arguments: workspace path, total steps.

import { loadCheckpoint, pruneCheckpoints } from "../checkpoints.ts";
import type { RunId } from "../ids.ts";
import { openEngineWorkspace } from "../open-workspace.ts";
import { createRun, interruptRunningRuns, listRuns, setRunStatus } from "../runs.ts";
import { recordStep, rewindToStep } from "../steps.ts";
import { SAMPLE_RUN, sampleCheckpoint, sampleStep } from "./sample-run.ts";

const [path = "", total = "0"] = process.argv.slice(2);
const { db, close } = openEngineWorkspace(path, { create: true });
interruptRunningRuns(db);
const runId: RunId = listRuns(db)[0]?.id ?? createRun(db, SAMPLE_RUN).id;
setRunStatus(db, runId, "running");
const start = loadCheckpoint(db, runId, { kind: "resumable" })?.step ?? 0;
rewindToStep(db, runId, start);

for (let step = start + 1; step <= Number(total); step++) {
  const atCheckpoint = step % 3 === 0;
  recordStep(db, { ...sampleStep(runId, step), ...(atCheckpoint ? { checkpoint: sampleCheckpoint(step, 50_000) } : {}) });
  if (atCheckpoint) pruneCheckpoints(db, runId, { keepResumable: 2, keepWeightsEvery: 6 });
  process.stdout.write(`step ${step}\n`);
}
setRunStatus(db, runId, "finished");
close();
