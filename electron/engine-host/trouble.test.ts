// What goes wrong around the engine: its host is killed, another program has the database, another engine has the workspace, the
// disk is full, a job makes no sense. Each gives a clear message, and nothing is lost.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { workspaceDigest } from "../storage/digest.ts";
import { acquireEngineLock, isEngineLockHeld } from "../storage/engine-lock.ts";
import type { RunId } from "../storage/ids.ts";
import { getJob } from "../storage/jobs.ts";
import { openWorkspace } from "../storage/open-workspace.ts";
import { getRun } from "../storage/runs.ts";
import { nodeEngineLauncher } from "./engine-process.ts";
import { openTestHost, type TestHost } from "./testing/test-host.ts";
import { FULL_DISK_SETTINGS, tinyFolder, type Changes, type TinyFolder } from "./testing/tiny-training.ts";

/** Of util-linux: runs a command with mounts of its own, which end with it. */
const PRIVATE_MOUNTS = "unshare";

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

function host(name: string, ...given: Parameters<typeof nodeEngineLauncher>): TestHost {
  const file = tiny.workspace(name);
  const made = given.length === 0 ? openTestHost(file) : openTestHost(file, nodeEngineLauncher(...given));
  open.push(made);
  return made;
}

const child = (name: string): string => join(import.meta.dirname, "testing", name);

async function undisturbed(name: string, set: Changes = {}): Promise<string> {
  const it = host(name);
  await it.ended(it.start(tiny.training(set)));
  expect(getRun(it.db, 1 as RunId).status).toBe("finished");
  return workspaceDigest(it.db, 1 as RunId).digest;
}

test("an engine whose host was killed leaves by itself and gives the workspace free", async () => {
  const file = tiny.workspace("orphan");
  const killed = spawn(process.execPath, [child("training-host.ts"), file, tiny.model, tiny.data], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pid = Number(await new Promise<string>((resolve) => killed.stdout.setEncoding("utf8").once("data", resolve)));
  expect(isEngineLockHeld(file)).toBe(true);
  killed.kill("SIGKILL");
  const it = host("other");
  await it.until(() => !isAlive(pid), "the engine's end");
  expect(isEngineLockHeld(file)).toBe(false);
});

test("while another program has the database, a finished step waits and says so, and then goes on to the same bits", async () => {
  const it = host("busy");
  const job = it.start(tiny.training());
  await it.until(() => it.activities.includes("step 2: rollout"));
  const other = openWorkspace(tiny.workspace("busy"));
  await it.until(() => {
    try {
      other.exec("BEGIN IMMEDIATE");
      return true;
    } catch {
      return false;
    }
  });
  const stored = getRun(it.db, 1 as RunId).lastStep;
  expect(stored).toBeLessThan(5);
  await it.until(() => it.activities.some((activity) => activity.endsWith("waits: another program keeps the workspace busy")));
  expect(getRun(it.db, 1 as RunId)).toMatchObject({ status: "running", lastStep: stored });
  other.exec("ROLLBACK");
  other.close();
  expect((await it.ended(job)).status).toBe("finished");
  expect(workspaceDigest(it.db, 1 as RunId).digest).toBe(await undisturbed("not-busy"));
});

test("a workspace in which another engine works is refused with its owner's name; later the waiting job runs", async () => {
  const it = host("locked");
  const lock = acquireEngineLock(it.db.name);
  const job = it.start(tiny.training({ steps: 1 }));
  await it.until(() => it.engine.condition().state === "crashed");
  expect(it.engine.condition().reason).toContain(`another engine uses this workspace: process ${process.pid}`);
  expect(getJob(it.db, job).status).toBe("queued");
  lock.release();
  it.engine.wake();
  expect((await it.ended(job)).status).toBe("finished");
});

test("an engine that cannot even start says why", async () => {
  const it = host("no-engine", join(tiny.path, "absent.ts"));
  it.start(tiny.training());
  await it.until(() => it.engine.condition().state === "crashed");
  expect(it.engine.condition().reason).toMatch(/exit code 1[\s\S]*absent\.ts/);
});

test("jobs that cannot be done fail with what is wrong, and the engine goes on", async () => {
  const it = host("bad-jobs");
  const bad = [
    it.start({ kind: "train", request: { model: join(tiny.path, "absent"), data: tiny.data, recipe: "paper", set: {}, device: "cpu" } }),
    it.start(tiny.training({ promptsPerStep: "many" })),
    it.start(tiny.training({ maxNewTokens: 512 })),
    it.start({ kind: "resume", runId: 99 }),
    it.start({ kind: "score", rolloutId: 99 }),
    it.start({ kind: "nonsense" } as never),
    it.start(tiny.training({ learningRate: 1e38, maxGradNorm: 0, checkpointEverySteps: 1 })),
  ];
  const codes = [];
  for (const id of bad) codes.push(((await it.ended(id)).error as { readonly code: string }).code);
  expect(codes).toEqual(["file-not-found", "invalid-config", "invalid-config", "not-found", "not-found", "internal-error", "non-finite"]);
  expect(getRun(it.db, 1 as RunId)).toMatchObject({ status: "failed", error: { code: "non-finite" } });
  expect((await it.ended(it.start(tiny.training({ steps: 1 })))).status).toBe("finished");
  expect(it.processes).toHaveLength(1);
});

test("a full disk stops the run with a message; with room again it goes on to the same bits", async (context) => {
  const mountPoint = join(tiny.path, "small");
  mkdirSync(mountPoint);
  const script = `mount -t tmpfs -o size=3m tmpfs "$1" || exit 90; exec "$2" "$3" "$1/workspace.raif" "$4" "$5" "$1"`;
  const args = ["-rm", "sh", "-c", script, "sh", mountPoint, process.execPath, child("full-disk-host.ts"), tiny.model, tiny.data];
  const { status, stdout, stderr, error } = spawnSync(PRIVATE_MOUNTS, args, { encoding: "utf8" });
  if (error !== undefined || status === 90 || stderr.startsWith("unshare:")) {
    console.log(`skipped: no private tmpfs here (${error?.message ?? stderr.trim()})`);
    context.skip();
  }
  expect([status, stderr]).toEqual([0, ""]);
  const { stopped, ...ended } = JSON.parse(stdout) as {
    readonly stopped: { readonly stored: number; readonly integrity: string[]; readonly said: string };
  };
  expect(stopped.said).toContain("disk or the workspace's size limit is full");
  expect(stopped.integrity).toEqual([]);
  expect(stopped.stored).toBeGreaterThan(0);
  expect(stopped.stored).toBeLessThan(FULL_DISK_SETTINGS.steps);
  expect(ended).toEqual({
    status: "finished",
    lastStep: FULL_DISK_SETTINGS.steps,
    digest: await undisturbed("roomy", FULL_DISK_SETTINGS),
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
