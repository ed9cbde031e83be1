import { describe, expect, test } from "vitest";
import { isPlaceholder, parseResponse, THINKING_INSTRUCTION } from "./format.ts";

const GOOD = "<think>\nplan\n</think>\n<answer> yes </answer>";

test("splits a well-formed response; the offset leads back to the answer", () => {
  const parsed = parseResponse(GOOD, "strict");
  expect(parsed).toMatchObject({ formatOk: true, think: "plan", answer: "yes" });
  expect(GOOD.slice(parsed.answerStart, parsed.answerStart + 3)).toBe("yes");
});

describe("format check", () => {
  test.each([
    ["text around the blocks", `Sure. ${GOOD} Bye.`, true, false],
    ["text between the blocks", "<think>a</think> so <answer>b</answer>", true, false],
    ["empty blocks", "<think></think><answer></answer>", true, true],
    ["no tags", "yes", false, false],
    ["answer not closed", "<think>a</think><answer>b", false, false],
    ["think not closed", "<think>a<answer>b</answer>", false, false],
    ["answer twice", "<think>a</think><answer>b</answer><answer>c</answer>", false, false],
    ["think opened twice", "<think><think>a</think><answer>b</answer>", false, false],
    ["wrong order", "<answer>b</answer><think>a</think>", false, false],
    ["nested", "<think>a<answer>b</answer></think>", false, false],
    ["other case", "<THINK>a</THINK><answer>b</answer>", false, false],
  ])("%s", (_, text, lenient, strict) => {
    expect(parseResponse(text).formatOk).toBe(lenient);
    expect(parseResponse(text, "strict").formatOk).toBe(strict);
  });

  test("models that reason natively need the think pair only", () => {
    expect(parseResponse("<think>a</think>\nyes", "think-only")).toMatchObject({ formatOk: true, think: "a", answer: "yes" });
    expect(parseResponse("yes", "think-only").formatOk).toBe(false);
  });
});

test.each([
  ["yes", "", "yes"],
  ["<think>a</think> yes", "a", "yes"],
  ["<think>a</think><answer>yes", "a", "yes"],
  ["<think>a <answer>yes</answer>", "a", "yes"],
  ["a</think><answer>no</answer><answer>yes</answer>", "a", "yes"],
  ["<think>a and so on", "a and so on", ""],
])("a broken response still shows its most likely answer: %s", (text, think, answer) => {
  expect(parseResponse(text)).toMatchObject({ formatOk: false, think, answer });
});

test("placeholders are no reasoning", () => {
  for (const text of ["", " \n", "...", "[your reasoning here]", "(thinking)", "None.", "---"])
    expect(isPlaceholder(text), text).toBe(true);
  for (const text of ["ok", "1", "My reasoning: three words.", "none of the rules forbids it"])
    expect(isPlaceholder(text), text).toBe(false);
});

test("the thinking instruction is short and shows both tag pairs once", () => {
  expect(THINKING_INSTRUCTION.split(/\s+/).length).toBeLessThanOrEqual(30);
  expect(parseResponse(THINKING_INSTRUCTION).formatOk).toBe(true);
});
