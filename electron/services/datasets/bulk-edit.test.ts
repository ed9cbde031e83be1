// Changes of many rows: others write while one goes on, rows that they change keep both, and one that fails, is given up or killed at any
// moment leaves the workspace whole, at the state before or after it.

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BulkChange } from "../../../shared/domain/dataset.ts";
import { discardSomeOfEdit } from "../../storage/collection-edits.ts";
import { undoVersion } from "../../storage/collection-versions.ts";
import { getCollection } from "../../storage/collections.ts";
import { column, getRow, run, type ReadConnection, type WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { checkIntegrity } from "../../storage/integrity.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import { setSetting } from "../../storage/settings.ts";
import { ended, startChild, temporaryFolder } from "../../storage/testing/child.ts";
import { bulkEditDataset } from "./bulk-edit.ts";
import { editDataset } from "./dataset-edits.ts";
import { datasetFacets } from "./dataset-facets.ts";
import { datasetPage, datasetRow, datasetRowIds } from "./dataset-views.ts";
import { madeUpRecord } from "./made-up-records.ts";
import { makeDataset } from "./make-dataset.ts";

const CHILD = new URL("./testing/bulk-edit-child.ts", import.meta.url);
const ROWS = 50_000;
const KILLS = 2;
const ID = 1 as CollectionId;
const ALL = { type: "filter", filter: {} } as const;
const TAG: BulkChange = { type: "tags", add: ["edited"], remove: [] };
const folder = temporaryFolder();
const original = join(folder.path, "original.raif");
afterAll(folder.remove);

function fill(db: WriteConnection, rows: number): void {
  const records = Array.from({ length: rows }, (_, n) => ({
    id: `row-${n}`,
    messages: [{ role: "user" as const, content: `ask ${n}` }],
    label: madeUpRecord(0).label as never,
    tags: {},
  }));
  makeDataset(db, "large", { source: "made up", records });
}

beforeAll(() => {
  const made = openWorkspace(original, { create: true });
  fill(made, ROWS);
  // As it is left, without SQLite's statistics: a dataset that was just imported has none.
  made.close();
});

/** How long the edit took, or undefined where it was killed. */
async function edit(
  path: string,
  killAfterMs = Infinity,
  meanwhile?: (isDone: () => boolean) => Promise<void>,
): Promise<number | undefined> {
  const child = startChild(CHILD, path);
  let startMs = 0;
  let doneMs: number | undefined;
  child.stdout.on("data", (chunk: Buffer) => {
    const said = chunk.toString();
    if (said.includes("start")) {
      startMs = performance.now();
      if (killAfterMs < Infinity) setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    }
    if (said.includes("done")) doneMs = performance.now() - startMs;
  });
  const end = ended(child);
  let isDone = false;
  void end.then(() => (isDone = true));
  await meanwhile?.(() => isDone);
  await end;
  return doneMs;
}

let takesMs = 1000;

test("others write while an edit of many rows goes on", async () => {
  const path = join(folder.path, "whole.raif");
  copyFileSync(original, path);
  let written = 0;
  const isGoingOn = (db: ReadConnection): boolean => getRow(db, "SELECT 1 FROM collection_edits") !== undefined;
  takesMs =
    (await edit(path, Infinity, async (isDone) => {
      const db = openWorkspace(path);
      while (!isDone()) {
        const began = isGoingOn(db);
        setSetting(db, "counted", written);
        if (began && isGoingOn(db)) written++;
        await pause(1);
      }
      expect(datasetFacets(db, ID, {})).toMatchObject({ version: 2, tags: [{ value: "edited", rows: ROWS }] });
      db.close();
    })) ?? takesMs;
  console.log(`bulk edit of ${ROWS} rows: ${takesMs.toFixed(0)} ms, ${written} writes meanwhile`);
  expect(written).toBeGreaterThanOrEqual(5);
});

test("SIGKILL in the middle of a bulk edit leaves the state before or after it, and the edit can be done again", async () => {
  const outcomes: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const path = join(folder.path, `killed-${kill}.raif`);
    copyFileSync(original, path);
    await edit(path, takesMs * ((kill + 0.5 + Math.random() / 2) / KILLS));
    const db = openWorkspace(path);
    const { version, total, tags } = datasetFacets(db, ID, {});
    expect(total).toBe(ROWS);
    expect(tags).toEqual(version === 1 ? [] : [{ value: "edited", rows: ROWS }]);
    expect([1, 2]).toContain(version);
    outcomes.push(version === 1 ? "before" : "after");
    expect(checkIntegrity(db)).toEqual([]);
    if (kill === 0 && version === 1) {
      expect(bulkEditDataset(db, ID, ALL, TAG)).toMatchObject({ version: 2, changed: ROWS });
      expect(datasetPage(db, ID, { filter: { tags: ["edited"] } }, { offset: 49_999, limit: 1 }).rows[0]?.id).toBe("row-49999");
    }
    db.close();
  }
  console.log(`killed: ${outcomes.join(", ")}`);
  expect(outcomes).toContain("before");
});

