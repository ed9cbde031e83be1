import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { raif } from "../cli/testing/recording-shell.ts";
import { convertTree } from "./tree-text.ts";

const TEXT = 'all of\n  rule punctuation:no_comma\n  question "Is it polite?"\n';
const tree = {
  type: "and",
  children: [
    { type: "rule", id: "punctuation:no_comma", kwargs: {} },
    { type: "question", text: "Is it polite?" },
  ],
};

test("either form gives both, out of a label or a record too", () => {
  for (const given of [
    TEXT,
    ...[tree, { type: "tree", tree }, { id: "x", label: { type: "tree", tree } }].map((one) => JSON.stringify(one)),
  ]) {
    expect(convertTree(given, "given")).toMatchObject({ tree, text: TEXT });
  }
});

test.each([
  ["rule punctuation:no_commas", "unknown-rule"],
  ["rule raif:exact_words", "invalid-rule-arguments"],
  ['{"type":"and"}', "invalid-record"],
  ["{", "invalid-json"],
  ['question "a" [after b]', "invalid-record"],
  [`${'{"type":"and","children":['.repeat(5000)}${"]}".repeat(5000)}`, "invalid-record"],
])("refuses %.40s", (given, code) => {
  expect(() => convertTree(given, "given")).toThrow(expect.objectContaining({ code }));
});

test("raif tree prints the other form", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "raif-tree-"));
  try {
    const file = path.join(folder, "tree.txt");
    writeFileSync(file, TEXT);
    const { code, out } = await raif("tree", file);
    expect([code, JSON.parse(out)]).toEqual([0, tree]);
    writeFileSync(file, out);
    expect(await raif("tree", file)).toEqual({ code: 0, out: TEXT, err: "" });
    expect((await raif("tree", path.join(folder, "none"))).code).toBe(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the tree in the documentation is one", () => {
  const page = readFileSync(new URL("../../docs/records.md", import.meta.url), "utf8");
  const shown = /```\n(all of\n[^`]*)```/.exec(page)?.[1] ?? "";
  expect(convertTree(shown, "docs/records.md").text).toBe(shown);
});
