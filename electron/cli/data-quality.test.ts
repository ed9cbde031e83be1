// `raif data check`, `dedupe` and `synthesize` on files: what is found and mended, what is made, and that both can be relied on.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import { plainRecord } from "../engine/data-quality/testing/planted-rows.ts";
import { scoreAnswer, validateRecord } from "../engine/rewards/reward.ts";
import { jsonLines, raif } from "./testing/recording-shell.ts";

let folder: string;
const path = (name: string): string => join(folder, name);
const read = (name: string): InstructionRecord[] => jsonLines(readFileSync(path(name), "utf8")) as unknown as InstructionRecord[];
const write = (name: string, records: readonly InstructionRecord[]): void =>
  writeFileSync(path(name), records.map((record) => `${JSON.stringify(record)}\n`).join(""));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "raif-data-"));
  write("planted.jsonl", [
    plainRecord("a", "Write about the sea without commas."),
    plainRecord("b", "write about the sea, without commas!"),
    { ...plainRecord("c", "List rivers without commas."), expert: { think: "Rivers, no commas.", answer: "Elbe, Rhine" } },
    plainRecord("d", "Describe the road from the old mill to the harbour in plain words."),
  ]);
  write("test.jsonl", [plainRecord("t", "Describe the road from the old mill to the harbour in plain words")]);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("check and dedupe", () => {
  test("findings are listed, errors make the exit code 1", async () => {
    const { code, out } = await raif("data", "check", "--data", path("planted.jsonl"), "--held-out", path("test.jsonl"), "--json");
    expect(code).toBe(1);
    expect(jsonLines(out).at(-1)).toMatchObject({
      records: 5,
      errors: 2,
      warnings: 1,
      byType: { "exact-duplicate": 1, "split-leakage": 1, "failing-demonstration": 1 },
    });
  });

  test("mending all leaves data without findings", async () => {
    const fixing = ["--fix", "all", "--out", path("mended.jsonl")];
    await raif("data", "check", "--data", path("planted.jsonl"), "--held-out", path("test.jsonl"), ...fixing);
    expect(read("mended.jsonl").map(({ id }) => id)).toEqual(["a", "c"]);
    const again = await raif("data", "check", "--data", path("mended.jsonl"), "--held-out", path("test.jsonl"), "--json");
    expect([again.code, jsonLines(again.out)[0]?.["findings"]]).toEqual([0, 0]);
  });

  test("a dataset of a workspace is mended as a new version", async () => {
    const workspace = path("w.sqlite");
    await raif("data", "import", path("planted.jsonl"), "--workspace", workspace, "--name", "mine");
    const { code, out } = await raif("data", "check", "--workspace", workspace, "--dataset", "mine", "--fix", "all", "--json");
    expect([code, jsonLines(out)[0]]).toMatchObject([1, { errors: 1, fixed: { removed: 1, changed: 1, kept: 3, version: 2 } }]);
    expect((await raif("data", "check", "--workspace", workspace, "--dataset", "mine")).code).toBe(0);
    expect((await raif("data", "check", "--data", "starter", "--workspace", workspace, "--dataset", "mine")).code).toBe(1);
  });

  test("benchmarks are read as they are published, rows that are none are said", async () => {
    const bench = path("bench.jsonl");
    const prompt = "Describe the road from the old mill to the harbour in plain words, please.";
    const item = { key: 1, prompt, instruction_id_list: ["punctuation:no_comma"], kwargs: [{}] };
    writeFileSync(bench, `${JSON.stringify(item)}\n{broken\n`);
    const against = await raif(
      "data",
      "check",
      "--data",
      path("planted.jsonl"),
      "--against",
      bench,
      "--only",
      "benchmark-leakage",
      "--json",
    );
    expect(jsonLines(against.out)[0]).toMatchObject({
      findings: 1,
      list: [{ rows: [{ recordId: "d" }, { reference: bench, recordId: "1" }] }],
    });
    expect(jsonLines((await raif("data", "check", "--data", bench, "--json")).out)[0]).toMatchObject({ records: 1, unreadable: 1 });
  });

  test("dedupe removes copies alone", async () => {
    const { code, out } = await raif("data", "dedupe", "--data", path("planted.jsonl"), "--out", path("unique.jsonl"), "--json");
    expect([code, jsonLines(out)[0]]).toMatchObject([0, { removed: 1, kept: 3 }]);
    expect(read("unique.jsonl").map(({ id }) => id)).toEqual(["a", "c", "d"]);
  });

  test("the shipped data passes: no contradiction, no failing demonstration, no copy of a held-out row", async () => {
    const { out } = await raif(
      "data",
      "check",
      "--data",
      "starter",
      "--held-out",
      "heldout",
      "--model",
      "nano",
      "--max-new-tokens",
      "128",
      "--json",
    );
    expect(jsonLines(out)[0]).toMatchObject({ errors: 0 });
  });

  test("what cannot be meant is refused", async () => {
    const check = ["data", "check", "--data", path("planted.jsonl")];
    for (const wrong of [
      ["--only", "typos"],
      ["--fix", "all"],
      ["--out", path("x.jsonl")],
      ["--similarity", "2"],
    ]) {
      expect((await raif(...check, ...wrong)).code, wrong.join(" ")).toBeGreaterThan(0);
    }
  });
});

