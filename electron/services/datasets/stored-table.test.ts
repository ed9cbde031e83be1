// The copy of a dataset's table: with what has changed since, it is what reading all rows gives, and one that cannot be read is none.

import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { column, run, type ReadConnection, type WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import { temporaryFolder } from "../../storage/testing/child.ts";
import { editDataset } from "./dataset-edits.ts";
import { datasetTable, leaveTable, tableView, viewRows } from "./dataset-table.ts";
import { madeUpRecord } from "./made-up-records.ts";
import { makeDataset } from "./make-dataset.ts";
import { readStoredTable, writeStoredTable } from "./stored-table.ts";

const ID = 1 as CollectionId;
const folder = temporaryFolder();
afterEach(folder.remove);

function filled(path: string, rows: number): WriteConnection {
  const db = openWorkspace(path, { create: true });
  const records = Array.from({ length: rows }, (_, n) => ({ ...madeUpRecord(n), label: madeUpRecord(n).label as never }));
  makeDataset(db, "mine", { source: "made up", records });
  return db;
}

const rowsOf = (db: ReadConnection): unknown[] => viewRows(tableView(db, ID, {}));

test("a copy and what has changed since are what the rows say", () => {
  const path = join(folder.path, "mine.raif");
  const db = filled(path, 300);
  writeStoredTable(db, ID, datasetTable(db, ID));
  const record = { ...madeUpRecord(7), tags: { new: "one" } };
  editDataset(db, ID, [
    { type: "set", rowId: 1, record, split: "first" },
    { type: "remove", rowId: 2 },
    { type: "set", rowId: 150, split: "held" },
    { type: "remove", rowId: 300 },
    { type: "add", record, split: "", source: "mine" },
  ]);
  const other = openWorkspace(path);
  const copied = rowsOf(other);
  expect(readStoredTable(other, ID)).toMatchObject({ version: 1, size: 300 });
  run(db, "DELETE FROM collection_columns");
  const fresh = openWorkspace(path);
  expect(copied).toEqual(rowsOf(fresh));
  expect(copied).toEqual(rowsOf(db));
  expect(copied).toHaveLength(299);
  for (const opened of [db, other, fresh]) opened.close();
});

test.each(["UPDATE collection_columns SET data = x'00' WHERE name = 'length'", "DELETE FROM collection_columns WHERE name = 'head'"])(
  "a broken copy is none: %s",
  (damage) => {
    const db = filled(":memory:", 10);
    writeStoredTable(db, ID, datasetTable(db, ID));
    run(db, damage);
    expect(readStoredTable(db, ID)).toBeUndefined();
  },
);

test("large datasets leave a copy, and a new one when much has changed", () => {
  const db = filled(":memory:", 300);
  const version = (): number | undefined => column<number>(db, "SELECT DISTINCT version FROM collection_columns")[0];
  leaveTable(db, ID);
  expect(version()).toBeUndefined();
  leaveTable(db, ID, 100);
  expect(version()).toBe(1);
  const tagged = (rows: number): void => {
    const edits = Array.from({ length: rows }, (_, n) => ({ type: "set" as const, rowId: n + 1, split: `${rows}` }));
    editDataset(db, ID, edits);
    leaveTable(db, ID, 100);
  };
  tagged(10);
  expect(version()).toBe(1);
  tagged(40);
  expect(version()).toBe(3);
});
