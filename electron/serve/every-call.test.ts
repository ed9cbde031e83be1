// Every call of the contract over a real socket, once as it should be and once not. The table is typed by the contract: a call
// without an example does not compile.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contract, type CallName, type InputOf } from "../../shared/contract/contract.ts";
import type { Result } from "../../shared/result.ts";
import { EXAMPLE_REQUEST } from "../services/example-run.ts";
import { STARTER_FOLDER } from "../services/resource-paths.ts";
import { NANO_FOLDER } from "../services/resource-paths.ts";
import { openModelHub, type ModelHub } from "../services/testing/model-hub.ts";
import { saveCheckpoint } from "../storage/checkpoints.ts";
import { addDataset } from "../storage/datasets.ts";
import type { CollectionId } from "../storage/ids.ts";
import { createJob } from "../storage/jobs.ts";
import { openWorkspace } from "../storage/open-workspace.ts";
import { addQualityCheck } from "../storage/quality-checks.ts";
import { createRun, setRunStatus } from "../storage/runs.ts";
import { recordStep } from "../storage/steps.ts";
import { SAMPLE_RUN, sampleCheckpoint, sampleStep } from "../storage/testing/sample-run.ts";
import { DEFAULT_CONFIG } from "../engine/grpo/config.ts";
import { openTestWorkbench, type TestWorkbench } from "./testing/served-workbench.ts";

let workbench: TestWorkbench;

let hub: ModelHub;

beforeAll(async () => {
  workbench = await openTestWorkbench(fill);
  hub = await openModelHub(NANO_FOLDER);
});
afterAll(async () => {
  await workbench.remove();
  hub.close();
});

/** Runs 1 (finished) and 2 (interrupted), a data set, a job that was interrupted. */
function fill(file: string): void {
  const db = openWorkspace(file, { create: true });
  const dataset = addDataset(db, { name: "words", source: "words.jsonl", records: [] });
  for (const status of ["finished", "interrupted"] as const) {
    const { id } = createRun(db, { ...SAMPLE_RUN, config: DEFAULT_CONFIG, datasetId: dataset.id });
    for (const step of [1, 2, 3]) recordStep(db, sampleStep(id, step));
    saveCheckpoint(db, id, 3, sampleCheckpoint(3));
    setRunStatus(db, id, status);
  }
  createJob(db, { kind: "train", arguments: { kind: "train", request: EXAMPLE_REQUEST } });
  db.close();
}

type Examples = { readonly [Name in CallName]: InputOf<Name> | (() => InputOf<Name>) };

const PANES: InputOf<"compare.get">["panes"] = [
  { type: "run", runId: 1, step: 1, mode: "think" },
  { type: "run", runId: 1, step: 2, mode: "think" },
];

/** A check of dataset 1 that was done; the engine of these tests does nothing. */
function checkedDataset(): number {
  const db = openWorkspace(workbench.workspaceFile);
  const counts = { records: 1, findings: 0, errors: 0, warnings: 0, notes: 0, byType: {} };
  const check = { collectionId: 1 as CollectionId, version: 1, request: {}, counts, findings: [] };
  try {
    return addQualityCheck(db, check);
  } finally {
    db.close();
  }
}

/** A job that checked answers to dataset 1. */
function verifiedAnswers(): number {
  const db = openWorkspace(workbench.workspaceFile);
  try {
    return createJob(db, { kind: "verify", arguments: { kind: "verify", request: { datasetId: 1, filter: {} } } });
  } finally {
    db.close();
  }
}

const DRAFT = { id: "mine", messages: [{ role: "user" as const, content: "Name two rivers." }] };

/** A file with two rows that are none. */
function badRows(): string {
  const path = join(workbench.folder, "bad-rows.jsonl");
  writeFileSync(path, `${JSON.stringify({ ...DRAFT, tags: {} })}\n{no json\n{"nothing": 1}\n`);
  return path;
}

