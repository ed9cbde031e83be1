// Imports: the public files with their exact counts, each known layout, bad rows and their repair, twice the same, cut off and hostile
// files.

import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { eachWholeRow } from "../../storage/collection-rows.ts";
import { eachContextRow, listRejects } from "../../storage/collection-imports.ts";
import type { ImportSummary } from "../../../shared/domain/dataset-files.ts";
import { undoVersion } from "../../storage/collection-versions.ts";
import type { WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import { temporaryFolder } from "../../storage/testing/child.ts";
import { editDataset } from "./dataset-edits.ts";
import { datasetPage, datasetRowIds, summariseDataset } from "./dataset-views.ts";
import { importFiles, type ImportRequest } from "./import-files.ts";
import { makeDataset } from "./make-dataset.ts";
import { previewImport } from "./preview-import.ts";
import { searchText } from "./row-facets.ts";
import { discardRows, repairAllRows, repairRow } from "./rejected-rows.ts";
import { madeUpRecord } from "./made-up-records.ts";

const folder = temporaryFolder();
afterAll(folder.remove);
const PUBLIC = join(import.meta.dirname, "..", "..", "..", "..", "shared", "data");

let count = 0;
function file(content: string | Buffer, name = "rows.jsonl"): string {
  const path = join(folder.path, `${count++}`);
  mkdirSync(path);
  writeFileSync(join(path, name), content);
  return join(path, name);
}

function empty(): { db: WriteConnection; id: CollectionId } {
  const db = openWorkspace(":memory:");
  return { db, id: makeDataset(db, "mine").id as CollectionId };
}

async function imported(request: ImportRequest): Promise<{ db: WriteConnection; id: CollectionId; summary: ImportSummary }> {
  const { db, id } = empty();
  return { db, id, summary: await importFiles(db, id, request) };
}

const lines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** How Python writes what JSON has no form for. */
function parsePublic(path: string): Record<string, unknown>[] {
  const text = readFileSync(path, "utf8").replaceAll(/: (NaN|-?Infinity)\b/g, ': "$1"');
  return (
    text.trimStart().startsWith("[")
      ? JSON.parse(text)
      : text
          .split("\n")
          .filter((line) => line.trim() !== "")
          .map((line) => JSON.parse(line) as unknown)
  ) as Record<string, unknown>[];
}

const PUBLIC_FILES: readonly (readonly [path: string, format: string, records: number, context: number])[] = [
  ["IFEval/input_data.jsonl", "ifeval", 541, 0],
  ["IFBench/IFBench_test.jsonl", "ifbench", 300, 0],
  ["CELLO", "cello", 523, 0],
  ["CFBench/cfbench_data.json", "cfbench", 1000, 0],
  ["FB-Bench", "fb-bench", 591, 0],
  ["FollowBench/data", "followbench", 820, 124],
  ["FollowBench/data_zh", "followbench", 790, 118],
  ["math/gsm8k/test.jsonl", "gsm8k", 1319, 0],
  ["math/math500/test.jsonl", "math", 500, 0],
];

test.skipIf(!existsSync(PUBLIC))("the public files come in whole, and once", async (context) => {
  if (!existsSync(PUBLIC)) return context.skip();
  for (const [path, format, records, others] of PUBLIC_FILES) {
    const { db, id, summary } = await imported({ path: join(PUBLIC, path) });
    expect([path, summary.imported, summary.rejected, summary.context, summary.formats]).toEqual([
      path,
      records,
      0,
      others,
      { [format]: records },
    ]);
    const files = /\.jsonl?$/.test(path)
      ? [""]
      : readdirSync(join(PUBLIC, path))
          .filter((name) => /\.jsonl?$/.test(name))
          .sort();
    const stored = [
      ...[...eachWholeRow(db, id)].map(({ originalJson }) => originalJson ?? ""),
      ...[...eachContextRow(db, id)].map(({ text }) => text),
    ];
    const expected = files.flatMap((name) => parsePublic(join(PUBLIC, path, name)));
    expect(new Set(stored.map((json) => JSON.stringify(JSON.parse(json))))).toEqual(new Set(expected.map((row) => JSON.stringify(row))));
    expect(await importFiles(db, id, { path: join(PUBLIC, path) })).toMatchObject({
      imported: 0,
      known: records,
      version: summary.version,
    });
    db.close();
  }
});
if (!existsSync(PUBLIC)) console.log(`skipped: ${PUBLIC} is not there`);

const CHAT = [
  { role: "user", content: "Name a river." },
  { role: "assistant", content: "<think>which</think>\n<answer>\nRhine\n</answer>" },
];
const RULES = { instruction_id_list: ["punctuation:no_comma"], kwargs: [{ unused: null }] };
const ASKED = { messages: [{ role: "user", content: "Name a river." }], expert: { think: "which", answer: "Rhine" } };
const NO_COMMA = { type: "tree", tree: { type: "rule", id: "punctuation:no_comma", kwargs: {} } };

const LAYOUTS: readonly (readonly [format: string, row: Record<string, unknown>, record: object])[] = [
  ["ifeval", { key: 7, prompt: "Name a river.", ...RULES }, { id: "7", messages: ASKED.messages, label: NO_COMMA }],
  ["raif-rl", { context_messages: CHAT.slice(0, 1), answer: JSON.stringify(RULES) }, { messages: ASKED.messages, label: NO_COMMA }],
  ["raif-sft", { context_messages: CHAT.slice(0, 1), answer: CHAT[1]!.content }, ASKED],
  [
    "open-instruct",
    { messages: CHAT.slice(0, 1), ground_truth: ["42"], dataset: ["gsm8k"] },
    { label: { type: "math", answer: "42" }, tags: { verifier: "gsm8k" } },
  ],
  [
    "open-instruct",
    {
      messages: CHAT.slice(0, 1),
      ground_truth: JSON.stringify([{ instruction_id: RULES.instruction_id_list, kwargs: RULES.kwargs }]),
      dataset: "ifeval",
    },
    { label: NO_COMMA },
  ],
  ["trl-messages", { messages: CHAT }, ASKED],
  ["trl-prompt", { prompt: CHAT.slice(0, 1), completion: CHAT.slice(1) }, ASKED],
  ["trl-prompt", { prompt: "Name a river.", completion: CHAT[1]!.content }, ASKED],
  ["trl-prompt", { prompt: "Name a river.", chosen: CHAT, rejected: CHAT }, ASKED],
  [
    "sharegpt",
    {
      conversations: [
        { from: "human", value: "Name a river." },
        { from: "gpt", value: CHAT[1]!.content },
      ],
    },
    ASKED,
  ],
  [
    "alpaca",
    { instruction: "Name", input: "a river", output: "Rhine" },
    { input: "a river", messages: [{ role: "user", content: "Name\n\na river" }] },
  ],
  [
    "gsm8k",
    { question: "1+1?", answer: "One more.\n#### 2" },
    { label: { type: "math", answer: "2" }, expert: { think: "One more.", answer: "\\boxed{2}" } },
  ],
  ["math", { problem: "1+1?", answer: 2, level: 3 }, { label: { type: "math", answer: "2" }, tags: { level: 3 } }],
  [
    "infobench",
    { id: "a", instruction: "Name", input: "rivers", decomposed_questions: ["Are rivers named?"] },
    { id: "a", input: "rivers" },
  ],
  [
    "complexbench",
    { main_id: 4, instruction: "Name", scoring_questions: [{ point_id: 0, question: "Named?", rule: null, dep: [] }] },
    { id: "4" },
  ],
  ["raif", { ...madeUpRecord(3) }, madeUpRecord(3)],
];

test.each(LAYOUTS)("%s is recognised and keeps every field", async (format, row, record) => {
  const { db, id, summary } = await imported({ path: file(lines([row])) });
  expect(summary).toMatchObject({ imported: 1, rejected: 0, formats: { [format]: 1 } });
  const [stored] = [...eachWholeRow(db, id)];
  expect(JSON.parse(stored?.recordJson ?? "")).toMatchObject(record);
  expect(JSON.parse(stored?.originalJson ?? stored?.recordJson ?? "")).toEqual(row);
});

test("bad rows are named by line, field and reason, wait, and can be repaired", async () => {
  const good = madeUpRecord(1);
  const bad = [
    "{not json",
    JSON.stringify({ ...good, id: "" }),
    JSON.stringify({ ...good, messages: [{ role: "robot", content: "x" }] }),
    JSON.stringify({ ...good, label: { type: "tree", tree: { type: "rule", id: "no:such_rule", kwargs: {} } } }),
    JSON.stringify({ whatever: 1 }),
    "[1, 2]",
  ];
  const path = file(`${JSON.stringify(good)}\n\n${bad.join("\n")}\n`);
  const { db, id, summary } = await imported({ path });
  expect(summary).toMatchObject({ imported: 1, rejected: 6 });
  expect(summary.firstRejected.map(({ source, line, field }) => [source, line, field])).toEqual([
    ["rows.jsonl", 3, ""],
    ["rows.jsonl", 4, "id"],
    ["rows.jsonl", 5, "messages.0.role"],
    ["rows.jsonl", 6, "label"],
    ["rows.jsonl", 7, ""],
    ["rows.jsonl", 8, ""],
  ]);
  expect(summary.firstRejected.map(({ reason }) => reason)).toEqual([
    expect.stringContaining("not JSON"),
    expect.stringContaining("Too small"),
    expect.stringContaining("Invalid option"),
    expect.stringContaining("no:such_rule"),
    expect.stringContaining("whatever"),
    expect.stringContaining("not a JSON object"),
  ]);
  // The same rows once more wait only once.
  await importFiles(db, id, { path });
  const waiting = listRejects(db, id);
  expect(waiting.map(({ text }) => text)).toEqual(bad);
  expect(() => repairRow(db, id, waiting[0]!.id, "{still not")).toThrow("not JSON");
  expect(repairRow(db, id, waiting[0]!.id, JSON.stringify(madeUpRecord(2)))).toEqual({ version: 2, added: true });
  expect(repairRow(db, id, waiting[1]!.id, JSON.stringify(good))).toEqual({ version: 2, added: false });
  expect(() => repairRow(db, id, waiting[0]!.id, JSON.stringify(madeUpRecord(3)))).toThrow("waits for repair");
  expect(discardRows(db, id, [waiting[2]!.id, waiting[3]!.id])).toBe(2);
  expect(summariseDataset(db, id)).toMatchObject({ rows: 2, rejected: 2 });
  // All that wait at once: what can be read comes in as one version, the others go on waiting with what is wrong with them.
  const [fifth, sixth] = listRejects(db, id).map((row) => row.id);
  const edited = [{ id: fifth!, text: JSON.stringify(madeUpRecord(4)) }];
  expect(repairAllRows(db, id, { edited })).toMatchObject({ version: 3, added: 1, known: 0, failed: 1, problems: [{ id: sixth }] });
  expect(summariseDataset(db, id)).toMatchObject({ rows: 3, rejected: 1, undo: "repair 1 rows" });
});

test("rows of an unknown layout that wait come in by a mapping, and what was removed meanwhile comes back", async () => {
  const { db, id } = await imported({ path: file(lines([madeUpRecord(1), { frage: "Two rivers?" }, { frage: "Two towns?" }])) });
  expect(summariseDataset(db, id)).toMatchObject({ rows: 1, rejected: 2 });
  const mapping = { prompt: "frage", tags: [] };
  expect(repairAllRows(db, id, { edited: [], mapping })).toMatchObject({ added: 2, failed: 0 });
  const [waiting] = listRejects(db, id);
  expect(waiting).toBeUndefined();
  await importFiles(db, id, { path: file("{not json\n") });
  editDataset(db, id, [{ type: "remove", rowId: 1 }]);
  expect(repairRow(db, id, listRejects(db, id)[0]!.id, JSON.stringify(madeUpRecord(1)))).toMatchObject({ added: true });
  expect(datasetRowIds(db, id, {})).toContain(1);
});

test("twice the same adds nothing, a file may say a thing twice, and what was removed comes back as it was", async () => {
  const path = file(lines([madeUpRecord(1), madeUpRecord(2), madeUpRecord(1), madeUpRecord(1)]));
  const { db, id, summary } = await imported({ path });
  expect(summary).toMatchObject({ imported: 4, known: 0 });
  editDataset(db, id, [{ type: "set", rowId: 2, split: "held" }]);
  editDataset(db, id, [{ type: "remove", rowId: 2 }]);
  expect(await importFiles(db, id, { path })).toMatchObject({ imported: 1, known: 3, version: 4 });
  expect(datasetPage(db, id, { filter: {} }, { offset: 0, limit: 10 }).rows.map(({ id: record, split }) => [record, split])).toEqual([
    ["made-up-1", ""],
    ["made-up-2", "held"],
    ["made-up-1", ""],
    ["made-up-1", ""],
  ]);
  // The same rows in another format are the same rows.
  expect(await importFiles(db, id, { path: file(JSON.stringify([madeUpRecord(1), madeUpRecord(2)]), "rows.json") })).toMatchObject({
    imported: 0,
    known: 2,
  });
  undoVersion(db, id);
  expect(summariseDataset(db, id).rows).toBe(3);
});

test("formats are told by what is in the file: packed ones, objects with lists, lines under another name, byte order marks", async () => {
  const rows = [madeUpRecord(1), madeUpRecord(2)];
  const files: readonly (readonly [string | Buffer, string])[] = [
    [gzipSync(lines(rows)), "rows.jsonl.gz"],
    [zstdCompressSync(lines(rows)), "rows.jsonl.zst"],
    [lines(rows), "rows.json"],
    [`\uFEFF${lines(rows)}`, "rows.jsonl"],
    [`\uFEFF${JSON.stringify(rows, null, 2)}`, "rows.json"],
    [JSON.stringify({ train: rows.slice(0, 1), test: rows.slice(1) }), "rows.json"],
    [JSON.stringify({ version: 2, data: rows }, null, 2), "rows.json"],
  ];
  for (const [content, name] of files) {
    const { db, id, summary } = await imported({ path: file(content, name) });
    expect([name, summary.imported, summary.rejected]).toEqual([name, 2, 0]);
    expect([...eachWholeRow(db, id)].map(({ recordJson }) => JSON.parse(recordJson) as unknown)).toEqual(rows);
  }
});

test("a mapping makes records of an unknown layout", async () => {
  const row = { meta: { ask: "Name a river.", who: "me" }, extra: [1, null], gold: 7, part: "held" };
  const path = file(lines([row, { meta: {} }]));
  expect((await previewImport({ path })).fields.map(({ name }) => name)).toEqual(["meta", "extra", "gold", "part"]);
  const mapping = { prompt: "meta.ask", answer: "gold", split: "part", tags: ["meta.who"] };
  const { db, id, summary } = await imported({ path, mapping });
  expect(summary).toMatchObject({ imported: 1, rejected: 1, firstRejected: [{ line: 2, field: "meta.ask", reason: "is missing" }] });
  const [stored] = [...eachWholeRow(db, id)];
  expect(JSON.parse(stored?.recordJson ?? "")).toMatchObject({ label: { type: "math", answer: "7" }, tags: { "meta.who": "me" } });
  expect([stored?.split, JSON.parse(stored?.originalJson ?? "")]).toEqual(["held", row]);
});

test("folders give the splits of their README or their names, and nothing outside is read", async () => {
  const root = join(folder.path, "hub");
  mkdirSync(join(root, "data"), { recursive: true });
  writeFileSync(join(folder.path, "secret.jsonl"), lines([madeUpRecord(9)]));
  writeFileSync(join(root, "data", "train-00000-of-00001.jsonl"), lines([madeUpRecord(1)]));
  writeFileSync(join(root, "data", "validation.jsonl"), lines([madeUpRecord(2)]));
  symlinkSync(join(folder.path, "secret.jsonl"), join(root, "data", "linked.jsonl"));
  symlinkSync(folder.path, join(root, "up"));
  const byName = await imported({ path: root });
  expect(datasetPage(byName.db, byName.id, { filter: {} }, { offset: 0, limit: 9 }).rows.map(({ id, split }) => [id, split])).toEqual([
    ["made-up-1", "train"],
    ["made-up-2", "validation"],
  ]);
  const readme = (paths: string): void =>
    writeFileSync(
      join(root, "README.md"),
      `---\nconfigs:\n- config_name: default\n  data_files:\n  - split: held\n    path: ${paths}\n---\n`,
    );
  readme("data/vali*");
  const byReadme = await imported({ path: root });
  expect(datasetPage(byReadme.db, byReadme.id, { filter: {} }, { offset: 0, limit: 9 }).rows.map(({ id, split }) => [id, split])).toEqual([
    ["made-up-2", "held"],
  ]);
  for (const path of ["../secret.jsonl", "/etc/passwd", "data/../../secret.jsonl", "file:///etc/passwd"]) {
    readme(JSON.stringify(path));
    await expect(imported({ path: root })).rejects.toThrow("outside of the folder");
  }
});

test("a cut-off file, an archive and an empty one are refused; nothing stored is lost", async () => {
  const { db, id } = empty();
  await importFiles(db, id, { path: file(lines([madeUpRecord(1)])) });
  const refused: readonly (readonly [Buffer | string, string, RegExp])[] = [
    [gzipSync(lines([madeUpRecord(2)])).subarray(0, 60), "cut.jsonl.gz", /damaged/],
    ["PK\u0003\u0004rest", "rows.zip", /archives are not read/],
    ["PAR1 but nothing else of it", "rows.parquet", /damaged/],
    ["", "rows.jsonl", /no record/],
  ];
  for (const [content, name, message] of refused) await expect(importFiles(db, id, { path: file(content, name) })).rejects.toThrow(message);
  expect(summariseDataset(db, id)).toMatchObject({ rows: 1, version: 1, rejected: 0 });
  const deep = `{"prompt": "x", "deep": ${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
  const nested = await importFiles(db, id, { path: file(`${lines([madeUpRecord(4)])}${deep}\n`) });
  expect(nested).toMatchObject({ imported: 1, rejected: 1, firstRejected: [{ line: 2, reason: "is nested too deeply" }] });
});

test("a row of a CSV file that is no UTF-8 waits as it is, and a pipe is not waited for", async () => {
  const bytes = Buffer.from("instruction,output\nNenne einen Fluß.,Elbe\nName a town.,Ulm\n", "latin1");
  const { db, summary } = await imported({ path: file(bytes, "rows.csv") });
  expect(summary).toMatchObject({ imported: 1, rejected: 1, firstRejected: [{ line: 2, reason: "the row is not UTF-8" }] });
  db.close();
  const good = await imported({ path: file("instruction,output\nWhat is \uFFFD?,A mark.\n", "rows.csv") });
  expect(good.summary).toMatchObject({ imported: 1, rejected: 0 });
  good.db.close();
  await expect(imported({ path: "/dev/zero" })).rejects.toMatchObject({ code: "invalid-argument" });
});

test("an import that is stopped leaves nothing, also when it was cut off", async () => {
  const ROWS = 16_000;
  const path = join(folder.path, "cut-off.raif");
  const db = openWorkspace(path, { create: true });
  const id = makeDataset(db, "mine").id as CollectionId;
  // Large enough to be read in a thread of its own.
  const source = file(lines(Array.from({ length: ROWS }, (_, n) => madeUpRecord(n))));
  const stop = new AbortController();
  const hooks = { signal: stop.signal, onProgress: () => void setImmediate(() => stop.abort()) };
  await expect(importFiles(db, id, { path: source }, hooks)).rejects.toThrow("cancelled");
  const left = ["collection_rows", "collection_contents", "collection_states", "collection_texts_fts", "collection_rejects"];
  const rows = (): number[] => left.map((table) => (db.prepare(`SELECT count(*) AS count FROM ${table}`).get() as { count: number }).count);
  expect(rows()).toEqual([0, 0, 0, 0, 0]);
  // As if its process had been killed long ago.
  db.exec("INSERT INTO collection_imports (collection_id, source, status, created_at_ms, updated_at_ms) VALUES (1, 'x', 'running', 0, 0)");
  db.exec("INSERT INTO collection_rows (collection_id, import_id, content_hash) SELECT 1, max(id), x'00' FROM collection_imports");
  const others = Array.from({ length: ROWS }, (_, n) => madeUpRecord(ROWS - n));
  expect(await importFiles(db, id, { path: file(lines(others)) })).toMatchObject({ imported: ROWS, version: 1 });
  expect(rows()).toEqual([ROWS, ROWS, ROWS, ROWS, 0]);
  // The words of what was taken away are not found in the rows that have its ids now.
  const ids = datasetRowIds(db, id, {});
  const withRiver = ids.filter((_, index) => /\briver\b/i.test(searchText(others[index]!)));
  expect(datasetRowIds(db, id, { search: "river" })).toEqual(withRiver);
  expect(withRiver.length).toBeGreaterThan(0);
  db.close();
});
