// Duplicates: planted ones are found and nothing else is; near pairs agree with a comparison of all pairs by plain sets of strings.

import { expect, test } from "vitest";
import { Random } from "../tensor/random.ts";
import { findDuplicates } from "./duplicates.ts";
import { findNearPairs } from "./near-pairs.ts";
import { NO_LABEL, qualityRow } from "./quality-row.ts";
import { comparableText, hashTokens, jaccard, shingleSet, textTokens } from "./text-tokens.ts";
import { finished } from "./testing/finished.ts";
import { madeUpText, measure, plainRecord, plantDuplicates } from "./testing/planted-rows.ts";

const row = (id: string, text: string, index = 0): ReturnType<typeof qualityRow> => qualityRow(plainRecord(id, text), index);

const sharedCount = (a: ReadonlySet<string>, b: ReadonlySet<string>): number => [...a].filter((item) => b.has(item)).length;

test("planted duplicates are found, and nothing else", () => {
  const { rows, exact, near } = plantDuplicates(3000, 5);
  const findings = finished(findDuplicates(rows, { threshold: 0.8 }));
  const removedBy = (type: string): Set<string> =>
    new Set(findings.filter((finding) => finding.type === type).flatMap(({ fixes }) => fixes.flatMap(({ rowKeys }) => rowKeys)));
  // A copy of a near-duplicate that comes twice is an exact one of it; both count as planted.
  const planted = new Set([...exact, ...near]);
  const found = new Set([...removedBy("exact-duplicate"), ...removedBy("near-duplicate")]);
  expect(measure("duplicates", found, planted)).toEqual({ precision: 1, recall: 1 });
  expect([...removedBy("exact-duplicate")]).toEqual(expect.arrayContaining([...exact]));
});

test("near pairs are those of comparing every two texts", () => {
  const random = new Random(3);
  const texts = Array.from({ length: 40 }, () => madeUpText(random));
  // Ten versions of each, further and further away.
  const family = texts.flatMap((text) => {
    const words = text.split(" ");
    return Array.from({ length: 10 }, (_, version) => {
      for (let i = 0; i < version; i++) words[random.integer(words.length)] = `word${random.integer(1000)}`;
      return words.join(" ");
    });
  });
  const strings = family.map((text) => {
    const words = text.split(" ");
    return new Set(words.slice(2).map((_, index) => words.slice(index, index + 3).join(" ")));
  });
  const expected = new Set<string>();
  strings.forEach((a, first) =>
    strings.slice(first + 1).forEach((b, offset) => {
      if (sharedCount(a, b) / (a.size + b.size - sharedCount(a, b)) >= 0.7) expected.add(`${first} ${first + 1 + offset}`);
    }),
  );
  const sets = family.map((text) => shingleSet(hashTokens(textTokens(text)), 3));
  const found = new Set(finished(findNearPairs(sets, 0.7)).map(({ first, second }) => `${first} ${second}`));
  const { precision, recall } = measure("near pairs of similarity 0.7 against all pairs", found, expected);
  expect(expected.size).toBeGreaterThan(60);
  expect(precision).toBe(1);
  expect(recall).toBeGreaterThan(0.97);
});

test("the same words with another label are a contradiction, and no row is advised to go", () => {
  const other = { ...row("b", "Name three rivers.", 1) };
  const relabelled = { ...other, record: { ...other.record, label: { type: "math", answer: "3" } as const } };
  const findings = finished(findDuplicates([row("a", "Name three rivers."), relabelled], { threshold: 0.8 }));
  expect(findings).toMatchObject([{ type: "conflicting-labels", severity: "error", fixes: [] }]);
});

test("a row without a label contradicts none, and goes for one with a label", () => {
  const bare = row("a", "Name three rivers.");
  const unlabelled = { ...bare, record: { ...bare.record, label: NO_LABEL } };
  const findings = finished(
    findDuplicates([unlabelled, row("b", "name three rivers", 1), { ...unlabelled, key: "c" }], { threshold: 0.8 }),
  );
  expect(findings).toMatchObject([{ type: "exact-duplicate", fixes: [{ type: "remove", rowKeys: ["a", "c"] }] }]);
});

test("of equal rows the one with a demonstration stays", () => {
  const shown = row("b", "Name three rivers!", 1);
  const rows = [row("a", "name three rivers"), { ...shown, record: { ...shown.record, expert: { think: "Rivers.", answer: "Elbe" } } }];
  expect(finished(findDuplicates(rows, { threshold: 0.8 }))[0]?.fixes).toEqual([{ type: "remove", rowKeys: ["a"] }]);
});

test("what counts as the same word", () => {
  expect(comparableText("ＦＵＬＬ  width, Straße!")).toBe("full width straße");
  expect(comparableText("我喜欢 tea。")).toBe("我 喜 欢 tea");
  expect(comparableText("...")).toBe("");
  expect(finished(findDuplicates([row("a", "..."), row("b", "!!!", 1)], { threshold: 0.8 }))).toEqual([]);
});

test("similarity of sets", () => {
  expect(jaccard(Uint32Array.of(1, 2, 3), Uint32Array.of(2, 3, 4))).toBe(0.5);
  expect(jaccard(Uint32Array.of(), Uint32Array.of())).toBe(0);
});

test("of two demonstrations the one that passes stays", () => {
  const demonstrated = (id: string, answer: string, index: number): ReturnType<typeof row> => {
    const plain = row(id, "Name three rivers.", index);
    return { ...plain, record: { ...plain.record, expert: { think: "Without commas.", answer } } };
  };
  const rows = [demonstrated("a", "Elbe, Oder, Rhine", 0), demonstrated("b", "Elbe and Oder and Rhine", 1)];
  expect(finished(findDuplicates(rows, { threshold: 0.8 }))[0]?.fixes).toEqual([{ type: "remove", rowKeys: ["a"] }]);
});
