// Datasets over real SQLite: changes, versions, undo after a restart, and that the table agrees with a plain reading of the records.

import { join } from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { BulkChange, DraftRecord } from "../../../shared/domain/dataset.ts";
import { eachWholeRow } from "../../storage/collection-rows.ts";
import { redoVersion, restoreVersion, undoVersion } from "../../storage/collection-versions.ts";
import type { ReadConnection, WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { checkIntegrity } from "../../storage/integrity.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import { temporaryFolder } from "../../storage/testing/child.ts";
import { datasetChoices, requireListedDataset } from "../dataset-choices.ts";
import { trainingRecords } from "../training-records.ts";
import { bulkEditDataset } from "./bulk-edit.ts";
import { editDataset } from "./dataset-edits.ts";
import { datasetFacets, datasetStatistics } from "./dataset-facets.ts";
import { datasetDiff, datasetPage, datasetRow, datasetRowIds, summariseDataset } from "./dataset-views.ts";
import { findRow } from "./find-row.ts";
import { freezeRecords, makeDataset } from "./make-dataset.ts";
import { searchText } from "./row-facets.ts";
import { madeUpRecord } from "./made-up-records.ts";

const folder = temporaryFolder();
afterEach(folder.remove);

function filled(rows: number, path = ":memory:"): { db: WriteConnection; id: CollectionId } {
  const db = openWorkspace(path, { create: true });
  const id = makeDataset(db, "mine").id as CollectionId;
  editDataset(
    db,
    id,
    Array.from({ length: rows }, (_, n) => ({
      type: "add" as const,
      record: madeUpRecord(n),
      split: n % 4 === 0 ? "test" : "train",
      source: "made up",
    })),
  );
  return { db, id };
}

/** Everything that a user can see of the rows. */
function content(db: ReadConnection, id: CollectionId, version?: number): unknown[] {
  return [...eachWholeRow(db, id, version)].map(({ rowId, recordJson, split }) => ({
    rowId,
    record: JSON.parse(recordJson) as unknown,
    split,
  }));
}

const ALL = { type: "filter", filter: {} } as const;

test("each change is a version; undo and redo go on after a restart; restore brings any version back", () => {
  const path = join(folder.path, "undo.raif");
  const { db, id } = filled(40, path);
  const seen = new Map([[1, content(db, id)]]);
  const changes: readonly BulkChange[] = [
    { type: "tags", add: ["seen", "level=9"], remove: ["source=odd"] },
    { type: "replace-text", find: "about", replacement: "on" },
    { type: "deal-splits", shares: { train: 0.8, held: 0.2 }, seed: 4 },
    { type: "drop-expert" },
  ];
  for (const change of changes) {
    const { version } = bulkEditDataset(db, id, ALL, change);
    seen.set(version, content(db, id));
  }
  bulkEditDataset(db, id, { type: "filter", filter: { compositions: ["chain"] } }, { type: "remove" });
  expect(summariseDataset(db, id)).toMatchObject({ version: 6, rows: 32, undo: "remove 8 rows", redo: null });
  db.close();

  const reopened = openWorkspace(path);
  for (const back of [5, 4, 3, 2, 1]) {
    undoVersion(reopened, id);
    expect(content(reopened, id)).toEqual(seen.get(back));
  }
  redoVersion(reopened, id);
  redoVersion(reopened, id);
  expect(content(reopened, id)).toEqual(seen.get(3));
  expect(summariseDataset(reopened, id)).toMatchObject({ undo: "replace text in 36 rows", redo: "deal 15 rows out to train, held" });
  // A new change takes the place of what was undone.
  editDataset(reopened, id, [{ type: "remove", rowId: 1 }]);
  expect(() => redoVersion(reopened, id)).toThrow("nothing to redo");
  for (const version of [5, 1, 2]) {
    restoreVersion(reopened, id, version);
    expect(content(reopened, id)).toEqual(seen.get(version));
  }
  // No version has changed since it was made.
  for (const [version, rows] of seen) expect(content(reopened, id, version)).toEqual(rows);
  expect(checkIntegrity(reopened)).toEqual([]);
  reopened.close();
});

test("an edit is whole or not at all, and refuses rows that somebody else has changed", () => {
  const { db, id } = filled(5);
  const before = content(db, id);
  const row = datasetRow(db, id, 2);
  const bad = [
    { type: "set" as const, rowId: 2, split: "held" },
    { type: "remove" as const, rowId: 99 },
  ];
  expect(() => editDataset(db, id, bad)).toThrow("no row 99");
  expect(() => editDataset(db, id, [bad[0]!, bad[0]!] as never)).toThrow("twice");
  expect(content(db, id)).toEqual(before);
  editDataset(db, id, [{ type: "set", rowId: 2, stateId: row.stateId, record: { ...row.record, id: "other" } }]);
  expect(() => editDataset(db, id, [{ type: "set", rowId: 2, stateId: row.stateId, split: "held" }])).toThrow("changed meanwhile");
  // Nothing changed, no version.
  const same = datasetRow(db, id, 2);
  expect(editDataset(db, id, [{ type: "set", rowId: 2, record: same.record, split: same.split }])).toEqual({
    version: 2,
    changed: 0,
    addedRowIds: [],
  });
  expect(datasetRow(db, id, 2)).toMatchObject({
    id: "other",
    original: null,
    history: [{ version: 1 }, { version: 2, title: "change made-up-1" }],
  });
  expect(datasetDiff(db, id, 1, 2, { offset: 0, limit: 10 })).toMatchObject({
    total: 1,
    changed: 1,
    differences: [{ rowId: 2, change: "changed", before: { record: { id: "made-up-1" } }, after: { record: { id: "other" } } }],
  });
});

test("filters, facets and searches agree with a plain reading of every record", () => {
  const { db, id } = filled(200);
  bulkEditDataset(db, id, { type: "rows", rowIds: [3, 4, 5] }, { type: "tags", add: ["late"], remove: [] });
  editDataset(db, id, [
    { type: "set", rowId: 7, record: { ...madeUpRecord(6), messages: [{ role: "user", content: "Quite another zebra." }] } },
  ]);
  editDataset(db, id, [{ type: "remove", rowId: 9 }]);
  const plain = [...eachWholeRow(db, id)].map(({ rowId, recordJson, split }) => ({
    rowId,
    record: JSON.parse(recordJson) as DraftRecord,
    split,
  }));
  const ids = (passes: (row: (typeof plain)[number]) => boolean): number[] => plain.filter(passes).map(({ rowId }) => rowId);
  const has = (record: DraftRecord, word: string): boolean => new RegExp(`\\b${word}\\b`).test(searchText(record));

  expect(datasetRowIds(db, id, { search: "zebra" })).toEqual([7]);
  expect(datasetRowIds(db, id, { search: "river bridge" })).toEqual(ids(({ record }) => has(record, "river") && has(record, "bridge")));
  expect(datasetRowIds(db, id, { search: "river -bridge" })).toEqual(ids(({ record }) => has(record, "river") && !has(record, "bridge")));
  expect(datasetRowIds(db, id, { search: "-river" })).toEqual(ids(({ record }) => !has(record, "river")));
  // Two of the characters in a row, which are no word of their own.
  expect(datasetRowIds(db, id, { search: "河流" })).toEqual(ids(({ record }) => searchText(record).includes("河流")));
  expect(datasetRowIds(db, id, { languages: ["zh"] })).toEqual(ids(({ record }) => searchText(record).includes("河流")));
  expect(datasetRowIds(db, id, { tags: ["late"] })).toEqual([3, 4, 5]);
  expect(datasetRowIds(db, id, { tags: ["source=odd"], splits: ["test"], expert: true })).toEqual(
    ids(({ record, split }) => record.tags["source"] === "odd" && split === "test" && record.expert !== undefined),
  );
  const facets = datasetFacets(db, id, { compositions: ["nested"] });
  const nested = plain.filter(({ record }) => JSON.stringify(record.label).includes('"children":[{"type":"rule","id":"raif:unique_words"'));
  expect(facets.total).toBe(nested.length);
  expect(facets.compositions.reduce((sum, { rows }) => sum + rows, 0)).toBe(199);
  expect(facets.splits.find(({ value }) => value === "test")?.rows).toBe(nested.filter(({ split }) => split === "test").length);
  expect(
    datasetStatistics(db, id, {}).coverage.find(({ rule, composition }) => rule === "raif:unique_words" && composition === "nested")?.rows,
  ).toBe(nested.length);

  const page = datasetPage(db, id, { filter: {}, sort: { column: "length", descending: true } }, { offset: 10, limit: 5 });
  const lengths = plain.map(({ record }) => record.messages[0]!.content.length).sort((a, b) => b - a);
  expect(page.rows.map(({ length }) => length)).toEqual(lengths.slice(10, 15));
  expect(page.total).toBe(199);
});

test("a row is found by its number or its id, with its place in the view", () => {
  const { db, id } = filled(30);
  editDataset(db, id, [{ type: "set", rowId: 21, record: { ...madeUpRecord(20), id: "7" } }]);
  const view = { filter: { splits: ["test"] }, sort: { column: "position" as const, descending: true } };
  const inView = datasetRowIds(db, id, view.filter, view.sort);
  expect(findRow(db, id, view, "5")).toEqual({ rowId: 5, id: "made-up-4", position: 5, index: inView.indexOf(5) });
  // Not in the view; a number before an id, unless it is quoted.
  expect(findRow(db, id, view, "7")).toEqual({ rowId: 7, id: "made-up-6", position: 7, index: null });
  expect(findRow(db, id, { filter: {} }, '"7"')).toMatchObject({ rowId: 21, index: 20 });
  // The whole id before the beginning of one, what is shown before what is not.
  expect(findRow(db, id, view, "made-up-1")).toMatchObject({ rowId: 2, index: null });
  expect(findRow(db, id, view, "made-up-2")).toMatchObject({ rowId: 3 });
  expect(findRow(db, id, view, "made-up")).toMatchObject({ rowId: inView[0], index: 0 });
  expect([findRow(db, id, view, "31"), findRow(db, id, view, "0"), findRow(db, id, view, "nobody")]).toEqual([null, null, null]);
  editDataset(db, id, [{ type: "remove", rowId: 1 }]);
  expect(findRow(db, id, { filter: {} }, "5")).toMatchObject({ rowId: 6, position: 5 });
});

test("split and source of a row are set without its record, and rows are put in order by their tags", () => {
  const { db, id } = filled(4);
  const { stateId, record } = datasetRow(db, id, 3);
  editDataset(db, id, [{ type: "set", rowId: 3, stateId, source: "by hand" }]);
  expect(datasetRow(db, id, 3)).toMatchObject({ record, source: "by hand", split: "train", format: "" });
  expect(datasetFacets(db, id, { sources: ["by hand"] }).total).toBe(1);
  expect(editDataset(db, id, [{ type: "set", rowId: 3, source: "by hand", split: "train" }]).changed).toBe(0);
  bulkEditDataset(db, id, { type: "rows", rowIds: [4] }, { type: "tags", add: ["a"], remove: ["source", "level"] });
  expect(datasetRowIds(db, id, {}, { column: "tags", descending: false })).toEqual([4, 1, 2, 3]);
  expect(datasetRowIds(db, id, {}, { column: "tags", descending: true })).toEqual([3, 2, 1, 4]);
});

test("what is typed into the search is never syntax", () => {
  const { db, id } = filled(3);
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), (search) => datasetRowIds(db, id, { search }).length <= 3));
});

