import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { COPIED_TABLES, LEFT_BEHIND, copyRuns } from "./copy-runs.ts";
import { allRows, getRow, run } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import { addDataset } from "./datasets.ts";
import { checkIntegrity, checkSearchIndex } from "./integrity.ts";
import type { RunId } from "./ids.ts";
import { openWorkspace } from "./open-workspace.ts";
import { setRunTags } from "./run-edits.ts";
import { createRun, getRun, setRunStatus } from "./runs.ts";
import { listMetrics, recordStep } from "./steps.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoints.ts";
import { SAMPLE_RUN, sampleCheckpoint, sampleStep } from "./testing/sample-run.ts";

let folder: string;
let source: WriteConnection;
let target: WriteConnection;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "copy-runs-"));
  source = openWorkspace(join(folder, "source.sqlite"), { create: true });
  target = openWorkspace(join(folder, "target.sqlite"), { create: true });
});

afterEach(() => {
  source.close();
  target.close();
  rmSync(folder, { recursive: true });
});

const RECORDS = [{ id: "record-0", messages: [{ role: "user" as const, content: "Say hello." }] }];

/** A run with steps 1 to 3, a checkpoint, a data set, tags and an evaluation. */
function fill(db: WriteConnection, name: string, forkedFrom?: RunId): RunId {
  const dataset = addDataset(db, { name: "words", source: "words.jsonl", records: RECORDS as never });
  const { id } = createRun(db, {
    ...SAMPLE_RUN,
    name,
    datasetId: dataset.id,
    ...(forkedFrom === undefined ? {} : { forkedFrom: { runId: forkedFrom, step: 2 } }),
  });
  for (const step of [1, 2, 3]) recordStep(db, sampleStep(id, step));
  saveCheckpoint(db, id, 3, sampleCheckpoint(3));
  setRunTags(db, id, ["kept"]);
  setRunStatus(db, id, "finished");
  return id;
}

/** Every rollout with its verdicts, as text, without row ids. */
function rolloutsOf(db: ReadConnection, runId: RunId): unknown[] {
  return allRows(
    db,
    `SELECT step, group_index, sample_index, text, hex(token_ids) AS tokens, hex(log_probs) AS probs, reward,
       (SELECT json_group_array(rule_id || state ORDER BY position) FROM verdicts WHERE rollout_id = rollouts.id) AS verdicts
     FROM rollouts JOIN groups ON groups.id = group_id WHERE run_id = ? ORDER BY step, group_index, sample_index`,
    runId,
  );
}

test("every table is either copied or left behind on purpose", () => {
  const tables = allRows<{ name: string }>(
    source,
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_fts%' ORDER BY name",
  ).map(({ name }) => name);
  expect(tables).toEqual([...COPIED_TABLES, ...LEFT_BEHIND].sort());
});

test("a run arrives with all that hangs on it, beside runs that were there", () => {
  fill(target, "already here");
  fill(source, "stays");
  const old = fill(source, "travels");
  const [id] = copyRuns(target, source.name, [old]) as [RunId];
  expect(id).toBe(2);
  const { id: _, datasetId: __, ...copied } = getRun(target, id);
  const { id: ___, datasetId: ____, ...original } = getRun(source, old);
  expect(copied).toEqual(original);
  expect(rolloutsOf(target, id)).toEqual(rolloutsOf(source, old));
  expect(rolloutsOf(target, id)).toHaveLength(3 * 3 * 4);
  expect(listMetrics(target, id)).toEqual(listMetrics(source, old));
  expect(loadCheckpoint(target, id)?.hash).toBe(loadCheckpoint(source, old)?.hash);
  expect(loadCheckpoint(target, id)?.tensors).toEqual(loadCheckpoint(source, old)?.tensors);
  expect(checkIntegrity(target)).toEqual([]);
  expect(checkSearchIndex(target)).toEqual([]);
  // The same data set is there once.
  expect(allRows(target, "SELECT name, version FROM datasets")).toEqual([{ name: "words", version: 1 }]);
});

test("forks point at their parent where it came along, and nowhere where it did not", () => {
  const parent = fill(source, "parent");
  const child = fill(source, "child", parent);
  fill(target, "already here");
  const [newParent, newChild] = copyRuns(target, source.name) as [RunId, RunId];
  expect(getRun(target, newChild).forkedFrom).toEqual({ runId: newParent, step: 2 });
  const [lonely] = copyRuns(target, source.name, [child]) as [RunId];
  expect(getRun(target, lonely).forkedFrom).toBeUndefined();
});

test("another version of a data set gets the next number", () => {
  addDataset(target, { name: "words", source: "older", records: [] });
  copyRuns(target, source.name, [fill(source, "travels")]);
  expect(allRows(target, "SELECT name, version, source FROM datasets ORDER BY id")).toEqual([
    { name: "words", version: 1, source: "older" },
    { name: "words", version: 2, source: "words.jsonl" },
  ]);
  expect(getRow(target, "SELECT count(*) AS count FROM dataset_records")).toEqual({ count: 1 });
});

test("a run in work arrives as interrupted; one that is not there fails and leaves nothing", () => {
  const old = fill(source, "in work");
  setRunStatus(source, old, "running");
  expect(getRun(target, copyRuns(target, source.name, [old])[0] as RunId).status).toBe("interrupted");
  run(target, "DELETE FROM runs");
  expect(() => copyRuns(target, source.name, [old, 99 as RunId])).toThrow("there is no run 99");
  expect(allRows(target, "SELECT * FROM runs")).toEqual([]);
  // What the failed copy had made for itself is gone too.
  expect(copyRuns(target, source.name, [old])).toHaveLength(1);
});
