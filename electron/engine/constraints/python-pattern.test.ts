import { expect, test } from "vitest";
import { Random } from "../tensor/random.ts";
import { compilePythonPattern, findMatches, isAscii } from "./python-pattern.ts";
import { findPhrase } from "./readable-text.ts";

const random = new Random(5);
const PIECES = ["cat", "Cat", "CATS", "_cat", "cat_", "1cat", "i", "I", "it's", "-", ".", " ", "\n", "k", "S", "a.b", "2", "$"];
const drawn = (count: number): string => Array.from({ length: count }, () => random.pick(PIECES)).join("");
const PATTERNS = ["\\bcat\\b", "\\bi\\b", "\\bit's\\b", "\\b\\$\\b", "\\B\\w", "\\bcat|s\\B", "\\b-\\b", "\\bk", "[\\b-]", "\\\\b", "\\b"];

test("what is made for ASCII finds in ASCII what the whole of Unicode finds", () => {
  let matches = 0;
  for (let round = 0; round < 300; round++) {
    const text = drawn(1 + random.integer(20));
    expect(isAscii(text)).toBe(true);
    for (const pattern of PATTERNS) {
      for (const ignoreCase of [false, true]) {
        const spans = findMatches(text, compilePythonPattern(pattern, { ignoreCase, inAscii: true }));
        expect(spans, `${pattern} in ${text}`).toEqual(findMatches(text, compilePythonPattern(pattern, { ignoreCase })));
        matches += spans.length;
      }
    }
    for (const phrase of ["cat", "it's", "a.b", "cat _cat", "$", "k", "1cat"]) {
      // A letter far behind makes it a text of Unicode without changing what stands before it.
      expect(findPhrase(text, phrase), `${phrase} in ${text}`).toEqual(findPhrase(`${text}\n\n\n.é`, phrase));
    }
  }
  expect(matches).toBeGreaterThan(10_000);
});

test("letters beyond ASCII are letters at a boundary", () => {
  const found = (text: string) => findMatches(text, compilePythonPattern("\\bcat\\b", { ignoreCase: true, inAscii: isAscii(text) })).length;
  expect(["cat", "écat", "caté", "cat é", "北cat"].map(found)).toEqual([1, 0, 0, 1, 0]);
});
