import { expect, test } from "vitest";
import { fieldText, fieldValue, kwargsFields, withKwarg } from "./kwargs-fields.ts";

const SCHEMA = {
  type: "object",
  properties: {
    relation: { type: "string", enum: ["less than", "at least"] },
    num_words: { type: "integer", minimum: 0, maximum: 9007199254740991 },
    keywords: { type: "array", minItems: 1, items: { type: "string" } },
    strict: { type: "boolean" },
    schema: { type: "object" },
  },
  required: ["relation", "num_words"],
};

test("a schema becomes fields", () => {
  expect(kwargsFields(SCHEMA).map(({ name, kind, required, help }) => [name, kind, required, help])).toEqual([
    ["relation", "choice", true, ""],
    ["num_words", "whole-number", true, "at least 0"],
    ["keywords", "lines", false, "One a line."],
    ["strict", "yes-no", false, ""],
    ["schema", "json", false, "As JSON."],
  ]);
});

test("what is shown and typed again is the same value", () => {
  for (const [kind, value] of [
    ["whole-number", 12],
    ["number", 0.5],
    ["lines", ["two words", "böat"]],
    ["yes-no", false],
    ["json", { type: "object", required: ["a"] }],
    ["text", " spaces stay "],
  ] as const) {
    expect(fieldValue(kind, fieldText(kind, value))).toEqual(value);
  }
});

test("nothing typed leaves the argument out; what is no number stays to be complained about", () => {
  expect(fieldValue("number", " ")).toBeUndefined();
  expect(fieldValue("lines", "\n \n")).toBeUndefined();
  expect(fieldValue("whole-number", "many")).toBe("many");
  expect(fieldValue("json", "{")).toBe("{");
  expect(withKwarg({ a: 1, b: 2 }, "a", undefined)).toEqual({ b: 2 });
  expect(withKwarg({ a: 1 }, "b", 2)).toEqual({ a: 1, b: 2 });
});
