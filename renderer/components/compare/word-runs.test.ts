import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sharedRuns } from "./word-runs.ts";

const text = fc
  .array(fc.constantFrom("the", "text", "has", "four", "words", "\n", " ", "OK."), { maxLength: 14 })
  .map((words) => words.join(" "));

function shared(runs: readonly { readonly text: string; readonly type: string }[]): string {
  return runs
    .filter(({ type }) => type === "shared")
    .map((run) => run.text)
    .join(" ")
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .join(" ");
}

describe("words that texts share", () => {
  test("runs joined are the text, and every text shares the same words", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (texts) => {
        const runs = sharedRuns(texts);
        expect(runs.map((list) => list.map((run) => run.text).join(""))).toEqual(texts);
        expect(new Set(runs.map(shared)).size).toBe(1);
        for (const list of runs) for (const [index, run] of list.entries()) expect(run.type).not.toBe(list[index + 1]?.type);
      }),
    );
  });

  test("marks what only one of three says", () => {
    expect(
      sharedRuns(["Three rules. Check the commas first.", "Three rules. Count, check the commas.", "Three rules. Check the commas."])[1],
    ).toEqual([
      { text: "Three rules. ", type: "shared" },
      { text: "Count, ", type: "own" },
      { text: "check the ", type: "shared" },
      { text: "commas.", type: "own" },
    ]);
  });

  test("a text alone is its own", () => {
    expect(sharedRuns(["a b"])).toEqual([[{ text: "a b", type: "own" }]]);
    expect(sharedRuns([])).toEqual([]);
  });
});
