import { describe, expect, test } from "vitest";
import type { CompositionNode, InstructionRecord, RuleNode } from "../../../shared/domain/instruction.ts";
import { instructionAccuracy } from "./accuracy.ts";
import { scoreAnswer, scoreResponse, validateRecord, type RewardOptions } from "./reward.ts";

function rule(id: string, kwargs: Record<string, unknown> = {}): RuleNode {
  return { type: "rule", id, kwargs };
}
const tree: CompositionNode = {
  type: "and",
  children: [rule("raif:lowercase"), rule("punctuation:no_comma"), rule("raif:exact_words", { count: 3 })],
};

function record(label: InstructionRecord["label"], input?: string): InstructionRecord {
  return { id: "one", messages: [{ role: "user", content: "do it" }], label, tags: {}, ...(input === undefined ? {} : { input }) };
}
const rules = record({ type: "tree", tree });
const maths = record({ type: "math", answer: "12" });

function response(answer: string, think = "plan"): string {
  return `<think>\n${think}</think>\n<answer>${answer}</answer>`;
}

describe("instructions: totals lie in {3, 1 + s/n, -1, -3}", () => {
  test.each([
    ["all checks", response("a b c"), { total: 3, format: 1, accuracy: 2, passed: 3, checks: 3, gate: "ok" }],
    ["two of three", response("a b"), { total: 1 + 2 / 3, format: 1, accuracy: 2 / 3, passed: 2, checks: 3, gate: "ok" }],
    ["one of three", response("A b"), { total: 1 + 1 / 3, format: 1, accuracy: 1 / 3, passed: 1, checks: 3, gate: "ok" }],
    ["none", response("A, b"), { total: -1, format: 1, accuracy: -2, passed: 0, checks: 3, gate: "ok" }],
    ["broken format", "a b c", { total: -3, format: -1, accuracy: -2, passed: 3, checks: 3, gate: "bad-format" }],
    ["empty answer", response(" "), { total: -1, format: 1, accuracy: -2, passed: 0, checks: 3, gate: "empty-answer" }],
    ["empty reasoning", response("a b c", ""), { total: -1, format: 1, accuracy: -2, passed: 3, checks: 3, gate: "empty-think" }],
    ["placeholder reasoning", response("a b c", "..."), { total: -1, format: 1, accuracy: -2, passed: 3, checks: 3, gate: "empty-think" }],
  ])("%s", (_, text, expected) => {
    expect(scoreResponse({ text, record: rules, requireThink: true })).toMatchObject(expected);
  });

  test("rows with a forced empty think block are scored without the gate on reasoning", () => {
    expect(scoreResponse({ text: response("a b c", ""), record: rules, requireThink: false })).toMatchObject({ total: 3, gate: "ok" });
    expect(scoreResponse({ text: response("", ""), record: rules, requireThink: false })).toMatchObject({
      total: -1,
      gate: "empty-answer",
    });
  });

  test.each<[string, RewardOptions, string, number]>([
    ["scalar accuracy is linear", { accuracyMode: "scalar" }, response("a b"), 1 + (-2 + (4 * 2) / 3)],
    ["scalar accuracy, all", { accuracyMode: "scalar" }, response("a b c"), 3],
    ["gated format, empty answer", { gatedFormat: true }, response(""), -3],
    ["gated format, good answer", { gatedFormat: true }, response("a b c"), 3],
  ])("option: %s", (_, options, text, total) => {
    expect(scoreResponse({ text, record: rules, requireThink: true }, options).total).toBeCloseTo(total, 12);
  });
});

describe("checks that count", () => {
  const selection: CompositionNode = {
    type: "selection",
    branches: [
      {
        when: rule("raif:contains_number", { value: 3 }),
        then: { type: "chain", steps: [rule("raif:lowercase"), rule("raif:exact_words", { count: 3 })] },
      },
    ],
    otherwise: rule("raif:uppercase"),
  };

  test("n is the taken branch; a blocked step counts as failed", () => {
    const taken = record({ type: "tree", tree: selection }, "3 cats");
    const other = record({ type: "tree", tree: selection }, "2 cats");
    expect(scoreAnswer("a b", taken)).toMatchObject({ passed: 1, checks: 2, accuracy: 0.5 });
    expect(scoreAnswer("A B C", taken)).toMatchObject({ passed: 0, checks: 2, accuracy: -2 });
    expect(scoreAnswer("A B C", other)).toMatchObject({ passed: 1, checks: 1, accuracy: 2 });
  });

  test("a blank answer fails even checks that ask for absence", () => {
    expect(scoreAnswer(" \n", record({ type: "tree", tree: rule("punctuation:no_comma") }))).toMatchObject({
      passed: 0,
      checks: 1,
      accuracy: -2,
    });
  });

  test("records that can demand nothing, or cannot be checked, are refused at load", () => {
    const open: CompositionNode = {
      type: "selection",
      branches: [{ when: rule("raif:contains_number", { value: 3 }), then: rule("raif:lowercase") }],
    };
    expect(() => validateRecord(record({ type: "tree", tree: open }, "2 cats"), "line 1")).toThrow(
      expect.objectContaining({ code: "invalid-record" }),
    );
    expect(() => validateRecord(record({ type: "tree", tree: open }), "line 1")).toThrow(
      expect.objectContaining({ code: "invalid-record" }),
    );
    expect(() => validateRecord(record({ type: "math", answer: " " }), "line 1")).toThrow(
      expect.objectContaining({ code: "invalid-record" }),
    );
    expect(() => validateRecord(record({ type: "tree", tree: open }, "3 cats"), "line 1")).not.toThrow();
    expect(() => instructionAccuracy(0, 0, "boolean")).toThrow(expect.objectContaining({ code: "invalid-record" }));
  });
});

test.each([
  ["right", response("so \\boxed{12.0}"), 3],
  ["wrong", response("so \\boxed{13}"), -0.5],
  ["no box", response("12"), -1],
  ["right, broken format", "\\boxed{12}", 1],
  ["right, empty reasoning", response("\\boxed{12}", ""), 3],
  ["nothing", "", -3],
])("maths: %s", (_, text, total) => {
  const reward = scoreResponse({ text, record: maths, requireThink: true });
  expect(reward).toMatchObject({ total, checks: 1, gate: "ok" });
  expect(reward.verdicts[0]?.passed).toBe(reward.accuracy === 2);
});
