// A setting is found by the name that it has in other trainers, or by one that is spelt nearly so.

import { expect, test } from "vitest";
import { describeSettings } from "./config.ts";
import { NAMES_ELSEWHERE, nearestSetting } from "./setting-names.ts";

const KEYS = describeSettings().map(({ key }) => key);

test.each([
  ["num_generations", "numGenerations"],
  ["group_size", "numGenerations"],
  ["max_completion_length", "maxNewTokens"],
  ["learning_rate", "learningRate"],
  ["kl_coef", "beta"],
  ["scale_rewards", "advantageScaling"],
  ["emptySamples", "superiorCot.emptySamples"],
  ["baseBits", "lora.baseBits"],
  ["learningrat", "learningRate"],
  ["zzzzzzzz", undefined],
])("%s is %s", (typed, key) => {
  expect(nearestSetting(typed, KEYS)).toBe(key);
});

test("every name from elsewhere leads to a setting that exists", () => {
  expect(KEYS).toEqual(expect.arrayContaining(Object.values(NAMES_ELSEWHERE)));
});
