// Leakage: planted copies and passages of held-out and benchmark texts are found; unrelated texts and stock phrases are not.

import { expect, test } from "vitest";
import { Random } from "../tensor/random.ts";
import { findBenchmarkLeakage, findSplitLeakage, isHeldOut } from "./leakage.ts";
import { qualityRow, type QualityRow } from "./quality-row.ts";
import { finished } from "./testing/finished.ts";
import { madeUpText, measure, plainRecord } from "./testing/planted-rows.ts";

const row = (id: string, text: string, split: string | null = null): QualityRow => qualityRow(plainRecord(id, text), 0, split);

test("planted leaks into training are found, and nothing else", () => {
  const random = new Random(11);
  const heldOut = Array.from({ length: 300 }, (_, index) => row(`held-${index}`, madeUpText(random), "validation"));
  const planted = new Set<string>();
  const train = Array.from({ length: 2000 }, (_, index) => {
    const id = `train-${index}`;
    if (index % 20 > 0) return row(id, madeUpText(random), "train");
    planted.add(id);
    const { text } = random.pick(heldOut);
    // As it is, inside other words, or the greater part of it.
    const leak = [text.toUpperCase(), `${madeUpText(random)} ${text}`, text.split(" ").slice(0, -5).join(" ")][(index / 20) % 3];
    return row(id, leak ?? "", "train");
  });
  const found = finished(findSplitLeakage([...train, ...heldOut], { threshold: 0.5 }));
  const ids = new Set(found.flatMap(({ rows }) => rows.slice(0, 1).map(({ recordId }) => recordId)));
  expect(measure("split leakage", ids, planted)).toEqual({ precision: 1, recall: 1 });
  expect(found[0]?.fixes).toMatchObject([{ type: "remove" }, { type: "move-split", split: "validation" }]);
});

test("a benchmark's text is named; a phrase of many of its texts is none", () => {
  const phrase = "Answer in at least three sentences and do not use any commas.";
  const random = new Random(2);
  const benchmark = Array.from({ length: 30 }, (_, index) => row(`item-${index}`, `${madeUpText(random)} ${phrase}`));
  const references = [{ name: "bench", rows: benchmark }];
  const rows = [
    row("clean", `Write about trains. ${phrase}`),
    row("leaked", benchmark[4]?.text ?? ""),
    row("held", benchmark[5]?.text ?? "", "test"),
  ];
  const found = finished(findBenchmarkLeakage(rows, references, { threshold: 0.5 }));
  expect(found).toMatchObject([
    { type: "benchmark-leakage", severity: "error", rows: [{ recordId: "leaked" }, { reference: "bench", recordId: "item-4" }] },
  ]);
});

test("short and Chinese texts leak too", () => {
  const references = [
    { name: "bench", rows: [row("a", "Name a river."), row("b", "请写一首关于长江的短诗，并且不要使用逗号，至少五句。")] },
  ];
  const rows = [
    row("x", "name a RIVER"),
    row("y", "name a river in France"),
    row("z", "请写一首关于长江的短诗，并且不要使用逗号，至少六句。"),
  ];
  const found = finished(findBenchmarkLeakage(rows, references, { threshold: 0.5 }));
  expect(found.map(({ rows: [first] }) => first?.recordId)).toEqual(["x", "z"]);
});

test("which splits are measured on", () => {
  expect(["test", "validation", "dev", "heldout-ood", "Test-hard"].map(isHeldOut)).toEqual([true, true, true, true, true]);
  expect(["train", "sft", null].map(isHeldOut)).toEqual([false, false, false]);
});