const EXAMPLES: Examples = {
  "annotations.setTrace": { rolloutId: 1, vote: 1, comment: "Good." },
  "annotations.getTrace": { rolloutId: 1 },
  "annotations.setComparison": { recordId: "record-0", panes: PANES, winner: 1, comment: "" },
  "app.info": {},
  "app.device": {},
  "app.doctor": {},
  "app.diagnostics": {},
  "compare.choices": {},
  "compare.prompts": { panes: PANES, filter: "different" },
  "compare.get": { recordId: "record-0", panes: PANES },
  "customRule.test": { source: 'function check(text) { return text !== ""; }', samples: [{ text: "a", passes: true }] },
  "dataset.list": {},
  "dataset.create": { name: "My words", from: "heldout-ood" },
  "dataset.get": { datasetId: 1 },
  "dataset.rename": { datasetId: 1, name: "Words of mine" },
  "dataset.rows": {
    datasetId: 1,
    filter: { search: "list", compositions: ["and", "nested"] },
    sort: { column: "length", descending: true },
  },
  "dataset.rowIds": { datasetId: 1 },
  "dataset.findRow": { datasetId: 1, wanted: "2" },
  "dataset.facets": { datasetId: 1, filter: { minLength: 20 } },
  "dataset.statistics": { datasetId: 1 },
  "dataset.row": { datasetId: 1, rowId: 1 },
  "dataset.edit": {
    datasetId: 1,
    edits: [
      { type: "set", rowId: 1, split: "train" },
      { type: "add", record: DRAFT },
    ],
  },
  "dataset.bulkEdit": { datasetId: 1, selection: { type: "filter", filter: {} }, change: { type: "tags", add: ["seen"] } },
  "dataset.changing": {},
  "dataset.cancelBulkEdit": { datasetId: 1 },
  "dataset.checkAnswers": { datasetId: 1, filter: { compositions: ["and"] } },
  "dataset.checkedAnswers": () => ({ jobId: verifiedAnswers(), show: "failed" }),
  "dataset.checkedRows": () => ({ jobId: verifiedAnswers(), rule: "punctuation:no_comma" }),
  "dataset.undo": { datasetId: 1 },
  "dataset.redo": { datasetId: 1 },
  "dataset.versions": { datasetId: 1 },
  "dataset.diff": { datasetId: 1, from: 1, to: 3 },
  "dataset.restore": { datasetId: 1, version: 1 },
  "datasetFiles.layouts": {},
  "datasetFiles.preview": () => ({ path: badRows() }),
  "datasetFiles.import": () => ({ path: badRows(), name: "Words of mine" }),
  "datasetFiles.progress": {},
  "datasetFiles.imported": { importId: 99_999 },
  "datasetFiles.cancelImport": { importId: 1 },
  "datasetFiles.waiting": { datasetId: 1 },
  "datasetFiles.repair": { datasetId: 1, id: 1, text: JSON.stringify({ ...DRAFT, tags: { mended: true } }) },
  "datasetFiles.repairAll": { datasetId: 1, edited: [{ id: 2, text: "{still not" }] },
  "datasetFiles.discard": { datasetId: 1, ids: [2] },
  "datasetFiles.export": () => ({ datasetId: 1, path: join(workbench.folder, "words.parquet"), format: "parquet" }),
  "datasetFiles.mappings": {},
  "datasetFiles.saveMapping": { name: "mine", mapping: { prompt: "ask" } },
  "jobs.list": {},
  "jobs.queue": {},
  "jobs.get": { jobId: 1 },
  "jobs.newest": { kind: "verify", about: 1 },
  "jobs.result": { jobId: 1 },
  "jobs.runNext": { jobId: 1 },
  "jobs.cancel": { jobId: 1 },
  "jobs.again": { jobId: 1 },
  "models.list": {},
  "models.import": () => ({ path: join(import.meta.dirname, "..", "..", "resources", "nano") }),
  "models.inspect": { name: "nano" },
  "models.quantise": { name: "nano", bits: 8 },
  "models.download": () => ({ repository: "owner/model", endpoint: hub.endpoint }),
  "models.forget": { name: "nowhere" },
  "models.generate": {
    prompt: { type: "text", text: "Hello" },
    asks: [{ source: { type: "base", model: "nano" }, mode: "think", seed: 1 }],
  },
  "models.score": { rolloutId: 1 },
  "models.evaluate": { source: { type: "checkpoint", runId: 1 }, data: "heldout" },
  "models.export": () => ({ runId: 1, to: join(workbench.folder, "exported-model") }),
  "quality.check": { datasetId: 1, types: ["exact-duplicate"], against: ["heldout"], model: "nano" },
  "quality.checks": { datasetId: 1 },
  "quality.findings": () => ({ checkId: checkedDataset(), severities: ["error"] }),
  "quality.fix": () => ({ checkId: checkedDataset(), types: ["exact-duplicate"] }),
  "runs.list": { archived: true },
  "runs.get": { runId: 1 },
  "runs.rename": { runId: 1, name: "A better name" },
  "runs.setNotes": { runId: 1, notes: "Seen." },
  "runs.setTags": { runId: 1, tags: ["one", "two"] },
  "runs.setArchived": { runId: 1, archived: true },
  "runs.delete": { runIds: [1] },
  "runs.restore": { runIds: [1] },
  "records.rules": {},
  "records.suggest": { text: "Write at least 20 words without commas." },
  "records.check": {
    record: { id: "r", messages: [{ role: "user", content: "Say it twice." }], tags: {} },
    answer: "It. It.",
  },
  "runs.compareSettings": { runIds: [1, 2] },
  "runs.metrics": { runIds: [1, 2], names: ["reward", "time/rollout"] },
  "settings.get": {},
  "settings.set": { theme: "contrast" },
  "settings.getDraft": { name: "new-run" },
  "settings.setDraft": { name: "new-run", value: { steps: 3 } },
  "settings.listSecrets": {},
  "settings.setSecret": { name: "token", value: "x" },
  "superiorCot.run": { runId: 1 },
  "superiorCot.groups": { runId: 1, threshold: 0.5, offset: 0, limit: 10 },
  "synthesis.prompts": {},
  "synthesis.start": { count: 5, source: { type: "templates" } },
  "synthesis.list": {},
  "synthesis.get": { synthesisId: 1 },
  "synthesis.samples": { synthesisId: 1, type: "rejected" },
  "synthesis.keep": { synthesisId: 1, into: { name: "Grown" } },
  "traces.query": { filter: { runId: 1, outcome: "different" }, sort: { column: "reward", descending: true } },
  "traces.groups": { filter: { runId: 1, search: { type: "text", query: "river" } }, by: "record" },
  "traces.position": { filter: { runId: 1 }, rolloutId: 2 },
  "traces.facets": { runId: 1 },
  "traces.get": { rolloutId: 1 },
  "traces.tokens": { rolloutId: 1 },
  "traces.depthTrend": { runId: 1 },
  "traces.exportChunk": { filter: { runId: 1 }, format: "csv" },
  "traces.exportToFile": () => ({ filter: { runId: 1 }, format: "html", path: join(workbench.folder, "traces.html") }),
  "training.settings": {},
  "training.recipes": {},
  "training.datasets": {},
  "training.importData": () => ({ path: join(STARTER_FOLDER, "heldout-ood.jsonl") }),
  "training.devices": {},
  "training.resolve": { recipe: "paper", set: { steps: 3 } },
  "training.preflight": { model: "nano", data: "starter", set: { maxNewTokens: 128 } },
  "training.start": { model: "nano", data: "starter", set: { steps: 1, maxNewTokens: 128 } },
  "training.pause": { runId: 2 },
  "training.stop": { runId: 2 },
  "training.resume": { runId: 2 },
  "training.fork": { runId: 1, step: 3, set: { steps: 9 } },
  "training.progress": { runId: 1 },
  "training.health": { runId: 1 },
  "training.newestRollouts": { runId: 1 },
  "workspace.info": {},
  "workspace.exportRun": () => ({ runId: 1, to: join(workbench.folder, "run.sqlite") }),
  "workspace.exportAll": () => ({ to: join(workbench.folder, "all.sqlite") }),
  "workspace.importRuns": () => ({ path: join(workbench.folder, "run.sqlite") }),
  "workspace.openReadOnly": () => ({ path: join(workbench.folder, "all.sqlite") }),
  "workspace.openOwn": {},
};

