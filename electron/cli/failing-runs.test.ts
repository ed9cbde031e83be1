// Runs that fail on the way, each a process of its own: the error is clear, the exit code says so, and whatever was stored before
// is there afterwards.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tinyDataset, writeTinyModel } from "../services/testing/tiny-model.ts";
import { workspaceDigest } from "../storage/digest.ts";
import { checkIntegrity } from "../storage/integrity.ts";
import { openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { listRuns } from "../storage/runs.ts";
import { startRaif } from "./testing/raif-process.ts";
import { jsonLines, raif } from "./testing/recording-shell.ts";

const folder = mkdtempSync(path.join(tmpdir(), "raif-failing-"));
const [model, data, workspace] = ["model", "data.jsonl", "workspace.raif"].map((name) => path.join(folder, name)) as [
  string,
  string,
  string,
];
const SMALL = ["promptsPerStep=1", "numGenerations=2", "maxNewTokens=4", "maxPromptTokens=400", "superiorCot.thinkSamples=2"];

function train(file: string, steps: number, ...settings: readonly string[]): string[] {
  const set = [...SMALL, ...settings].flatMap((assignment) => ["--set", assignment]);
  return ["train", "--model", model, "--data", data, "--workspace", file, "--steps", String(steps), "--json", ...set];
}

/** The runs, oldest first, and what the first of them consists of. */
function look() {
  const db = openWorkspaceReadOnly(workspace);
  try {
    const runs = listRuns(db).toReversed();
    if (runs[0] === undefined) throw new Error("the first run is gone");
    expect(checkIntegrity(db)).toEqual([]);
    return { runs, first: workspaceDigest(db, runs[0].id) };
  } finally {
    db.close();
  }
}

let first: ReturnType<typeof look>["first"];
beforeAll(async () => {
  await writeTinyModel(model, path.join(folder, "scratch"));
  writeFileSync(data, tinyDataset());
  const { code, err } = await raif(...train(workspace, 1));
  expect(code, err).toBe(0);
  first = look().first;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("numbers that stop being finite end the run, not what it stored", async () => {
  const { status, out, err } = await startRaif(train(workspace, 9, "learningRate=1e38", "maxGradNorm=0", "overlong=keep")).ended;
  expect(status).toBe(1);
  expect(err).toMatch(/^error non-finite: .* is not a finite number; got: .*$/m);
  expect(err).not.toMatch(/^ +at /m);
  const events = jsonLines(out);
  expect(events.at(-1)).toMatchObject({ error: { code: "non-finite" } });
  const after = look();
  expect(after.first).toEqual(first);
  expect(after.runs.at(-1)).toMatchObject({ status: "failed", error: { code: "non-finite" } });
  expect(after.runs.at(-1)?.lastStep).toBe(events.filter(({ type }) => type === "step").length);
});

test("a second engine is refused while the first one works; an interrupt ends that one in order", async () => {
  const working = startRaif(train(workspace, 100_000));
  await new Promise<void>((resolve, reject) => {
    working.child.stdout?.on("data", () => {
      if (working.printed.out.includes('"type":"step"')) resolve();
    });
    working.ended.then(({ err }) => reject(new Error(`ended before its first step: ${err}`)), reject);
  });
  const refused = await Promise.all([
    startRaif(train(workspace, 1)).ended,
    startRaif(["resume", "--workspace", workspace, "--json"]).ended,
  ]);
  for (const { status, out, err } of refused) {
    expect(status).toBe(1);
    expect(err).toMatch(new RegExp(`^error workspace-locked: another engine uses this workspace: process ${working.child.pid} on .*\n$`));
    expect(jsonLines(out)).toMatchObject([{ error: { code: "workspace-locked" } }]);
  }
  expect(jsonLines((await raif("runs", "--workspace", workspace, "--json")).out)[0]).toMatchObject({ status: "running" });
  working.child.kill("SIGINT");
  const { status, out } = await working.ended;
  expect(status).toBe(130);
  expect(jsonLines(out).at(-1)).toMatchObject({ error: { code: "cancelled" } });
  const after = look();
  expect(after.first).toEqual(first);
  expect(after.runs.at(-1)?.status).toBe("cancelled");
  expect(after.runs.at(-1)?.lastStep).toBeGreaterThan(0);
});

/** Of util-linux: runs a command with mounts of its own, which end with it. */
const PRIVATE_MOUNTS = "unshare";

/** Trains until the file system is full, looks, makes room and resumes. Each command's exit code goes to a line of its own. */
const FULL_DISK_SCRIPT = `
mount -t tmpfs -o size=3m tmpfs "$1" || exit 90
node="$2"; main="$3"; shift 3
"$node" "$main" "$@"; echo "code $?"
"$node" "$main" runs --json --workspace "$disk/w.raif"; echo "code $?"
"$node" "$main" doctor --json --workspace "$disk/w.raif" | grep '"workspace"'
mount -o remount,size=64m "$disk"
"$node" "$main" resume --json --workspace "$disk/w.raif" | tail -1
`;

test("a full disk ends the run with a clear error; with more room it goes on", (context) => {
  const disk = path.join(folder, "disk");
  mkdirSync(disk);
  const main = path.join(import.meta.dirname, "main.ts");
  const argv = train(path.join(disk, "w.raif"), 24, "checkpointEverySteps=1", "keepCheckpoints=100");
  const shellArguments = ["sh", "-c", FULL_DISK_SCRIPT, "sh", disk, process.execPath, main, ...argv];
  const { status, stdout, stderr, error } = spawnSync(PRIVATE_MOUNTS, ["-rm", ...shellArguments], {
    encoding: "utf8",
    env: { ...process.env, disk },
  });
  if (error !== undefined || status === 90 || stderr.startsWith("unshare:")) {
    console.log(`skipped: no private tmpfs here (${error?.message ?? stderr.trim()})`);
    context.skip();
  }
  expect(stderr).toMatch(/^error storage-full: .*w\.raif.*$/m);
  expect(stderr).not.toMatch(/^ +at /m);
  const [training = "", listing = "", examined = ""] = stdout.split(/^code \d+\n/m);
  expect([...stdout.matchAll(/^code (\d+)$/gm)].map((match) => match[1])).toEqual(["1", "0"]);
  const events = jsonLines(training);
  const stored = events.filter(({ type }) => type === "step").length;
  expect(stored).toBeGreaterThan(0);
  expect(events.at(-1)).toMatchObject({ error: { code: "storage-full", hint: expect.stringContaining("resume") as string } });
  const [run] = jsonLines(listing);
  expect(run).toMatchObject({ lastStep: stored });
  // the note of the failure may itself not have fitted
  expect(["failed", "interrupted"]).toContain(run?.["status"]);
  const [workspaceFinding, resumed] = jsonLines(examined);
  expect(workspaceFinding).toMatchObject({ name: "workspace", status: "ok" });
  expect(resumed).toMatchObject({ type: "end", steps: 24 });
});
