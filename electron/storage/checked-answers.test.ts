// Lists of checked answers over real SQLite: any number of them in pages, filtered, of rows that are still there; old lists go.

import { expect, test } from "vitest";
import type { ListedAnswer } from "../../shared/domain/answer-check.ts";
import { editDataset } from "../services/datasets/dataset-edits.ts";
import { makeDataset } from "../services/datasets/make-dataset.ts";
import { addCheckedAnswers, checkedRowIds, clearCheckedAnswers, countCheckedAnswers, listCheckedAnswers } from "./checked-answers.ts";
import type { WriteConnection } from "./connection.ts";
import type { CollectionId, JobId } from "./ids.ts";
import { createJob } from "./jobs.ts";
import { openWorkspace } from "./open-workspace.ts";

const COUNT = 1200;

function answer(rowId: number, index: number): ListedAnswer {
  const differs = index % 4 === 0;
  const ruleId = index % 2 === 0 ? "punctuation:no_comma" : "length_constraints:number_words";
  const leaf = { path: "rule", ruleId, expected: "no comma", got: "1", passed: false, ...(differs ? { otherwise: "pass" as const } : {}) };
  return {
    rowId,
    id: `r${rowId}`,
    answer: index + 1,
    text: "a, b",
    outcome: index % 3 === 0 ? "undecided" : "failed",
    passed: 0,
    checks: 1,
    leaves: [leaf],
  };
}

function stored(): { db: WriteConnection; datasetId: CollectionId; rowIds: readonly number[] } {
  const db = openWorkspace(":memory:", { create: true });
  const datasetId = makeDataset(db, "mine").id as CollectionId;
  const edits = [1, 2, 3].map((n) => ({
    type: "add" as const,
    record: { id: `r${n}`, messages: [{ role: "user" as const, content: "Hi." }], tags: {} },
    split: "",
    source: "",
  }));
  return { db, datasetId, rowIds: editDataset(db, datasetId, edits).addedRowIds };
}

function verifyJob(db: WriteConnection, datasetId: number): JobId {
  return createJob(db, { kind: "verify", arguments: { kind: "verify", request: { datasetId, filter: {} } } });
}

test("more than one page, each filter says what its answers say, and rows that have gone are no rows to change", () => {
  const { db, datasetId, rowIds } = stored();
  const jobId = verifyJob(db, datasetId);
  const all = Array.from({ length: COUNT }, (_, index) => answer(rowIds[index % 2] ?? 0, index));
  for (let at = 0; at < COUNT; at += 50) addCheckedAnswers(db, jobId, all.slice(at, at + 50));
  expect(listCheckedAnswers(db, { jobId, show: "all" }, 500, 900)).toEqual(all.slice(900));
  const rule = "punctuation:no_comma";
  const expected = {
    failed: all.filter(({ outcome }) => outcome === "failed"),
    disagreeing: all.filter(({ leaves }) => leaves[0]?.otherwise !== undefined),
  };
  for (const show of ["failed", "disagreeing"] as const) {
    expect(listCheckedAnswers(db, { jobId, show }, COUNT, 0)).toEqual(expected[show]);
    const ofRule = expected[show].filter(({ leaves }) => leaves[0]?.ruleId === rule);
    expect(countCheckedAnswers(db, { jobId, show, rule })).toBe(ofRule.length);
  }
  expect(checkedRowIds(db, datasetId, { jobId, show: "all" })).toEqual(rowIds.slice(0, 2));
  editDataset(db, datasetId, [{ type: "remove", rowId: rowIds[0] ?? 0 }]);
  expect(checkedRowIds(db, datasetId, { jobId, show: "all" })).toEqual([rowIds[1]]);
});

test("lists of checks long past are cleared, those of other datasets stay", () => {
  const { db, datasetId, rowIds } = stored();
  const other = verifyJob(db, datasetId + 1);
  addCheckedAnswers(db, other, [answer(rowIds[0] ?? 0, 0)]);
  const jobs = Array.from({ length: 8 }, () => {
    const jobId = verifyJob(db, datasetId);
    clearCheckedAnswers(db, jobId, datasetId);
    addCheckedAnswers(db, jobId, [answer(rowIds[0] ?? 0, 0)]);
    return jobId;
  });
  expect(jobs.map((jobId) => countCheckedAnswers(db, { jobId, show: "all" }))).toEqual([0, 0, 1, 1, 1, 1, 1, 1]);
  expect(countCheckedAnswers(db, { jobId: other, show: "all" })).toBe(1);
});