describe("synthesize --template-only", () => {
  const make = (out: string, ...more: string[]): ReturnType<typeof raif> =>
    raif("data", "synthesize", "--template-only", "--count", "60", "--seed", "4", "--out", path(out), "--json", ...more);

  test("every record is valid, new and shown how; the same seed gives the same bytes, another one others", async () => {
    const { code, out } = await make("made.jsonl", "--avoid", "starter");
    expect([code, jsonLines(out)[0]]).toMatchObject([0, { made: 60, rejected: 0, shortfall: null }]);
    const records = read("made.jsonl");
    for (const record of records) {
      validateRecord(record, record.id);
      const { passed, checks } = scoreAnswer(record.expert?.answer ?? "", record);
      expect([record.id, passed]).toEqual([record.id, checks]);
    }
    await make("again.jsonl", "--avoid", "starter");
    expect(readFileSync(path("again.jsonl"))).toEqual(readFileSync(path("made.jsonl")));
    await raif("data", "synthesize", "--template-only", "--count", "60", "--seed", "5", "--out", path("other.jsonl"));
    const texts = new Set(records.map(({ messages }) => messages[0]?.content));
    expect(read("other.jsonl").filter(({ messages }) => texts.has(messages[0]?.content)).length).toBeLessThan(3);
    const against = ["--against", "heldout", "--against", "heldout-ood", "--json"];
    expect((await raif("data", "check", "--data", path("made.jsonl"), ...against)).code).toBe(0);
  });

  test("the mix is kept to the record", async () => {
    await make("mixed.jsonl", "--mix", "single=1,and:3=2,chain=1,selection=1,nested3=1");
    const counts = Map.groupBy(read("mixed.jsonl"), ({ tags }) => `${String(tags["composition"])} ${String(tags["depth"])}`);
    expect(Object.fromEntries([...counts].map(([key, records]) => [key, records.length]))).toEqual({
      "single 0": 10,
      "and 1": 20,
      "chain 1": 10,
      "selection 1": 10,
      "nested 3": 10,
    });
  });

  test("shapes that run out are said to, a mix that cannot be read is refused", async () => {
    const { out, err } = await make("sums.jsonl", "--mix", "maths=1", "--count", "20");
    expect([jsonLines(out)[0]?.["made"], err]).toEqual([20, expect.not.stringContaining("no more")]);
    expect((await make("never.jsonl", "--mix", "round=1")).code).toBe(1);
  });
});
