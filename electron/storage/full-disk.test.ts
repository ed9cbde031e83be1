import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { workspaceDigest } from "./digest.ts";
import { checkIntegrity, checkSearchIndex } from "./integrity.ts";
import { openEngineWorkspace, openWorkspaceReadOnly } from "./open-workspace.ts";
import { createRun, setRunStatus } from "./runs.ts";
import { lastStep, recordStep } from "./steps.ts";
import { temporaryFolder } from "./testing/child.ts";
import { SAMPLE_RUN, sampleCheckpoint, sampleStep } from "./testing/sample-run.ts";

/** Of util-linux: runs a command with mounts of its own, which end with it. */
const PRIVATE_MOUNTS = "unshare";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => folder.remove());

test("when no page is left the step is undone whole, earlier ones stay, and it succeeds once there is room", () => {
  const path = join(folder.path, "workspace.raif");
  const { db, close } = openEngineWorkspace(path, { create: true });
  const { id } = createRun(db, SAMPLE_RUN);
  recordStep(db, sampleStep(id, 1));
  const before = workspaceDigest(db, id);
  const pages = db.pragma("page_count", { simple: true }) as number;
  db.pragma(`max_page_count = ${pages + 10}`);
  const step = { ...sampleStep(id, 2), checkpoint: sampleCheckpoint(2, 50_000) };
  expect(() => recordStep(db, step)).toThrow(expect.objectContaining({ code: "storage-full" }));
  expect([db.inTransaction, checkIntegrity(db), checkSearchIndex(db), workspaceDigest(db, id)]).toEqual([false, [], [], before]);
  setRunStatus(db, id, "failed", { code: "storage-full" });
  db.pragma("max_page_count = 1000000");
  recordStep(db, step);
  close();
  const reader = openWorkspaceReadOnly(path);
  expect(lastStep(reader, id)).toBe(2);
  reader.close();
});

test("a really full file system gives storage-full and leaves the stored steps readable", (context) => {
  const mountPoint = join(folder.path, "small");
  mkdirSync(mountPoint);
  const script = `mount -t tmpfs -o size=4m tmpfs "$1" || exit 90; exec "$2" "$3" "$1/workspace.raif"`;
  const args = [
    "-rm",
    "sh",
    "-c",
    script,
    "sh",
    mountPoint,
    process.execPath,
    fileURLToPath(new URL("./testing/fill-disk.ts", import.meta.url)),
  ];
  const { status, stdout, stderr, error } = spawnSync(PRIVATE_MOUNTS, args, { encoding: "utf8" });
  if (error !== undefined || status === 90 || stderr.startsWith("unshare:")) {
    console.log(`skipped: no private tmpfs here (${error?.message ?? stderr.trim()})`);
    context.skip();
  }
  expect([status, stderr]).toEqual([0, ""]);
  const result = JSON.parse(stdout) as { code: string; written: number; stored: number; integrity: string[]; storedAfterReopening: number };
  expect(result.written).toBeGreaterThan(0);
  expect(result).toEqual({
    code: "storage-full",
    written: result.written,
    stored: result.written,
    integrity: [],
    storedAfterReopening: result.written,
  });
});
