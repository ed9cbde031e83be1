import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { jsonLines, raif } from "../../cli/testing/recording-shell.ts";
import { verifyFile } from "./verify-file.ts";

const folder = mkdtempSync(path.join(tmpdir(), "raif-verify-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const input = path.join(folder, "in.jsonl");
const output = path.join(folder, "out.jsonl");

async function verified(lines: readonly string[]): Promise<{ code: number; err: string; written: Record<string, unknown>[] }> {
  writeFileSync(input, lines.join("\n"));
  const { code, err } = await raif("verify", "--suite", "ifeval", "--in", input, "--out", output);
  return { code, err, written: jsonLines(readFileSync(output, "utf8")) };
}

const record = (id: unknown, instruction_id: string, kwargs: unknown, response: unknown): string =>
  JSON.stringify({ id, instruction_id, kwargs, response });

test("strict and loose, null arguments left out, a blank or absent response follows nothing", async () => {
  const { code, written } = await verified([
    record("a", "punctuation:no_comma", { left: null }, "no comma"),
    "",
    record("b", "punctuation:no_comma", {}, "Sure, here:\nno comma"),
    record(3, "startend:quotation", {}, '*"so"*'),
    record("d", "punctuation:no_comma", null, " \n"),
    record("e", "punctuation:no_comma", {}, null),
    record("f", "startend:end_checker", { end_phrase: "end" }, "the end\n\nHope this helps!"),
  ]);
  expect(code).toBe(0);
  expect(written.map(({ id, strict, loose }) => [id, strict, loose])).toEqual([
    ["a", true, true],
    ["b", false, true],
    [3, false, true],
    ["d", false, false],
    ["e", false, false],
    ["f", false, true],
  ]);
  expect(written[1]).toMatchObject({ expected: "no commas", got: "1 comma", spans: [{ start: 4, end: 5 }] });
});

test("records as the benchmarks publish them hold several rules", async () => {
  const several = { key: 7, instruction_id_list: ["punctuation:no_comma", "startend:quotation"], kwargs: [{}, { left: null }] };
  const { code, written } = await verified([
    JSON.stringify({ ...several, response: '"no comma"' }),
    JSON.stringify({ ...several, response: '*"a, b"*' }),
    JSON.stringify({ ...several, kwargs: [{}], response: "x" }),
  ]);
  expect(code).toBe(1);
  expect(written).toMatchObject([
    { id: 7, strict: true, loose: true, instructions: [{ instruction_id: "punctuation:no_comma", strict: true }, { strict: true }] },
    {
      id: 7,
      strict: false,
      loose: false,
      instructions: [{ strict: false }, { instruction_id: "startend:quotation", strict: false, loose: true }],
    },
    { id: 7, line: 3, error: { code: "invalid-record" } },
  ]);
});

test("lines end at line feeds alone, and a mark of byte order is none of the first", async () => {
  const raw = `{"id":"a","instruction_id":"raif:line_range","kwargs":{"min":1,"max":9},"response":"one\u2028two\u0085three"}`;
  const { code, written } = await verified([`\ufeff${raw}\r`, "", raw]);
  expect(code).toBe(0);
  expect(written.map(({ id, strict }) => [id, strict])).toEqual([
    ["a", true],
    ["a", true],
  ]);
});

test("a bad line is an error record, the others are verified, the exit code says so", async () => {
  const good = record("good", "punctuation:no_comma", {}, "x");
  const { code, err, written } = await verified([
    record("unknown", "punctuation:no_coma", {}, "x"),
    good,
    record("kwargs", "length_constraints:number_words", { num_words: "many" }, "x"),
    "{not json",
    "12",
    record("response", "punctuation:no_comma", {}, 5),
    good,
  ]);
  expect(code).toBe(1);
  expect(err).toContain("5 of 7");
  expect(written.map(({ id, line, error }) => [id, line, (error as { code?: string } | undefined)?.code])).toEqual([
    ["unknown", 1, "unknown-rule"],
    ["good", undefined, undefined],
    ["kwargs", 3, "invalid-rule-arguments"],
    [null, 4, "invalid-json"],
    [null, 5, "invalid-record"],
    ["response", 6, "invalid-record"],
    ["good", undefined, undefined],
  ]);
  expect(written[0]).toMatchObject({ error: { message: expect.stringContaining("punctuation:no_comma") as string } });
});

test("no input, no folder, the input as output, a cancelled run", async () => {
  writeFileSync(input, record("a", "punctuation:no_comma", {}, "x"));
  const request = { suite: "ifeval", mode: "compat", input, output } as const;
  await expect(verifyFile({ ...request, input: path.join(folder, "none") })).rejects.toMatchObject({ code: "file-not-found" });
  await expect(verifyFile({ ...request, output: path.join(folder, "none", "out") })).rejects.toMatchObject({ code: "file-not-found" });
  await expect(verifyFile({ ...request, output: input })).rejects.toMatchObject({ code: "invalid-argument" });
  await expect(verifyFile(request, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
});
