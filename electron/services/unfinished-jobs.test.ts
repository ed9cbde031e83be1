import { expect, test } from "vitest";
import { synthesisRequestSchema } from "../../shared/domain/synthesis.ts";
import { openWorkspace } from "../storage/open-workspace.ts";
import { createJob, updateJob } from "../storage/jobs.ts";
import { interruptJobs } from "../storage/job-queue.ts";
import { createSynthesis, storeSample } from "../storage/syntheses.ts";
import { makeDataset } from "./datasets/make-dataset.ts";
import { unfinishedDataJobs } from "./unfinished-jobs.ts";

test("what a crash cut off is listed with what it is about, until it is started again or taken off", () => {
  const db = openWorkspace(":memory:");
  const synthesisId = createSynthesis(db, synthesisRequestSchema.parse({ count: 9, source: { type: "templates" } }));
  storeSample(db, synthesisId, { index: 0, stage: "plan", reason: "no", sample: {} });
  const { id: datasetId } = makeDataset(db, "mine");
  const grow = { kind: "synthesize", arguments: { kind: "synthesize", synthesisId } };
  const growing = createJob(db, grow);
  const checking = createJob(db, { kind: "check", arguments: { kind: "check", request: { datasetId } } });
  const lost = createJob(db, { kind: "verify", arguments: { kind: "verify", request: { datasetId: 99, filter: {} } } });
  createJob(db, { kind: "export", arguments: {} });
  for (const id of [growing, checking, lost]) updateJob(db, id, { status: "running" });
  expect(unfinishedDataJobs(db)).toEqual([]);
  interruptJobs(db, { code: "engine-crashed", message: "gone" });
  expect(unfinishedDataJobs(db).map(({ id, status, about }) => [id, status, about])).toEqual([
    [lost, "interrupted", null],
    [checking, "interrupted", { type: "dataset", datasetId, name: "mine" }],
    [growing, "interrupted", { type: "synthesis", synthesisId, accepted: 0, rejected: 1, wanted: 9 }],
  ]);
  updateJob(db, checking, { status: "cancelled" });
  createJob(db, grow);
  expect(unfinishedDataJobs(db).map(({ id }) => id)).toEqual([lost]);
  db.close();
});