test("frozen records are those that can be trained on, at any version, with ids of their own", () => {
  const { db, id } = filled(10);
  editDataset(db, id, [
    { type: "set", rowId: 2, record: { ...madeUpRecord(1), id: "made-up-0" } },
    {
      type: "set",
      rowId: 4,
      record: { ...madeUpRecord(3), label: { type: "tree", tree: { type: "rule", id: "no:such_rule", kwargs: {} } } },
    },
  ]);
  const { label: _, ...unlabelled } = madeUpRecord(4);
  editDataset(db, id, [{ type: "set", rowId: 5, record: unlabelled }]);
  expect(datasetRow(db, id, 4).problem).toContain("no:such_rule");
  const { records, leftOut, title } = freezeRecords(db, id);
  expect([title, records.length, leftOut]).toEqual(["mine, version 3", 8, 2]);
  expect(records.slice(0, 2).map((record) => record.id)).toEqual(["made-up-0", "made-up-0~2"]);
  expect(freezeRecords(db, id, 1).records.map((record) => record.id)).toEqual(Array.from({ length: 10 }, (_, n) => `made-up-${n}`));
  expect(freezeRecords(db, id, 1, "test").records).toHaveLength(3);
});

test("a dataset is among the data to train on, and an earlier version of it can be named", async () => {
  const { db, id } = filled(6);
  editDataset(db, id, [{ type: "remove", rowId: 1 }]);
  expect((await datasetChoices(db)).filter(({ shipped }) => !shipped)).toEqual([
    { name: "collection:1", title: "mine, version 2", records: 5, experts: 1, shipped: false },
  ]);
  requireListedDataset(db, "collection:1");
  expect(() => requireListedDataset(db, "collection:2")).toThrow("not on the list");
  const { records, title } = await trainingRecords("collection:1@1", db);
  expect([records.length, title]).toEqual([6, "mine, version 1"]);
  await expect(trainingRecords("collection:1@9", db)).rejects.toThrow("no version 9");
});
