import { afterEach, beforeEach, expect, test } from "vitest";
import type { WriteConnection } from "./connection.ts";
import { allRows } from "./connection.ts";
import type { RunId } from "./ids.ts";
import { checkIntegrity } from "./integrity.ts";
import { openWorkspace } from "./open-workspace.ts";
import {
  listDeletedRuns,
  listTags,
  markRunDeleted,
  purgeRunStepwise,
  renameRun,
  restoreRun,
  setRunArchived,
  setRunNotes,
  setRunTags,
} from "./run-edits.ts";
import { createRun, getRun, interruptRunningRuns, listRuns, setRunStatus } from "./runs.ts";
import { recordStep } from "./steps.ts";
import { SAMPLE_RUN, sampleStep } from "./testing/sample-run.ts";

let db: WriteConnection;
let runId: RunId;
beforeEach(() => {
  db = openWorkspace(":memory:");
  runId = createRun(db, SAMPLE_RUN).id;
});
afterEach(() => db.close());

test("name, notes, archive flag and tags are kept; tags once each and by name", () => {
  expect(getRun(db, runId)).toMatchObject({ notes: "", archived: false, tags: [], deletedAtMs: undefined, forkedFrom: undefined });
  renameRun(db, runId, "better");
  setRunNotes(db, runId, "learned late\nlook at step 30");
  setRunArchived(db, runId, true);
  setRunTags(db, runId, ["slow", " baseline ", "slow", " "]);
  expect(getRun(db, runId)).toMatchObject({
    name: "better",
    notes: "learned late\nlook at step 30",
    archived: true,
    tags: ["baseline", "slow"],
  });
  setRunTags(db, runId, ["slow"]);
  expect(listRuns(db)[0]?.tags).toEqual(["slow"]);
  expect(listTags(db)).toEqual([{ tag: "slow", runs: 1 }]);
  expect(() => renameRun(db, 99 as RunId, "x")).toThrow(expect.objectContaining({ code: "not-found" }));
});

test("a fork knows where it came from, and loses that only when the origin is purged", () => {
  const fork = createRun(db, { ...SAMPLE_RUN, forkedFrom: { runId, step: 7 } });
  expect(fork.forkedFrom).toEqual({ runId, step: 7 });
  setRunStatus(db, runId, "finished");
  markRunDeleted(db, runId);
  expect(getRun(db, fork.id).forkedFrom).toEqual({ runId, step: 7 });
  while (!purgeRunStepwise(db, runId));
  expect(getRun(db, fork.id).forkedFrom).toBeUndefined();
});

test("a paused run reads as paused until it goes on", () => {
  setRunStatus(db, runId, "paused");
  expect(interruptRunningRuns(db)).toEqual([]);
  expect(getRun(db, runId)).toMatchObject({ status: "paused", error: undefined });
  setRunStatus(db, runId, "running");
  expect(getRun(db, runId).status).toBe("running");
  interruptRunningRuns(db);
  expect(getRun(db, runId).status).toBe("interrupted");
});

test("deletion hides a run, can be undone, and the purge takes everything in small bites", () => {
  for (let step = 1; step <= 7; step++) recordStep(db, sampleStep(runId, step));
  expect(() => markRunDeleted(db, runId)).toThrow(expect.objectContaining({ code: "workspace-locked" }));
  setRunStatus(db, runId, "finished");
  expect(() => purgeRunStepwise(db, runId)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  markRunDeleted(db, runId, 1000);
  markRunDeleted(db, runId, 2000);
  expect([listRuns(db), listDeletedRuns(db)]).toEqual([[], [{ id: runId, name: "sample", deletedAtMs: 1000 }]]);
  restoreRun(db, runId);
  expect(listRuns(db)).toHaveLength(1);
  markRunDeleted(db, runId);
  const steps = (): number => allRows(db, "SELECT step FROM steps").length;
  expect([purgeRunStepwise(db, runId, 4), steps(), purgeRunStepwise(db, runId, 4), steps(), purgeRunStepwise(db, runId, 4)]).toEqual([
    false,
    3,
    false,
    0,
    true,
  ]);
  expect(listDeletedRuns(db)).toEqual([]);
  expect(allRows(db, "SELECT id FROM rollouts UNION ALL SELECT rowid FROM rollouts_fts WHERE rollouts_fts MATCH 'river'")).toEqual([]);
  expect(checkIntegrity(db)).toEqual([]);
});
