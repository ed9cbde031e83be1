import { describe, expect, test } from "vitest";
import type { CompositionNode, RuleNode } from "../../../shared/domain/instruction.ts";
import { activeVerdicts, evaluateTree } from "./composition.ts";
import { compositionKind, depth, ruleLeaves } from "./tree-shape.ts";

function rule(id: string, kwargs: Record<string, unknown> = {}): RuleNode {
  return { type: "rule", id, kwargs };
}
const lower = rule("raif:lowercase");
const noComma = rule("punctuation:no_comma");
const three = rule("raif:exact_words", { count: 3 });
const mentionsCat = rule("raif:words_from", { words: ["cat"], at_least: 1 });
const mentionsDog = rule("raif:words_from", { words: ["dog"], at_least: 1 });

function states(tree: CompositionNode, answer: string, input?: string): Record<string, string> {
  return Object.fromEntries(evaluateTree(tree, answer, input).map(({ path, state }) => [path, state]));
}

test("a single rule and And", () => {
  expect(states(lower, "a")).toEqual({ rule: "pass" });
  expect(states({ type: "and", children: [lower, noComma] }, "A")).toEqual({ "and.0": "fail", "and.1": "pass" });
});

describe("Chain", () => {
  const chain: CompositionNode = { type: "chain", steps: [lower, { type: "and", children: [noComma, three] }, noComma] };

  test("steps after a failed one are blocked and not passed, whatever they say", () => {
    expect(states(chain, "A b c")).toEqual({
      "chain.0": "fail",
      "chain.1.and.0": "blocked",
      "chain.1.and.1": "blocked",
      "chain.2": "blocked",
    });
    expect(evaluateTree(chain, "A b c", undefined).map(({ passed }) => passed)).toEqual([false, false, false, false]);
  });

  test("a composed step fails when any of its checks does", () => {
    expect(states(chain, "a b")).toEqual({ "chain.0": "pass", "chain.1.and.0": "pass", "chain.1.and.1": "fail", "chain.2": "blocked" });
  });

  test("all hold", () => {
    expect(Object.values(states(chain, "a b c"))).toEqual(["pass", "pass", "pass", "pass"]);
  });
});

describe("Selection", () => {
  const selection: CompositionNode = {
    type: "selection",
    branches: [
      { when: mentionsCat, then: lower },
      { when: mentionsDog, then: { type: "chain", steps: [three, noComma] } },
    ],
    otherwise: noComma,
  };

  test.each([
    ["a cat and a dog", { first: "pass", second: "inactive", otherwise: "inactive" }],
    ["a dog", { first: "inactive", second: "fail", otherwise: "inactive" }],
    ["a fox", { first: "inactive", second: "inactive", otherwise: "pass" }],
  ])("the first branch whose condition holds on %s", (input, expected) => {
    const found = states(selection, "a b", input);
    expect(found["selection.then.0"]).toBe(expected.first);
    expect(found["selection.then.1.chain.0"]).toBe(expected.second);
    expect(found["selection.otherwise"]).toBe(expected.otherwise);
  });

  test("only the taken branch counts, and no branch counts nothing", () => {
    expect(activeVerdicts(evaluateTree(selection, "a b", "a dog")).map(({ state }) => state)).toEqual(["fail", "blocked"]);
    const without: CompositionNode = { type: "selection", branches: [{ when: mentionsCat, then: lower }] };
    expect(activeVerdicts(evaluateTree(without, "a", "a fox"))).toEqual([]);
  });

  test("inside a blocked step the other branch stays inactive", () => {
    expect(states({ type: "chain", steps: [three, selection] }, "a", "a cat")).toEqual({
      "chain.0": "fail",
      "chain.1.selection.then.0": "blocked",
      "chain.1.selection.then.1.chain.0": "inactive",
      "chain.1.selection.then.1.chain.1": "inactive",
      "chain.1.selection.otherwise": "inactive",
    });
  });

  test("needs the input text", () => {
    expect(() => evaluateTree(selection, "a", undefined)).toThrow(expect.objectContaining({ code: "invalid-record" }));
  });

  test("shape: leaves without conditions, depth, kind", () => {
    expect(ruleLeaves(selection).map(({ id }) => id)).toEqual([lower.id, three.id, noComma.id, noComma.id]);
    expect([depth(lower), depth({ type: "and", children: [lower] }), depth(selection)]).toEqual([0, 1, 2]);
    expect([compositionKind(lower), compositionKind({ type: "chain", steps: [lower] }), compositionKind(selection)]).toEqual([
      "single",
      "chain",
      "nested",
    ]);
  });
});
