import { expect, test } from "vitest";
import { rankByText } from "./match.ts";

const rank = (typed: string, ...names: string[]): readonly string[] => rankByText(typed, names, (name) => name);

test("every word has to be there; the beginning counts most, then the beginning of a word", () => {
  expect(rank("run", "a prune", "a run", "run 1", "nothing")).toEqual(["run 1", "a run", "a prune"]);
  expect(rank("fo ba", "foo bar", "foo")).toEqual(["foo bar"]);
  expect(rank("", "b", "a")).toEqual(["b", "a"]);
});

test("words that stand side by side come first, whatever stands between them", () => {
  expect(rank("number words", "words of odd numbers, words:odd", "at least 3 words, length:number_words")[0]).toContain("number_words");
});

test("signs are only signs", () => {
  for (const sign of [":", ",", "\\", "[", "(", "*", "+", "?", ".", "-", "/", "{", "$", "^", "|", "\u{1F600}"]) {
    expect(rank(`b${sign}`, `a b${sign}c`, "a bc")).toEqual([`a b${sign}c`]);
    expect(rank(sign, `a ${sign}`)).toEqual([`a ${sign}`]);
  }
});
