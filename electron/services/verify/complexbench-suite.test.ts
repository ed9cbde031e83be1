import { expect, test } from "vitest";
import { SUITES } from "./suites.ts";

const verify = (record: unknown): unknown => SUITES["complexbench-rule"](record, "compat");

test("verdict and parts of a record; an unknown rule is 2, one that cannot be read is refused", () => {
  const record = { id: "a", rule: "model_length_each:[1,3]", response: "abc def", extractor_output: "评分对象：abc||“def”" };
  expect(verify(record)).toMatchObject({ verdict: true, segments: ["abc", "“def”"] });
  expect(verify({ ...record, rule: "model_length_each:[1,2]" })).toMatchObject({ verdict: false, got: "part 1 of 2: 3 characters" });
  expect(verify({ ...record, rule: "keyword:[a model]" })).toMatchObject({ verdict: 2 });
  expect(verify({ ...record, rule: "model_other:[1]" })).toMatchObject({ verdict: 2 });
  expect(verify({ ...record, extractor_output: null })).toMatchObject({ verdict: false, segments: [] });
  expect(() => verify({ ...record, rule: "model_length_each:[a,b]" })).toThrow(expect.objectContaining({ code: "invalid-rule-arguments" }));
});
