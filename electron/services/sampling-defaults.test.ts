import { expect, test } from "vitest";
import { samplingOf } from "./sampling-defaults.ts";

/** The fields of Qwen2.5-1.5B-Instruct's published generation_config.json. */
const QWEN = { do_sample: true, temperature: 0.7, top_p: 0.8, top_k: 20, repetition_penalty: 1.1, eos_token_id: [151645, 151643] };

test("what the model's file says holds where nobody says otherwise, and what is not applied is named", () => {
  expect(samplingOf({}, QWEN, "folder")).toEqual({
    temperature: 0.7,
    topP: 0.8,
    topK: 20,
    fromModel: ["temperature", "top_p", "top_k"],
    notApplied: { repetition_penalty: 1.1 },
  });
  expect(samplingOf({ temperature: 1, topK: 0 }, QWEN, "folder")).toMatchObject({
    temperature: 1,
    topP: 0.8,
    topK: 0,
    fromModel: ["top_p"],
  });
});

test("without a file, or with one that says nothing new, sampling is plain", () => {
  const plain = { temperature: 1, topP: 1, topK: 0, fromModel: [], notApplied: {} };
  expect(samplingOf({}, null, "folder")).toEqual(plain);
  expect(samplingOf({}, { do_sample: true, temperature: 1, top_p: null, min_p: 0 }, "folder")).toEqual(plain);
});

test("do_sample: false is greedy, unless a temperature is given", () => {
  expect(samplingOf({}, { do_sample: false, temperature: 0.7 }, "folder")).toMatchObject({ temperature: 0, fromModel: ["do_sample"] });
  expect(samplingOf({ temperature: 0.5 }, { do_sample: false }, "folder")).toMatchObject({ temperature: 0.5, fromModel: [] });
});

test.each([
  ["temperature", -1],
  ["temperature", "hot"],
  ["top_p", 0],
  ["top_p", 1.5],
  ["top_k", 2.5],
])("names the field that cannot be used: %s = %j", (field, value) => {
  expect(() => samplingOf({}, { [field]: value }, "folder")).toThrow(
    expect.objectContaining({ code: "invalid-config", message: expect.stringMatching(`${field}.*generation_config.json`) as string }),
  );
});
