// The real engine process on a tiny model: jobs, pause, stop, queue, kills. However a run is interrupted, it ends with the same bits.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { EngineCondition } from "../../shared/contract/events.ts";
import { workspaceDigest, type WorkspaceDigest } from "../storage/digest.ts";
import { checkIntegrity } from "../storage/integrity.ts";
import { getJob } from "../storage/jobs.ts";
import type { RunId } from "../storage/ids.ts";
import { listRuns } from "../storage/runs.ts";
import { tinyDataset, writeTinyModel } from "../services/testing/tiny-model.ts";
import type { JobArguments } from "./job-arguments.ts";
import { openTestHost, type TestHost } from "./testing/test-host.ts";

const folder = mkdtempSync(join(tmpdir(), "raif-engine-"));
const [model, data] = [join(folder, "model"), join(folder, "data.jsonl")];
beforeAll(async () => {
  await writeTinyModel(model, join(folder, "scratch"));
  writeFileSync(data, tinyDataset());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let open: TestHost[] = [];
afterEach(async () => {
  for (const host of open) if (host.db.open) await host.close();
  open = [];
});

function host(name: string): TestHost {
  const made = openTestHost(join(folder, `${name}.raif`));
  open.push(made);
  return made;
}

const SETTINGS = {
  steps: 5,
  seed: 3,
  promptsPerStep: 3,
  numGenerations: 2,
  maxNewTokens: 8,
  maxPromptTokens: 400,
  checkpointEverySteps: 2,
  learningRate: 0.01,
  overlong: "keep",
  "superiorCot.thinkSamples": 2,
  "superiorCot.emptySamples": 1,
};

function training(set: Readonly<Record<string, string | number | boolean>> = {}): JobArguments {
  return { kind: "train", request: { model, data, recipe: "paper", set: { ...SETTINGS, ...set }, device: "cpu" } };
}

const onlyRun = ({ db }: TestHost) => listRuns(db)[0];
const digestOf = ({ db }: TestHost): WorkspaceDigest => workspaceDigest(db, (listRuns(db)[0] as { id: RunId }).id);
const conditions = ({ said }: TestHost): EngineCondition[] =>
  said.flatMap(({ topic, payload }) => (topic === "engine" ? [payload as EngineCondition] : []));

describe("a training", () => {
  let uninterrupted: WorkspaceDigest;

  test("runs in a process of its own, is stored, and is told about at most ten times a second a topic", async () => {
    const it = host("whole");
    const startMs = performance.now();
    const job = await it.ended(it.start(training()));
    expect(job).toMatchObject({ status: "finished", runId: 1, progress: { fraction: 1, result: { type: "run", runId: 1, steps: 5 } } });
    expect(onlyRun(it)).toMatchObject({ status: "finished", lastStep: 5 });
    uninterrupted = digestOf(it);
    await it.until(() => it.engine.condition().state === "idle");
    expect(it.engine.memoryBytes()).toBeGreaterThan(1e6);
    await it.until(() => it.said.some(({ topic, payload }) => topic === "job" && "status" in payload && payload.status === "finished"));
    await it.until(() => it.said.some(({ topic, payload }) => topic === "run" && "status" in payload && payload.status === "finished"));
    const seconds = (performance.now() - startMs) / 1000;
    for (const topic of ["run", "job", "rollouts", "engine"]) {
      const count = it.said.filter((event) => event.topic === topic).length;
      expect(count, topic).toBeGreaterThan(0);
      expect(count, topic).toBeLessThanOrEqual(10 * seconds + 2);
    }
    const { sharedObjects } = process.report.getReport() as { readonly sharedObjects: readonly string[] };
    expect(sharedObjects.filter((library) => library.includes("onnxruntime"))).toEqual([]);
  });

  test.each([1, 2, 4])("paused in step %i and resumed, it ends with the same bits", async (step) => {
    const it = host(`paused-${step}`);
    const first = it.start(training());
    await it.until(() => it.activities.includes(`step ${step}: rollout`));
    expect(it.engine.endRun(1, "pause")).toBe(true);
    await it.ended(first);
    const paused = onlyRun(it);
    expect(paused?.status).toBe("paused");
    expect(paused?.lastStep).toBeLessThan(5);
    await it.ended(it.start({ kind: "resume", runId: 1 }, 1));
    expect(onlyRun(it)).toMatchObject({ status: "finished", lastStep: 5 });
    expect(digestOf(it)).toEqual(uninterrupted);
  });

  test.each([
    ["rollout", 2],
    ["update", 3],
    ["save", 4],
  ])("killed in %s of step %i: noticed, stored with its reason, said, and one resume ends with the same bits", async (phase, step) => {
    const it = host(`killed-${phase}`);
    const first = it.start(training());
    await it.until(() => it.activities.includes(`step ${step}: ${phase}`));
    it.processes[0]?.kill();
    await it.until(() => it.engine.condition().state === "crashed");
    expect(it.engine.condition()).toMatchObject({ interruptedRunId: 1, jobId: null, reason: expect.stringContaining("SIGKILL") });
    await it.until(() => conditions(it).at(-1)?.state === "crashed");
    expect(onlyRun(it)).toMatchObject({
      status: "interrupted",
      error: { code: "engine-failed", message: expect.stringContaining("SIGKILL") },
    });
    expect(getJob(it.db, first)).toMatchObject({ status: "interrupted", error: { code: "engine-failed" } });
    expect(checkIntegrity(it.db)).toEqual([]);
    await it.ended(it.start({ kind: "resume", runId: 1 }, 1));
    expect(onlyRun(it)).toMatchObject({ status: "finished", lastStep: 5, error: undefined });
    expect(digestOf(it)).toEqual(uninterrupted);
    expect(it.processes).toHaveLength(2);
  });
});