/** Large enough for three pieces. */
function small(): WriteConnection {
  const db = openWorkspace(":memory:");
  fill(db, 2500);
  return db;
}

/** Calls it once, when the first piece is written. */
function afterFirst(body: () => void): () => void {
  let isFirst = true;
  return () => {
    if (isFirst) body();
    isFirst = false;
  };
}

test("rows that others change meanwhile get the change on top of theirs; those that they remove stay removed", () => {
  const db = small();
  const [first = 0, second = 0] = datasetRowIds(db, ID, {});
  const meanwhile = afterFirst(() =>
    editDataset(db, ID, [
      { type: "set", rowId: first, record: { ...datasetRow(db, ID, first).record, messages: [{ role: "user", content: "anew" }] } },
      { type: "remove", rowId: second },
    ]),
  );
  expect(bulkEditDataset(db, ID, ALL, TAG, meanwhile)).toMatchObject({ version: 3, changed: 2499 });
  expect(datasetRow(db, ID, first)).toMatchObject({ text: "anew", tags: ["edited"] });
  expect(datasetRowIds(db, ID, { tags: ["edited"] })).toHaveLength(2499);
  expect(datasetRowIds(db, ID, {})).not.toContain(second);
  undoVersion(db, ID);
  expect(datasetRow(db, ID, first)).toMatchObject({ text: "anew", tags: [] });
  expect(getCollection(db, ID)).toMatchObject({ version: 4, rowCount: 2499 });
});

/** How many rows each table of datasets has. */
function counts(db: ReadConnection): Record<string, number> {
  const tables = ["collection_states", "collection_contents", "collection_texts_fts", "collection_edits", "collection_edit_pieces"];
  return Object.fromEntries(tables.map((table) => [table, column<number>(db, `SELECT count(*) FROM ${table}`)[0] ?? 0]));
}

test.each([
  {
    end: "fails",
    message: /no more/,
    meanwhile: () => {
      throw new Error("no more");
    },
  },
  {
    end: "is taken for dead",
    message: /cancelled/,
    meanwhile: (db: WriteConnection) => {
      run(db, "UPDATE collection_edits SET updated_at_ms = 0");
      while (discardSomeOfEdit(db));
    },
  },
])("an edit that $end leaves nothing behind", ({ message, meanwhile }) => {
  const db = small();
  const before = counts(db);
  const rewrite = { type: "replace-text", find: "ask", replacement: "tell" } as const;
  expect(() =>
    bulkEditDataset(
      db,
      ID,
      ALL,
      rewrite,
      afterFirst(() => meanwhile(db)),
    ),
  ).toThrow(message);
  expect(counts(db)).toEqual(before);
  expect(getCollection(db, ID).version).toBe(1);
  expect(bulkEditDataset(db, ID, ALL, rewrite)).toMatchObject({ version: 2, changed: 2500 });
  expect(datasetRowIds(db, ID, { search: "tell" })).toHaveLength(2500);
  expect(checkIntegrity(db)).toEqual([]);
});

test("what a killed edit wrote goes when the next one starts", () => {
  const db = small();
  run(db, "INSERT INTO collection_edits VALUES (7, 1, 'running', 0)");
  const states =
    "INSERT INTO collection_states SELECT 9000, row_id, 9000, 9000, record_id, split, source, format, composition, depth, checks";
  run(db, `${states}, rules_json, tags_json, language, length, expert, state, problem FROM collection_states WHERE id = 1`);
  run(db, "INSERT INTO collection_contents VALUES (9000, '{}')");
  run(db, "INSERT INTO collection_edit_pieces VALUES (7, 9000, 9000, 9000, 9000)");
  bulkEditDataset(db, ID, ALL, { type: "split", split: "held" });
  expect(counts(db)).toMatchObject({ collection_states: 5000, collection_contents: 2500, collection_edits: 0, collection_edit_pieces: 0 });
});