const names = Object.entries(contract).flatMap(([space, calls]) => Object.keys(calls).map((call) => `${space}.${call}` as CallName));

function exampleOf(name: CallName): object {
  const example = EXAMPLES[name] as object | (() => object);
  return typeof example === "function" ? (example as () => object)() : example;
}

async function ask(name: CallName, input: unknown): Promise<Result<unknown>> {
  return workbench.call(name, input as never);
}

// In the order of the table, which is one that a user could follow.
test.each(Object.keys(EXAMPLES) as CallName[])("%s does what it is asked", async (name) => {
  const result = await ask(name, exampleOf(name));
  expect(result).toMatchObject({ ok: true });
  expect(workbench.bugs).toEqual([]);
});

test.each(names)("%s refuses what it does not know", async (name) => {
  const result = await ask(name, { ...exampleOf(name), surprise: 1 });
  expect(result).toMatchObject({ ok: false, error: { code: "invalid-argument" } });
  for (const wrong of [[], "text", 3]) {
    expect(await ask(name, wrong)).toMatchObject({ ok: false, error: { code: "invalid-argument" } });
  }
});

test("every example is of a call that there is", () => {
  expect(Object.keys(EXAMPLES).sort()).toEqual([...names].sort());
});

test("what is not there is said to be missing", async () => {
  const missing: { readonly [Name in CallName]?: InputOf<Name> } = {
    "runs.get": { runId: 99 },
    "runs.rename": { runId: 99, name: "x" },
    "quality.check": { datasetId: 99 },
    "quality.findings": { checkId: 99_999 },
    "synthesis.get": { synthesisId: 99 },
    "synthesis.start": { count: 1, source: { type: "local", model: "/etc" } },
    "runs.metrics": { runIds: [99], names: ["reward"] },
    "runs.delete": { runIds: [1, 99] },
    "dataset.rows": { datasetId: 99 },
    "dataset.row": { datasetId: 1, rowId: 999_999 },
    "jobs.get": { jobId: 9999 },
    "dataset.checkedAnswers": { jobId: 9999 },
    "models.inspect": { name: "/etc" },
    "models.score": { rolloutId: 999_999 },
    "workspace.exportRun": { runId: 99, to: "/tmp/never.sqlite" },
    "superiorCot.run": { runId: 99 },
    "traces.query": { filter: { runId: 99 } },
    "traces.get": { rolloutId: 999_999 },
    "traces.tokens": { rolloutId: 999_999 },
    "training.health": { runId: 99 },
    "training.resume": { runId: 99 },
  };
  for (const [name, input] of Object.entries(missing)) {
    expect([name, await ask(name as CallName, input)]).toMatchObject([name, { ok: false, error: { code: "not-found" } }]);
  }
  // All or none: run 1 is still there.
  expect(await ask("runs.get", { runId: 1 })).toMatchObject({ ok: true });
});

