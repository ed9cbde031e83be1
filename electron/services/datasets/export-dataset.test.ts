// What export writes, import gives back equal, whatever stands in the records; and the original fields come out as they came in.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { DraftRecord } from "../../../shared/domain/dataset.ts";
import { eachContextRow } from "../../storage/collection-imports.ts";
import { eachWholeRow } from "../../storage/collection-rows.ts";
import type { ReadConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import { temporaryFolder } from "../../storage/testing/child.ts";
import { editDataset } from "./dataset-edits.ts";
import { EXPORT_FILE_FORMATS, type ExportFileFormat, type FileFormat } from "../../../shared/domain/dataset-files.ts";
import { exportDataset } from "./export-dataset.ts";
import { layoutOf, writeRows, type RowToWrite } from "./formats/write-rows.ts";
import { openDataFile } from "./formats/read-file.ts";
import type { RawRow } from "./formats/raw-rows.ts";
import { importFiles } from "./import-files.ts";
import { makeDataset } from "./make-dataset.ts";
import { madeUpRecord } from "./made-up-records.ts";

const folder = temporaryFolder();
afterAll(folder.remove);
const RUNS = 15;

let count = 0;
const newPath = (format: string): string => join(folder.path, `${count++}.${format === "huggingface" ? "folder" : format}`);

function everything(db: ReadConnection, id: CollectionId): unknown[] {
  return [...eachWholeRow(db, id)].map(({ recordJson, originalJson, split, format }) => ({
    record: JSON.parse(recordJson) as unknown,
    original: originalJson === null ? null : (JSON.parse(originalJson) as unknown),
    split,
    format: originalJson === null ? "" : format,
  }));
}

/** Any Unicode, halves of pairs and control characters among it. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("", " ", "=1+1", "'", "''", '"', "\r\n", "a,b", "\uD800", "-2", "null", "@x"),
);
const filled = text.filter((value) => value !== "");
const scalar = fc.oneof(
  text,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
  fc.boolean(),
);

const record: fc.Arbitrary<DraftRecord> = fc
  .record(
    {
      id: filled,
      messages: fc.array(fc.record({ role: fc.constantFrom("system" as const, "user" as const, "assistant" as const), content: text }), {
        minLength: 1,
        maxLength: 3,
      }),
      input: text,
      label: fc.constantFrom({ type: "math", answer: "4" }, madeUpRecord(1).label!, madeUpRecord(4).label!),
      expert: fc.record({ think: text, answer: text }),
      tags: fc.dictionary(
        filled.filter((name) => name !== "__proto__"),
        scalar,
        { maxKeys: 3 },
      ),
    },
    { requiredKeys: ["id", "messages", "tags"] },
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as DraftRecord);

test.each(EXPORT_FILE_FORMATS)("%s: a dataset that is exported and imported is equal", async (format: ExportFileFormat) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ record, split: fc.constantFrom("", "train", "te st/..") }), { minLength: 1, maxLength: 6 }),
      async (rows) => {
        const db = openWorkspace(":memory:");
        const id = makeDataset(db, "a").id as CollectionId;
        editDataset(
          db,
          id,
          rows.map((row) => ({ type: "add" as const, ...row, source: "" })),
        );
        const path = newPath(format);
        expect(exportDataset(db, id, { path, format, content: "rows" }).rows).toBe(rows.length);
        const back = makeDataset(db, "b").id as CollectionId;
        const summary = await importFiles(db, back, { path });
        expect(summary.firstRejected).toEqual([]);
        // A folder has its rows by split.
        const inOrder = (all: unknown[]): unknown[] => (format === "huggingface" ? all.map((row) => JSON.stringify(row)).sort() : all);
        const expected = everything(db, id).map((row) =>
          format === "huggingface" && (row as { split: string }).split === "" ? { ...(row as object), split: "train" } : row,
        );
        expect(inOrder(everything(db, back))).toEqual(inOrder(expected));
        db.close();
      },
    ),
    { numRuns: RUNS },
  );
});

const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(text, tie("value"), { maxKeys: 3 }),
  ),
})).value;

test.each(["jsonl", "json", "csv", "parquet"] as const)(
  "%s keeps rows of any fields, nulls and missing ones told apart",
  async (format: FileFormat) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.dictionary(text, json, { maxKeys: 4 }), { minLength: 1, maxLength: 5 }), async (made) => {
        const rows = made.map((fields) => JSON.parse(JSON.stringify(fields)) as Record<string, unknown>);
        const path = newPath(format);
        const toWrite: RowToWrite[] = rows.map((fields) => ({ fields: () => fields }));
        expect(writeRows(path, format, toWrite, layoutOf(toWrite))).toBe(rows.length);
        const read: unknown[] = [];
        for await (const { batches } of (await openDataFile({ path, name: path, split: "" })).parts())
          for await (const batch of batches) read.push(...batch);
        expect(read.map((row) => Object.entries((row as RawRow).fields).sort(byName))).toEqual(
          rows.map((row) => Object.entries(row).sort(byName)),
        );
      }),
      { numRuns: RUNS * 2 },
    );
  },
);

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : a > b ? 1 : 0);

test("imported fields come out as they came in, in every format, after edits too", async () => {
  const rows = [
    {
      key: 3,
      prompt: "Name a river.",
      instruction_id_list: ["punctuation:no_comma"],
      kwargs: [{ n: null }],
      extra: { deep: [1, null, "é"] },
    },
    { key: 4, prompt: "=SUM(A1)", instruction_id_list: ["punctuation:no_comma"], kwargs: [{}], extra: null },
  ];
  const source = newPath("jsonl");
  writeFileSync(source, rows.map((row) => JSON.stringify(row)).join("\n"));
  const db = openWorkspace(":memory:");
  const id = makeDataset(db, "a").id as CollectionId;
  await importFiles(db, id, { path: source, split: "train" });
  editDataset(db, id, [{ type: "set", rowId: 2, split: "held" }]);
  for (const format of ["jsonl", "json", "csv", "parquet"] as const) {
    const path = newPath(format);
    exportDataset(db, id, { path, format, content: "original" });
    const back = makeDataset(db, `original ${format}`).id as CollectionId;
    await importFiles(db, back, { path });
    expect([...eachWholeRow(db, back)].map(({ originalJson }) => JSON.parse(originalJson ?? "") as unknown)).toEqual(rows);
    const whole = newPath(format);
    exportDataset(db, id, { path: whole, format, content: "rows" });
    const backWhole = makeDataset(db, `rows ${format}`).id as CollectionId;
    await importFiles(db, backWhole, { path: whole });
    expect(everything(db, backWhole)).toEqual(everything(db, id));
  }
  db.close();
});

test("rows that belong to others go along and come back", async () => {
  const rows = [0, 1].map((level) => ({ example_id: 1, category: "style", source: "x", level, instruction: `ask ${level}`, target: "" }));
  const source = newPath("jsonl");
  writeFileSync(source, rows.map((row) => JSON.stringify(row)).join("\n"));
  const db = openWorkspace(":memory:");
  const id = makeDataset(db, "a").id as CollectionId;
  await importFiles(db, id, { path: source, split: "test" });
  for (const format of EXPORT_FILE_FORMATS) {
    const path = newPath(format);
    expect(exportDataset(db, id, { path, format, content: "rows" })).toMatchObject({ rows: 1, context: 1 });
    const back = makeDataset(db, format).id as CollectionId;
    expect(await importFiles(db, back, { path })).toMatchObject({ imported: 1, context: 1, rejected: 0 });
    expect([...eachContextRow(db, back)].map(({ text }) => JSON.parse(text) as unknown)).toEqual([rows[0]]);
    expect(everything(db, back)).toEqual(everything(db, id));
  }
  expect(exportDataset(db, id, { path: newPath("jsonl"), format: "jsonl", content: "records" })).toMatchObject({ rows: 1, context: 0 });
});

test("no cell of a CSV file begins like a formula", () => {
  const db = openWorkspace(":memory:");
  const id = makeDataset(db, "a").id as CollectionId;
  const dangerous = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"];
  editDataset(
    db,
    id,
    dangerous.map((input) => ({ type: "add" as const, record: { ...madeUpRecord(1), id: input, input }, split: input, source: "" })),
  );
  const path = newPath("csv");
  exportDataset(db, id, { path, format: "csv", content: "rows" });
  const cells = readFileSync(path, "utf8").split(/,|\r\n/);
  expect(cells.filter((cell) => /^"?[=+\-@\t\r]/.test(cell))).toEqual([]);
});

test("a file is replaced only when the new one is whole; what cannot be trained on is left out of records", () => {
  const db = openWorkspace(":memory:");
  const id = makeDataset(db, "a").id as CollectionId;
  const { label: _, ...unlabelled } = madeUpRecord(2);
  editDataset(db, id, [
    { type: "add", record: madeUpRecord(1), split: "", source: "" },
    { type: "add", record: unlabelled, split: "", source: "" },
  ]);
  const path = newPath("jsonl");
  expect(exportDataset(db, id, { path, format: "jsonl", content: "records" })).toMatchObject({ rows: 1, leftOut: 1 });
  expect(readFileSync(path, "utf8")).toBe(`${JSON.stringify(madeUpRecord(1))}\n`);
  expect(exportDataset(db, id, { path: newPath("jsonl"), format: "jsonl", content: "trl" })).toMatchObject({ rows: 0, leftOut: 2 });
  const taken = newPath("folder");
  mkdirSync(taken);
  expect(() => exportDataset(db, id, { path: taken, format: "huggingface", content: "rows" })).toThrow("there already");
  expect(() => exportDataset(db, id, { path: join(folder.path, "no", "where.jsonl"), format: "jsonl", content: "rows" })).toThrow(
    "cannot be written",
  );
});
