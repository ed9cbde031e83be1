import { expect, test } from "vitest";
import { csvRows } from "./csv-rows.ts";

const fields = (text: string, keepQuotes = false): (readonly string[])[] | undefined =>
  csvRows(text, ",", keepQuotes)?.map((row) => row.fields);

/** What Python 3's csv.reader makes of the lines of the text. */
test.each([
  ["a,b\nc", [["a", "b"], ["c"]]],
  ["a,b\r\nc\r\n", [["a", "b"], ["c"]]],
  ['"a,b",c', [["a,b", "c"]]],
  ['"a""b"', [['a"b']]],
  ['a"b",c', [['a"b"', "c"]]],
  ['"a"b,c', [["ab", "c"]]],
  ['"two\nlines",x', [["two\nlines", "x"]]],
  ['"open', [["open"]]],
  ['"open\n', [["open\n"]]],
  ["a\n\nb", [["a"], [], ["b"]]],
  ["a,\n", [["a", ""]]],
  [",", [["", ""]]],
  ["", []],
])("%j", (text, expected) => {
  expect(fields(text)).toEqual(expected);
});

test("a carriage return inside a line ends the reading", () => {
  expect(csvRows("a\rb", ",")).toBeUndefined();
});

test("kept quotes, and places in the text as it was given", () => {
  const text = '"x!",2\n"y",3';
  expect(fields(text, true)).toEqual([
    ['"x!"', "2"],
    ['"y"', "3"],
  ]);
  expect(csvRows(text, ",", true)?.map(({ start, end }) => text.slice(start, end))).toEqual(['"x!",2', '"y",3']);
});
