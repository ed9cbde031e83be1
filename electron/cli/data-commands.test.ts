// `raif data`: a file in, changed, counted, compared and out again, as a user would do it.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { madeUpRecord } from "../services/datasets/made-up-records.ts";
import { jsonLines, raif } from "./testing/recording-shell.ts";

const folder = mkdtempSync(path.join(tmpdir(), "raif-data-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const workspace = ["--workspace", path.join(folder, "workspace.raif")];
const at = (name: string): string => path.join(folder, name);

test("import says what came in and what did not, export gives it back, stats and diff say what is there", async () => {
  const records = [1, 2, 3].map(madeUpRecord);
  writeFileSync(at("mine.jsonl"), `${records.map((record) => JSON.stringify(record)).join("\n")}\n{"id": 5}\n`);
  const preview = await raif("data", "import", at("mine.jsonl"), ...workspace, "--preview", "--json");
  expect(jsonLines(preview.out)).toMatchObject([{ lookedAt: 4, formats: { raif: 3 }, rejected: [{ line: 4 }] }]);

  const imported = await raif("data", "import", at("mine.jsonl"), ...workspace, "--json");
  expect(imported.code).toBe(0);
  const lines = jsonLines(imported.out);
  expect(lines.at(-1)).toMatchObject({ imported: 3, rejected: 1, known: 0, dataset: "mine", version: 1 });
  expect(lines[0]).toMatchObject({ type: "rejected", source: "mine.jsonl", line: 4, reason: expect.stringContaining("no known layout") });
  const again = await raif("data", "import", at("mine.jsonl"), ...workspace);
  expect(again.out).toContain('0 rows imported into "mine", version 1');
  expect(again.out).toContain("3 were there already");

  writeFileSync(at("more.csv"), "instruction,output\nName a river.,Rhine\n");
  expect((await raif("data", "import", at("more.csv"), ...workspace, "--name", "mine", "--split", "train")).code).toBe(0);
  expect(jsonLines((await raif("data", "list", ...workspace, "--json")).out)).toMatchObject([
    { name: "mine", rows: 4, version: 2, rejected: 1 },
  ]);
  const diff = jsonLines((await raif("data", "diff", ...workspace, "--dataset", "mine", "--json")).out);
  expect(diff).toMatchObject([
    { change: "added", before: null, after: { split: "train" } },
    { from: 1, to: 2, added: 1, removed: 0, changed: 0 },
  ]);

  const stats = jsonLines((await raif("data", "stats", ...workspace, "--dataset", "mine", "--json")).out);
  expect(stats).toMatchObject([{ rows: 4, ready: 3, experts: 2 }]);
  expect(jsonLines((await raif("data", "stats", "--data", at("mine.jsonl"), "--json")).out)).toMatchObject([{ rows: 3, ready: 3 }]);
  expect((await raif("data", "stats", ...workspace, "--dataset", "mine")).out).toMatch(/raif:exact_words +1/);

  const out = await raif("data", "export", ...workspace, "--dataset", "mine", "--out", at("out.jsonl"), "--content", "records", "--json");
  expect(jsonLines(out.out)).toMatchObject([{ rows: 3, leftOut: 1 }]);
  expect(
    readFileSync(at("out.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(records);
  for (const name of ["out.parquet", "out.csv", "out.json", "folder"]) {
    const format = name === "folder" ? ["--format", "huggingface"] : [];
    expect((await raif("data", "export", ...workspace, "--dataset", "mine", "--out", at(name), ...format)).code).toBe(0);
    const back = await raif("data", "import", at(name), ...workspace, "--name", name, "--json");
    expect(jsonLines(back.out).at(-1)).toMatchObject({ imported: 4, rejected: 0 });
  }
});

test("what cannot be done is said", async () => {
  const cases: readonly (readonly [argv: readonly string[], message: RegExp])[] = [
    [["import", at("none.jsonl"), ...workspace], /error file-not-found: /],
    [["import", at("mine.jsonl"), ...workspace, "--schema", "nothing"], /error invalid-argument: .*no such layout.*raif/],
    [["import", at("mine.jsonl"), ...workspace, "--mapping", at("none.json")], /error file-not-found: .*mapping/],
    [["export", ...workspace, "--dataset", "yours", "--out", at("x.jsonl")], /error not-found: .*"mine"/],
    [["diff", ...workspace, "--dataset", "mine", "--from", "77"], /error not-found: .*no version 77/],
    [["stats"], /error invalid-argument: .*--data/],
  ];
  for (const [argv, message] of cases) {
    const { code, out, err } = await raif("data", ...argv);
    expect(err).toMatch(message);
    expect(code).not.toBe(0);
    expect(out).toBe("");
  }
  for (const command of ["import", "export", "list", "stats", "diff", "check", "dedupe", "synthesize"]) {
    expect((await raif("data", command, "--help")).out).toContain(`raif data ${command}`);
  }
});

test("a dataset of the workspace is named wherever data is asked for, and a workspace is asked for where it is missing", async () => {
  const none = await raif("train", "--model", "nano", "--data", "collection:nobody", ...workspace);
  expect(none.err).toMatch(/error not-found: .*"mine".*nobody/);
  const nowhere = await raif("evaluate", "--model", "nano", "--data", "collection:mine", "--method", "io");
  expect(nowhere.err).toMatch(/error invalid-argument: .*workspace/);
});
