// Growing and checking a dataset as jobs of the real engine process: what is made is kept in a dataset, can be trained on, and has
// nothing wrong with it.

import { afterAll, beforeAll, expect, test } from "vitest";
import { synthesisRequestSchema } from "../../shared/domain/synthesis.ts";
import { keepSynthesis, summariseSynthesis } from "../services/synthesis/synthesis-views.ts";
import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import { madeUpRecord } from "../services/datasets/made-up-records.ts";
import { makeDataset } from "../services/datasets/make-dataset.ts";
import { trainingRecords } from "../services/training-records.ts";
import { createJob } from "../storage/jobs.ts";
import { createSynthesis } from "../storage/syntheses.ts";
import type { JobArguments } from "./job-arguments.ts";
import { openTestHost, type TestHost } from "./testing/test-host.ts";
import { tinyFolder, type TinyFolder } from "./testing/tiny-training.ts";

let tiny: TinyFolder;
let host: TestHost;
beforeAll(async () => {
  tiny = await tinyFolder();
  host = openTestHost(tiny.workspace("grown"));
});
afterAll(async () => {
  await host.close();
  tiny.remove();
});

function start(job: JobArguments): ReturnType<TestHost["ended"]> {
  const id = createJob(host.db, { kind: job.kind, arguments: job });
  host.engine.wake();
  return host.ended(id);
}

test("50 instructions are made from templates, kept, trained on as they are, and found in order", async () => {
  const request = synthesisRequestSchema.parse({ count: 50, seed: 3, source: { type: "templates" }, avoid: ["starter"] });
  const synthesisId = createSynthesis(host.db, request);
  const made = await start({ kind: "synthesize", synthesisId });
  expect(made).toMatchObject({
    status: "finished",
    progress: { result: { type: "synthesis", synthesisId, accepted: 50, rejected: 0 } },
  });
  expect(summariseSynthesis(host.db, synthesisId)).toMatchObject({ done: true, accepted: 50, shortfall: null });
  const kept = keepSynthesis(host.db, synthesisId, { name: "Grown" });
  expect(kept).toMatchObject({ version: 1, added: 50 });
  expect((await trainingRecords(`collection:${kept.datasetId}`, host.db)).records).toHaveLength(50);
  const checked = await start({
    kind: "check",
    request: { datasetId: kept.datasetId, against: ["heldout", `collection:${kept.datasetId}`] },
  });
  expect(checked).toMatchObject({ status: "finished", progress: { result: { type: "quality", checkId: 1 } } });
});

test("a check of many answers, and one of the rows, end in their middle when they are cancelled", async () => {
  // Every third of them has a demonstration.
  const records = Array.from({ length: 12_000 }, (_, n) => madeUpRecord(3 * n) as InstructionRecord);
  const { id: datasetId } = makeDataset(host.db, "Many", { source: "made up", records });
  const jobs: readonly JobArguments[] = [
    { kind: "verify", request: { datasetId, filter: {} } },
    { kind: "check", request: { datasetId, types: ["impossible-constraints"] } },
  ];
  for (const job of jobs) {
    const id = host.start(job);
    const said = host.activities.length;
    await host.until(() => host.activities.slice(said).some((activity) => /\d of 12000/.test(activity)), "the check is going on");
    host.engine.cancel(id);
    const ended = await host.ended(id);
    expect([job.kind, ended.status]).toEqual([job.kind, "cancelled"]);
    expect((ended.progress as { readonly fraction: number }).fraction).toBeLessThan(1);
  }
});

test("a synthesis that does not exist, and a dataset that does not, fail in words", async () => {
  expect(await start({ kind: "synthesize", synthesisId: 99 })).toMatchObject({
    status: "failed",
    error: { code: "not-found" },
  });
  expect(await start({ kind: "check", request: { datasetId: 99 } })).toMatchObject({ status: "failed", error: { code: "not-found" } });
});
