// A host without any transport: what it does by itself, and what happens when the workspace is in somebody else's hands.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CallName, InputOf, OutputOf } from "../../shared/contract/contract.ts";
import type { Result } from "../../shared/result.ts";
import { testEngine, type TestEngine } from "../serve/testing/served-workbench.ts";
import { exportDataset } from "../services/datasets/export-dataset.ts";
import { run } from "../storage/connection.ts";
import type { CollectionId } from "../storage/ids.ts";
import { openWorkspace } from "../storage/open-workspace.ts";
import { markRunDeleted } from "../storage/run-edits.ts";
import { createRun, setRunStatus } from "../storage/runs.ts";
import { recordStep } from "../storage/steps.ts";
import { SAMPLE_RUN, sampleStep } from "../storage/testing/sample-run.ts";
import { noDialogs, sessionSecrets, openHost, type Host } from "./host.ts";
import { launchNodeAside, sideTasks, type RunAside } from "./side-task.ts";

let folder: string;
let workspaceFile: string;
let host: Host | undefined;
let engine: TestEngine;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "host-"));
  workspaceFile = join(folder, "workspace.sqlite");
  engine = testEngine();
});

afterEach(async () => {
  await host?.close();
  host = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function open(choices: { readonly example?: boolean; readonly runAside?: RunAside } = {}): Host {
  host = openHost({
    surface: "served",
    workspaceFile,
    launchEngine: engine.launch,
    runAside: choices.runAside ?? sideTasks(launchNodeAside),
    dialogs: noDialogs,
    secrets: sessionSecrets(),
    example: choices.example ?? false,
    onBug: (where, error) => {
      throw new Error(where, { cause: error });
    },
  });
  return host;
}

async function call<Name extends CallName>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>> {
  const result = (await host?.dispatch(name, input)) as Result<OutputOf<Name>>;
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}

test("a new workspace is given a small example to train, once, and only if that is wanted", async () => {
  open({ example: true });
  const [training, ...evaluations] = await call("jobs.queue", {});
  expect(training).toMatchObject({ kind: "train", status: "queued" });
  expect(evaluations.map(({ kind }) => kind)).toEqual(Array(4).fill("evaluate"));
  expect(() => engine.listeners()).not.toThrow();
  await host?.close();
  open({ example: true });
  expect(await call("jobs.list", {})).toHaveLength(5);
  await host?.close();
  workspaceFile = join(folder, "plain.sqlite");
  engine = testEngine();
  open();
  expect(await call("jobs.list", {})).toEqual([]);
  expect(() => engine.listeners()).toThrow("no engine was started");
});

test("the example is known by its run, until that is gone", async () => {
  open({ example: true });
  expect((await call("workspace.info", {})).exampleRunId).toBeNull();
  host?.context.workspaces.own.write((db) => {
    const { id } = createRun(db, SAMPLE_RUN);
    setRunStatus(db, id, "finished");
    run(db, "UPDATE jobs SET run_id = ?, status = 'finished'", id);
  });
  expect((await call("workspace.info", {})).exampleRunId).toBe(1);
  await call("runs.delete", { runIds: [1] });
  expect((await call("workspace.info", {})).exampleRunId).toBeNull();
  await call("runs.restore", { runIds: [1] });
  expect((await call("workspace.info", {})).exampleRunId).toBe(1);
});

test("a workspace that another program keeps busy is said to be that, and works again when it is let go", async () => {
  open();
  host?.context.workspaces.own.write((db) => createRun(db, SAMPLE_RUN));
  const other = openWorkspace(workspaceFile);
  other.exec("BEGIN IMMEDIATE");
  const refused = await host?.dispatch("runs.rename", { runId: 1, name: "x" });
  expect(refused).toMatchObject({
    ok: false,
    error: { code: "workspace-locked", message: expect.stringContaining("another program keeps the workspace busy") },
  });
  // Reading goes on all the while.
  expect(await call("runs.list", {})).toHaveLength(1);
  other.exec("ROLLBACK");
  other.close();
  expect(await call("runs.rename", { runId: 1, name: "x" })).toMatchObject({ name: "x" });
});

test("what is deleted can be undone for a week, then it goes for good", async () => {
  const day = 24 * 60 * 60 * 1000;
  const db = openWorkspace(workspaceFile, { create: true });
  for (const daysAgo of [6, 8]) {
    const { id } = createRun(db, SAMPLE_RUN);
    for (let step = 1; step <= 12; step++) recordStep(db, sampleStep(id, step));
    setRunStatus(db, id, "finished");
    markRunDeleted(db, id, Date.now() - daysAgo * day);
  }
  db.close();
  open();
  expect(await call("runs.list", {})).toEqual([]);
  // Also while it is only half gone.
  await expect(call("runs.restore", { runIds: [2] })).rejects.toThrow("not-found");
  await expect.poll(() => call("workspace.info", {}), { timeout: 20_000 }).toMatchObject({ rollouts: 12 * 12 });
  await call("runs.restore", { runIds: [1] });
  expect(await call("runs.list", {})).toMatchObject([{ id: 1, lastStep: 12 }]);
  const gone = expect.poll(async () => (await host?.dispatch("runs.get", { runId: 2 })) as unknown, { timeout: 20_000 });
  await gone.toMatchObject({ ok: false, error: { code: "not-found" } });
});

test("diagnostics say what a report needs, and not who reports", async () => {
  open();
  const { text } = await call("app.diagnostics", {});
  for (const part of ["RAIF Workbench", "served", "node 24", "schema", "engine: stopped", "runs: none"]) expect(text).toContain(part);
  const home = process.env["HOME"];
  if (home !== undefined && home.length > 1) expect(text).not.toContain(home);
});

test("series for charts name only what there is, with as many points as asked for", async () => {
  const db = openWorkspace(workspaceFile, { create: true });
  const { id } = createRun(db, SAMPLE_RUN);
  for (let step = 1; step <= 60; step++) recordStep(db, sampleStep(id, step, { groups: 1, samples: 1, tokens: 2, verdicts: 0 }));
  db.close();
  open();
  const series = await call("runs.metrics", { runIds: [1], names: ["reward", "kl", "time/update", "nothing"], maxPoints: 20 });
  expect(series.map(({ name, totalPoints }) => [name, totalPoints])).toEqual([
    ["reward", 60],
    ["kl", 60],
    ["time/update", 60],
  ]);
  for (const { steps, values } of series) {
    expect(steps.length).toBe(values.length);
    expect(steps.length).toBeLessThanOrEqual(20);
    expect([steps[0], steps.at(-1)]).toEqual([1, 60]);
  }
  // Every second step had no value.
  expect(series[1]?.values.at(-1)).toBeNull();
  expect((await call("runs.get", { runId: 1 })).metricNames).toEqual([
    "frac_reward_zero_std",
    "kl",
    "reward",
    "time/rollout",
    "time/update",
  ]);
  expect(await call("runs.compareSettings", { runIds: [1, 1] })).toContainEqual({ key: "nested.b", values: [1, 1], differs: false });
});

test("a change of many rows is cancelled without a trace, one at a time, and can be made again", async () => {
  open();
  const { id: datasetId, rows } = await call("dataset.create", { name: "many", from: "starter" });
  const change: InputOf<"dataset.bulkEdit"> = {
    datasetId,
    selection: { type: "filter", filter: {} },
    change: { type: "tags", add: ["seen"] },
  };
  const cut = call("dataset.bulkEdit", change);
  await expect(call("dataset.bulkEdit", change)).rejects.toThrow("invalid-argument");
  // For whoever opens the page meanwhile.
  const [going, ...others] = await call("dataset.changing", {});
  expect(going).toMatchObject({ datasetId, title: `tags of ${rows} rows: +seen`, version: 1, total: rows });
  expect(others).toEqual([]);
  expect(await call("dataset.cancelBulkEdit", { datasetId })).toEqual({ cancelled: true });
  await expect(cut).rejects.toThrow("cancelled");
  expect(await call("dataset.rows", { datasetId, filter: { tags: ["seen"] } })).toMatchObject({ version: 1, total: 0 });
  expect(await call("dataset.cancelBulkEdit", { datasetId })).toEqual({ cancelled: false });
  expect(await call("dataset.bulkEdit", change)).toMatchObject({ version: 2, changed: rows });
  const undone = call("dataset.undo", { datasetId });
  expect(await call("dataset.changing", {})).toEqual([
    { datasetId, title: `undo: tags of ${rows} rows: +seen`, version: 2, done: 0, total: null },
  ]);
  expect(await undone).toMatchObject({ version: 3, changed: rows });
  expect(await call("dataset.changing", {})).toEqual([]);
});

test("files that are no small text are looked at in a process of their own, and fail there in the same words", async () => {
  const started: string[] = [];
  open({ runAside: (name, ...rest) => (started.push(name), sideTasks(launchNodeAside)(name, ...rest)) });
  const { id, rows } = await call("dataset.create", { name: "few", from: "starter" });
  const [parquet, lines, broken] = ["few.parquet", "few.jsonl", "broken.parquet"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const [path, format] of [
    [parquet, "parquet"],
    [lines, "jsonl"],
  ] as const)
    exportDataset(host!.context.workspaces.own.db, id as CollectionId, { path, format, content: "rows" });
  writeFileSync(broken, "PAR1 and nothing else");
  const looked = { lookedAt: 200, rejected: [] };
  expect(rows).toBeGreaterThan(200);
  expect(await call("datasetFiles.preview", { path: parquet })).toMatchObject({ ...looked, files: [{ format: "parquet" }] });
  expect(started).toEqual(["previewImport"]);
  await expect(call("datasetFiles.preview", { path: broken })).rejects.toThrow("invalid-record");
  expect(started).toHaveLength(2);
  writeFileSync(lines, readFileSync(lines).subarray(0, 1_000_000));
  expect(await call("datasetFiles.preview", { path: lines })).toMatchObject({ lookedAt: 200, files: [{ format: "jsonl" }] });
  expect(started).toHaveLength(2);
});
