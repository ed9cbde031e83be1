// The real engine process on a tiny model: jobs, pause, stop, queue, kills. However a run is interrupted, it ends with the same bits.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { EngineCondition } from "../../shared/contract/events.ts";
import { Random } from "../engine/tensor/random.ts";
import { workspaceDigest, type WorkspaceDigest } from "../storage/digest.ts";
import { checkIntegrity } from "../storage/integrity.ts";
import { listCheckpoints } from "../storage/checkpoints.ts";
import { isEngineLockHeld } from "../storage/engine-lock.ts";
import type { JobId, RunId } from "../storage/ids.ts";
import { moveToFront, queuedJobs } from "../storage/job-queue.ts";
import { createJob, getJob } from "../storage/jobs.ts";
import { getRun, listRuns } from "../storage/runs.ts";
import { openTestHost, type TestHost } from "./testing/test-host.ts";
import { tinyFolder, type TinyFolder } from "./testing/tiny-training.ts";

let tiny: TinyFolder;
beforeAll(async () => {
  tiny = await tinyFolder();
});
afterAll(() => tiny.remove());

let open: TestHost[] = [];
afterEach(async () => {
  for (const host of open) if (host.db.open) await host.close();
  open = [];
});

function host(name: string): TestHost {
  const made = openTestHost(tiny.workspace(name));
  open.push(made);
  return made;
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
    const job = await it.ended(it.start(tiny.training()));
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
    const first = it.start(tiny.training());
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
    const first = it.start(tiny.training());
    await it.until(() => it.activities.includes(`step ${step}: ${phase}`));
    it.processes[0]?.kill();
    await it.until(() => it.engine.condition().state === "crashed");
    expect(it.engine.condition()).toMatchObject({ interruptedRunId: 1, jobId: null, reason: expect.stringContaining("SIGKILL") });
    await it.until(() => conditions(it).at(-1)?.state === "crashed");
    await it.until(() => it.said.some(({ topic, payload }) => topic === "run" && "status" in payload && payload.status === "interrupted"));
    await it.until(() => it.said.some(({ topic, payload }) => topic === "job" && "status" in payload && payload.status === "interrupted"));
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

test("killed at random moments, again and again, loading included, it ends with the same bits", async () => {
  const random = new Random(5);
  const it = host("random-kills");
  let job = it.start(tiny.training());
  for (let kill = 1; kill <= 6; kill++) {
    const processes = it.processes.length;
    await sleep(300 + random.float() * 1200);
    if (getJob(it.db, job).status === "finished") break;
    it.processes.at(-1)?.kill();
    await it.until(() => it.engine.condition().state === "crashed");
    expect(checkIntegrity(it.db)).toEqual([]);
    // Killed before it could take the job: that still waits, and goes on by itself.
    if (getJob(it.db, job).status === "queued") it.engine.wake();
    else job = it.start(onlyRun(it) === undefined ? tiny.training() : { kind: "resume", runId: 1 });
    await it.until(() => it.processes.length > processes);
  }
  expect((await it.ended(job)).status).toBe("finished");
  expect(listRuns(it.db).map(({ id, status, lastStep }) => [id, status, lastStep])).toEqual([[1, "finished", 5]]);
  const whole = host("whole-again");
  await whole.ended(whole.start(tiny.training()));
  expect(digestOf(it)).toEqual(digestOf(whole));
});

describe("the queue", () => {
  test("runs one training after the other, in the order asked for, and short jobs in between", async () => {
    const it = host("queue");
    const [a, b, c] = [1, 2, 3].map((seed) => createJob(it.db, { kind: "train", arguments: tiny.training({ seed, steps: 2 }) }));
    moveToFront(it.db, c as JobId);
    expect(queuedJobs(it.db).map((job) => job.id)).toEqual([c, a, b]);
    it.engine.wake();
    await it.until(() => it.activities.includes("step 1: rollout"));
    const request = { prompt: { type: "text" as const, text: "Say cat." }, temperature: 1, topP: 1, topK: 0, maxNewTokens: 4 };
    const source = { type: "base" as const, model: tiny.model };
    const short = it.start({ kind: "generate", request: { ...request, asks: [{ source, mode: "think", seed: 1 }] } });
    expect((await it.ended(short)).status).toBe("finished");
    expect(getJob(it.db, b as JobId).status).toBe("queued");
    await it.ended(b as JobId);
    const seeds = listRuns(it.db)
      .reverse()
      .map((run) => [run.seed, run.status]);
    expect(seeds).toEqual([
      [3, "finished"],
      [1, "finished"],
      [2, "finished"],
    ]);
    expect(it.processes).toHaveLength(1);
  });

  test("survives host and engine: what was in work is interrupted, what waited goes on by itself", async () => {
    const first = host("restart");
    const cut = first.start(tiny.training());
    const waiting = first.start(tiny.training({ seed: 4, steps: 2 }));
    await first.until(() => first.activities.includes("step 2: rollout"));
    first.vanish();
    await first.until(() => !isEngineLockHeld(tiny.workspace("restart")));
    const second = host("restart");
    expect(getJob(second.db, cut)).toMatchObject({
      status: "interrupted",
      error: { message: "The workbench ended while this was in work." },
    });
    expect(getRun(second.db, 1 as RunId).status).toBe("interrupted");
    expect((await second.ended(waiting)).status).toBe("finished");
    expect(getRun(second.db, 2 as RunId)).toMatchObject({ seed: 4, status: "finished" });
  });

  test("closing pauses what trains; what waits stays in the queue", async () => {
    const first = host("closing");
    first.start(tiny.training());
    const waiting = first.start(tiny.training({ seed: 4, steps: 2 }));
    await first.until(() => first.activities.includes("step 1: rollout"));
    await first.close();
    expect(first.engine.condition().state).toBe("stopped");
    const second = host("closing");
    expect(getRun(second.db, 1 as RunId).status).toBe("paused");
    expect((await second.ended(waiting)).status).toBe("finished");
  });

  test("a job in work is cancelled on the spot, and the run can go on; a wish for a run that is not in work is none", async () => {
    const it = host("cancel");
    const job = it.start(tiny.training());
    await it.until(() => it.activities.includes("step 2: rollout"));
    it.engine.endRun(77, "pause");
    expect(it.engine.cancel(job)).toBe(true);
    expect((await it.ended(job)).status).toBe("cancelled");
    expect(onlyRun(it)?.status).toBe("cancelled");
    expect((await it.ended(it.start({ kind: "resume", runId: 1 }, 1))).status).toBe("finished");
    expect(onlyRun(it)).toMatchObject({ status: "finished", lastStep: 5 });
  });

  test("a stopped run is saved: it is exported as it stood, and goes on when asked to", async () => {
    const it = host("stop");
    const job = it.start(tiny.training());
    await it.until(() => it.activities.includes("step 3: rollout"));
    expect(it.engine.endRun(1, "stop")).toBe(true);
    await it.ended(job);
    const { lastStep, status } = getRun(it.db, 1 as RunId);
    expect([status, lastStep < 5]).toEqual(["cancelled", true]);
    expect(listCheckpoints(it.db, 1 as RunId).at(-1)).toMatchObject({ step: lastStep, kind: "resumable" });
  });
});
