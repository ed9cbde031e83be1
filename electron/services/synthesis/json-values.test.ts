import { expect, test } from "vitest";
import { jsonValues } from "./json-values.ts";

test.each(["[", "{", '{"a":', "[1,"])("a model that says %s until its tokens are used up has said nothing", (piece) => {
  expect(jsonValues(piece.repeat(6000), true)).toEqual([]);
});

test("values nest as deep as answers do, between words in brackets", () => {
  const value = { words: [["[name]", { deep: [[["x"]]] }]] };
  const drafts = "Of [place] and {time}: ".repeat(200);
  expect(jsonValues(`${drafts}${JSON.stringify(value)}`, true).at(-1)).toEqual(value);
});
