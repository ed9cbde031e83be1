import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openWorkspace, openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { createRun, listRuns } from "../storage/runs.ts";
import { setSetting } from "../storage/settings.ts";
import { recordStep } from "../storage/steps.ts";
import { SAMPLE_RUN, sampleStep } from "../storage/testing/sample-run.ts";
import { exportWorkspaceFile, importRunsFrom } from "./workspace-files.ts";

let folder: string;
let workspace: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "workspace-files-"));
  workspace = join(folder, "own.sqlite");
  const db = openWorkspace(workspace, { create: true });
  for (const name of ["first", "second"]) recordStep(db, sampleStep(createRun(db, { ...SAMPLE_RUN, name }).id, 1));
  setSetting(db, "colour", "green");
  db.close();
});

afterEach(() => rmSync(folder, { recursive: true }));

function namesIn(file: string): string[] {
  const db = openWorkspaceReadOnly(file);
  try {
    return listRuns(db).map(({ name }) => name);
  } finally {
    db.close();
  }
}

test("one run becomes one file that opens where nothing may be written", () => {
  const to = join(folder, "run.sqlite");
  expect(exportWorkspaceFile({ workspace, runIds: [2], to, replace: false })).toEqual({ path: to });
  expect(readdirSync(folder).filter((name) => name.includes("run.sqlite"))).toEqual(["run.sqlite"]);
  const bytes = readFileSync(to);
  chmodSync(to, 0o444);
  expect(namesIn(to)).toEqual(["second"]);
  expect(readFileSync(to).equals(bytes)).toBe(true);
});

test("the whole workspace becomes one file, settings included, and works as a workspace again", () => {
  const to = join(folder, "all.sqlite");
  exportWorkspaceFile({ workspace, to, replace: false });
  expect(namesIn(to)).toEqual(["second", "first"]);
  const db = openWorkspace(to);
  expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
  db.close();
});

test("runs come in from a file beside those that are there, and the file stays as it is", () => {
  const to = join(folder, "run.sqlite");
  exportWorkspaceFile({ workspace, runIds: [1], to, replace: false });
  const bytes = readFileSync(to);
  expect(importRunsFrom(to, workspace)).toEqual({ runIds: [3] });
  expect(namesIn(workspace)).toEqual(["first", "second", "first"]);
  expect(readFileSync(to).equals(bytes)).toBe(true);
  expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
});

test("an existing file is replaced only where that is wanted, and never the workspace itself", () => {
  const to = join(folder, "taken.sqlite");
  writeFileSync(to, "mine");
  expect(() => exportWorkspaceFile({ workspace, to, replace: false })).toThrow("exists already");
  expect(readFileSync(to, "utf8")).toBe("mine");
  exportWorkspaceFile({ workspace, to, replace: true });
  expect(namesIn(to)).toHaveLength(2);
  expect(() => exportWorkspaceFile({ workspace, to: workspace, replace: true })).toThrow("onto itself");
  expect(() => exportWorkspaceFile({ workspace, to: join(folder, "none", "x.sqlite"), replace: true })).toThrow("no such folder");
});

test("a run that is not there, or a file that is no workspace, leaves nothing behind", () => {
  const to = join(folder, "run.sqlite");
  expect(() => exportWorkspaceFile({ workspace, runIds: [9], to, replace: false })).toThrow("there is no run 9");
  expect(existsSync(to)).toBe(false);
  const foreign = join(folder, "foreign.sqlite");
  writeFileSync(foreign, "not a database, but long enough to be looked at as one by whoever opens it".repeat(20));
  expect(() => importRunsFrom(foreign, workspace)).toThrow(expect.objectContaining({ code: "workspace-corrupt" }) as Error);
  expect(() => importRunsFrom(workspace, workspace)).toThrow("workspace that is open");
  expect(() => importRunsFrom(join(folder, "nowhere.sqlite"), workspace)).toThrow("there is no workspace file");
  expect(namesIn(workspace)).toHaveLength(2);
  expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
});
