import { expect, test } from "vitest";
import { synthesisRequestSchema } from "../../../shared/domain/synthesis.ts";
import { NEW_SYNTHESIS, requestOf, textsOf } from "./synthesis-form.ts";

const ENDPOINT = {
  ...NEW_SYNTHESIS,
  writer: "endpoint" as const,
  endpointModel: "m",
  budget: "5000",
  questions: "2",
  seeds: "/data/seeds.jsonl",
  prompts: { review: "[review] {{instruction}} {{answer}}" },
};

test.each([
  ["templates", NEW_SYNTHESIS],
  ["endpoint", ENDPOINT],
  ["local", { ...NEW_SYNTHESIS, writer: "local" as const, avoid: "heldout" }],
])("what was asked for comes back into the form: %s", (_, texts) => {
  const request = synthesisRequestSchema.parse(requestOf(texts));
  expect(requestOf(textsOf(request))).toEqual(requestOf(texts));
});

test.each([
  ["no count", { count: "0" }],
  ["a count that is none", { count: "many" }],
  ["no model", { endpointModel: " " }],
  ["no budget", { budget: "0" }],
  ["too many questions", { questions: "6" }],
  ["too many at once", { concurrency: "65" }],
])("is no request: %s", (_, part) => {
  expect(requestOf(ENDPOINT)).toBeDefined();
  expect(requestOf({ ...ENDPOINT, ...part })).toBeUndefined();
});
