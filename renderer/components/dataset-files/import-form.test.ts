import { expect, test } from "vitest";
import { mappingSchema } from "../../../shared/domain/dataset-files.ts";
import { fieldsOf, guessMapping, mappingOf, nameOfPath, NO_MAPPING, textsOf } from "./import-form.ts";

test("a first mapping by usual names takes each field once, whatever its capitals", () => {
  expect(guessMapping(["Question", "answer", "ID", "extra"])).toEqual({ ...NO_MAPPING, prompt: "Question", answer: "answer", id: "ID" });
  expect(guessMapping(["instruction", "prompt"]).prompt).toBe("prompt");
  expect(guessMapping(["a", "b"])).toEqual(NO_MAPPING);
});

test("what is typed becomes a mapping that the calls take, and back", () => {
  expect(mappingOf({ ...NO_MAPPING, answer: "a" })).toBeUndefined();
  const texts = { ...NO_MAPPING, prompt: " row.ask ", split: "part", tags: "level, kind" };
  const mapping = mappingOf(texts);
  expect(mapping).toEqual({ prompt: "row.ask", split: "part", tags: ["level", "kind"] });
  expect(mappingSchema.safeParse(mapping).success).toBe(true);
  expect(mappingOf(textsOf(mapping!))).toEqual(mapping);
});

test("fields are those of texts that are JSON objects", () => {
  expect(fieldsOf(['{"a": 1, "b": "x"}', "{not", "[1]", "null", '{"a": 2, "c": null}'])).toEqual([
    { name: "a", example: "1" },
    { name: "b", example: "x" },
    { name: "c", example: "null" },
  ]);
});

test("a dataset is named after its file or folder", () => {
  expect(nameOfPath("/home/me/data/train.jsonl.gz")).toBe("train");
  expect(nameOfPath("C:\\data\\rows.v2.csv")).toBe("rows.v2");
  expect(nameOfPath("/data/folder/")).toBe("folder");
});
