import { expect, test } from "vitest";
import { ruleIds } from "../engine/constraints/catalogue.ts";
import { RULES_WITH_CUES } from "./constraint-cues.ts";
import { promptWords, reasoningDepth } from "./reasoning-depth.ts";

const CONSTRAINTS = [
  { ruleId: "length_constraints:number_words", kwargs: { relation: "at least", num_words: 20 }, expected: "at least 20 words" },
  { ruleId: "keywords:existence", kwargs: { keywords: ["apple"] }, expected: 'contains "apple"' },
  { ruleId: "punctuation:no_comma", kwargs: {}, expected: "no comma" },
];
const PROMPT = promptWords("Write a short story about a farmer who mentions an apple. Use at least 20 words. Do not use commas.");

const depthOf = (reasoning: string) => reasoningDepth(reasoning, PROMPT, CONSTRAINTS);

test("a reasoning that names, checks and revises is deep", () => {
  const depth = depthOf(
    "The story needs at least 20 words, it must mention apple, and commas are not allowed. Draft: the farmer ate an apple. " +
      "That has only 6 words, which is too short for 20 words. Wait, let me rewrite it with more detail. Now I count 22 words and no comma.",
  );
  expect(depth).toMatchObject({ named: 3, constraints: 3, checked: 2, revised: 1, depth: "deep" });
});

test("a reasoning that says nothing about the task is shallow, whatever it claims", () => {
  expect(depthOf("I will write the answer now. That should be fine. Everything looks good and correct.")).toEqual({
    overlap: 0,
    named: 0,
    constraints: 3,
    checked: 0,
    revised: 0,
    depth: "shallow",
  });
});

test("a copy of the prompt is shallow although it names every constraint", () => {
  const depth = depthOf(
    "Write a short story about a farmer who mentions an apple. Use at least 20 words. Do not use commas. Check: no commas.",
  );
  expect(depth.named).toBe(3);
  expect(depth.checked).toBeGreaterThan(0);
  expect(depth.overlap).toBeGreaterThan(0.8);
  expect(depth.depth).toBe("shallow");
});

test('what follows "check:" is checked item by item', () => {
  expect(depthOf("check: at least 20 words yes; has apple yes; no commas yes.").checked).toBe(3);
});

test("fewer than three words have no overlap, an unknown rule goes by its description", () => {
  expect(depthOf("Just words").overlap).toBeNull();
  const unknown = [{ ruleId: "other:rule", kwargs: {}, expected: "rhymes with garden" }];
  expect(reasoningDepth("It has to rhyme with the word garden.", PROMPT, unknown).named).toBe(1);
  expect(reasoningDepth("It has to be short.", PROMPT, unknown).named).toBe(0);
});

test("every rule of IFEval and every own one has a cue", () => {
  expect([...ruleIds("ifeval"), ...ruleIds("own")].filter((id) => !RULES_WITH_CUES.includes(id))).toEqual([]);
});
