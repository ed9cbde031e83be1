// Answers to the rows of a dataset over real SQLite, against what the check of a single record says.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { ListedAnswer } from "../../../shared/domain/answer-check.ts";
import type { DraftRecord } from "../../../shared/domain/dataset.ts";
import type { WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import { temporaryFolder } from "../../storage/testing/child.ts";
import { checkRecord } from "../check-record.ts";
import { trainingRecords } from "../training-records.ts";
import { checkAnswers } from "./check-answers.ts";
import { editDataset } from "./dataset-edits.ts";
import { makeDataset } from "./make-dataset.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

const noComma = { type: "rule", id: "punctuation:no_comma", kwargs: {} };
const twoWords = { type: "rule", id: "length_constraints:number_words", kwargs: { relation: "at least", num_words: 2 } };
const question = { type: "question", text: "Is it kind?" };
const and = (...children: readonly unknown[]) => ({ type: "and", children });

function record(id: string, tree: unknown, answer?: string): DraftRecord {
  return {
    id,
    messages: [{ role: "user", content: "Say something." }],
    tags: {},
    ...(tree === undefined ? {} : { label: { type: "tree", tree, mode: "corrected" } }),
    ...(answer === undefined ? {} : { expert: { think: "Hm.", answer } }),
  };
}

function stored(...records: readonly DraftRecord[]): { db: WriteConnection; datasetId: number } {
  const db = openWorkspace(":memory:", { create: true });
  const datasetId = makeDataset(db, "mine").id;
  const edits = records.map((one) => ({ type: "add" as const, record: one, split: "", source: "" }));
  editDataset(db, datasetId as CollectionId, edits);
  return { db, datasetId };
}

const ROWS = [
  record("good", and(twoWords, noComma), "two words"),
  record("bad", and(twoWords, noComma), "one, two"),
  // A comma to a person, none to the public checker.
  record("wide", noComma, "红色，蓝色"),
  record("asks", and(twoWords, question), "two words"),
  record("asks and fails", and(twoWords, question), "one"),
  record("waits behind a question", { type: "chain", steps: [question, twoWords] }, "one"),
  record("silent", noComma),
  record("bare", undefined, "anything"),
];

test("demonstrations: what fails and why, what only a judge could decide, where the readings disagree", async () => {
  const { db, datasetId } = stored(...ROWS);
  const listed: ListedAnswer[] = [];
  const found = await checkAnswers(db, { datasetId, filter: {} }, { onListed: (answers) => listed.push(...answers) });
  expect(found).toMatchObject({ rows: 8, answers: 6, followed: 1, failed: 3, undecided: 2, disagreeing: 1, withoutAnswer: 1, unusable: 1 });
  expect(listed.map(({ id, outcome, leaves }) => [id, outcome, leaves.map(({ ruleId, otherwise }) => [ruleId, otherwise])])).toEqual([
    ["bad", "failed", [["punctuation:no_comma", undefined]]],
    ["wide", "failed", [["punctuation:no_comma", "pass"]]],
    ["asks and fails", "failed", [["length_constraints:number_words", undefined]]],
  ]);
  expect(found.listedOf).toBe(3);
  expect(found.rules).toEqual([
    { ruleId: "punctuation:no_comma", checked: 3, failed: 2, disagreeing: 1 },
    { ruleId: "length_constraints:number_words", checked: 4, failed: 1, disagreeing: 0 },
  ]);
  const some = await checkAnswers(db, { datasetId, filter: { compositions: ["single"] } });
  expect(some).toMatchObject({ rows: 2, answers: 1, failed: 1, withoutAnswer: 1 });
});

test("answers from a file: several to a record, numbers as ids, strangers; a bad line is named", async () => {
  const { db, datasetId } = stored(record("good", and(twoWords, noComma), "one, two"), record("7", noComma));
  const path = join(folder.path, "answers.jsonl");
  const lines = [
    { id: "good", answer: "two words" },
    { id: "good", answer: "one" },
    { id: 7, response: "a, b", model: "x" },
    { id: "nobody", answer: "" },
  ];
  writeFileSync(path, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n\n`);
  const listed: ListedAnswer[] = [];
  const found = await checkAnswers(db, { datasetId, filter: {}, path }, { onListed: (answers) => listed.push(...answers) });
  expect(found).toMatchObject({ path, answers: 3, followed: 1, failed: 2, strangers: 1, withoutAnswer: 0 });
  expect(listed.map(({ id, answer, text }) => [id, answer, text])).toEqual([
    ["good", 2, "one"],
    ["7", 1, "a, b"],
  ]);
  writeFileSync(path, '{"id": "good", "answer": "x"}\n{"id": "good"}\n');
  await expect(checkAnswers(db, { datasetId, filter: {}, path })).rejects.toMatchObject({
    code: "invalid-record",
    details: { where: `${path}:2` },
  });
  await expect(checkAnswers(db, { datasetId, filter: {}, path: `${path}.none` })).rejects.toMatchObject({ code: "file-not-found" });
});

test("the shipped demonstrations: the same verdicts as one record at a time, and it can be stopped in the middle", async () => {
  const db = openWorkspace(":memory:", { create: true });
  const records = (await trainingRecords("starter", db)).records.slice(0, 150);
  const datasetId = makeDataset(db, "starter", { source: "starter", records }).id;
  const seen: number[] = [];
  const found = await checkAnswers(db, { datasetId, filter: {} }, { onProgress: (done) => seen.push(done) });
  expect(seen.at(-1)).toBe(150);
  const alone = records.flatMap((one) => {
    const [own] = one.expert === undefined ? [] : checkRecord(one, one.expert.answer).answers;
    return own === undefined ? [] : [own];
  });
  expect(alone.length).toBeGreaterThan(20);
  expect([found.answers, found.followed]).toEqual([alone.length, alone.filter(({ passed, checks }) => passed === checks).length]);

  const controller = new AbortController();
  let reached = 0;
  const onProgress = (done: number): void => {
    reached = done;
    controller.abort();
  };
  await expect(checkAnswers(db, { datasetId, filter: {} }, { signal: controller.signal, onProgress })).rejects.toMatchObject({
    code: "cancelled",
  });
  expect(reached).toBeLessThan(150);
});