test("paths that depend on where the program was started are refused", async () => {
  for (const path of ["run.sqlite", "./run.sqlite", "../run.sqlite", "/tmp/x\0.sqlite"]) {
    expect(await ask("workspace.exportAll", { to: path })).toMatchObject({ ok: false, error: { code: "invalid-argument" } });
    expect(await ask("workspace.importRuns", { path })).toMatchObject({ ok: false, error: { code: "invalid-argument" } });
    expect(await ask("models.import", { path })).toMatchObject({ ok: false, error: { code: "invalid-argument" } });
  }
});

test("without dialogs a missing path is said to be what is missing", async () => {
  for (const name of ["workspace.exportAll", "workspace.importRuns", "workspace.openReadOnly", "models.import"] as const) {
    expect(await ask(name, {})).toMatchObject({ ok: false, error: { code: "unsupported" } });
  }
});

test("a workspace that is only looked at cannot be changed, and the own one comes back", async () => {
  const path = join(workbench.folder, "all.sqlite");
  expect(await ask("workspace.openReadOnly", { path })).toMatchObject({
    ok: true,
    value: { path, readOnly: true, ownPath: workbench.workspaceFile },
  });
  const changes: { readonly [Name in CallName]?: InputOf<Name> } = {
    "runs.rename": { runId: 1, name: "x" },
    "runs.delete": { runIds: [1] },
    "training.start": { model: "nano", data: "starter", set: { maxNewTokens: 128 } },
    "models.score": { rolloutId: 1 },
    "workspace.importRuns": { path },
    "quality.check": { datasetId: 1 },
    "synthesis.start": { count: 1, source: { type: "templates" } },
    "synthesis.keep": { synthesisId: 1, into: { datasetId: 1 } },
    "dataset.edit": { datasetId: 1, edits: [{ type: "remove", rowId: 1 }] },
    "dataset.bulkEdit": { datasetId: 1, selection: { type: "filter", filter: {} }, change: { type: "remove" } },
  };
  for (const [name, input] of Object.entries(changes)) {
    expect([name, await ask(name as CallName, input)]).toMatchObject([name, { ok: false, error: { code: "read-only" } }]);
  }
  // The interface still remembers, in the user's own workspace.
  expect(await ask("settings.set", { theme: "dark" })).toMatchObject({ ok: true, value: { theme: "dark" } });
  expect(await ask("workspace.openOwn", {})).toMatchObject({
    ok: true,
    value: { path: workbench.workspaceFile, readOnly: false, ownPath: null },
  });
  expect(await ask("settings.get", {})).toMatchObject({ ok: true, value: { theme: "dark" } });
});

test("drafts come back as they were, may be removed, and have a limit", async () => {
  await ask("settings.setDraft", { name: "a/b", value: [1, { c: null }] });
  expect(await ask("settings.getDraft", { name: "a/b" })).toEqual({ ok: true, value: [1, { c: null }] });
  await ask("settings.setDraft", { name: "a/b", value: null });
  expect(await ask("settings.getDraft", { name: "a/b" })).toEqual({ ok: true, value: null });
  expect(await ask("settings.setDraft", { name: "a/b", value: "x".repeat(300_000) })).toMatchObject({
    ok: false,
    error: { code: "invalid-argument" },
  });
});
