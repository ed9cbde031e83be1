import fc from "fast-check";
import { expect, test } from "vitest";
import { alignedDiff } from "./word-diff.ts";

const words = fc.array(fc.constantFrom("the", "old", "lamp", "shines", "now"), { maxLength: 12 });
const text = fc
  .tuple(words, fc.constantFrom(" ", "  ", "\n"), fc.constantFrom("", " ", "\n"))
  .map(([parts, space, end]) => end + parts.join(space) + end);

test("joined runs are the text, and what is shared is the same in every text", () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (texts) => {
      const diffs = alignedDiff(texts);
      expect(diffs.map((runs) => runs.map((run) => run.text).join(""))).toEqual(texts);
      const shared = diffs.map((runs) =>
        runs
          .filter(({ type }) => type === "shared")
          .flatMap((run) => run.text.match(/\S+/g) ?? [])
          .join(" "),
      );
      expect(new Set(shared).size).toBe(1);
    }),
  );
});

test("what only one text says is its own", () => {
  expect(alignedDiff(["check the words now", "count the words now", "check the words again now"])).toEqual([
    [
      { text: "check", type: "own" },
      { text: " the words now", type: "shared" },
    ],
    [
      { text: "count", type: "own" },
      { text: " the words now", type: "shared" },
    ],
    [
      { text: "check", type: "own" },
      { text: " the words", type: "shared" },
      { text: " again", type: "own" },
      { text: " now", type: "shared" },
    ],
  ]);
  expect(alignedDiff(["alone"])).toEqual([[{ text: "alone", type: "own" }]]);
  expect(alignedDiff([])).toEqual([]);
});
