import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { CompositionNode, RuleNode } from "../../../shared/domain/instruction.ts";
import { validateTree } from "./catalogue.ts";
import { evaluateTree } from "./composition.ts";

const lower: RuleNode = { type: "rule", id: "raif:lowercase", kwargs: {} };
const noComma: RuleNode = { type: "rule", id: "punctuation:no_comma", kwargs: {} };

const VECTORS = new URL("../../../../shared/vectors/complexbench_dependency_vectors.jsonl", import.meta.url);
const present = existsSync(VECTORS);
if (!present) console.warn("skipped: ../shared/vectors is absent, dependencies are not compared with ComplexBench");

interface DependencyVector {
  readonly id: string;
  readonly dep: readonly (readonly number[])[];
  readonly point_judges: readonly boolean[];
  readonly expected_rely: readonly boolean[];
}

test.skipIf(!present)("leaves count as ComplexBench lets them count", () => {
  const vectors = readFileSync(VECTORS, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as DependencyVector);
  for (const { id, dep, point_judges: judges, expected_rely: expected } of vectors) {
    const tree: CompositionNode = {
      type: "and",
      children: dep.map((on, point) => ({
        ...(judges[point] === true ? lower : { ...lower, id: "raif:uppercase" }),
        key: String(point),
        ...(on.length === 0 ? {} : { dependsOn: on.map(String) }),
      })),
    };
    const got = evaluateTree(tree, "lower case", undefined).map(({ passed }) => passed);
    expect(got, id).toEqual(expected);
  }
  expect(vectors.length).toBeGreaterThan(20);
});

describe("dependencies beyond ComplexBench's flat lists", () => {
  const states = (tree: CompositionNode, answer: string, input?: string): string[] =>
    evaluateTree(tree, answer, input).map(({ state }) => state);

  test("on a composition: all of it has to hold; of a composition: every leaf waits", () => {
    const tree: CompositionNode = {
      type: "and",
      children: [
        { type: "and", key: "both", children: [lower, noComma] },
        { type: "and", dependsOn: ["both"], children: [noComma, { ...lower, id: "raif:uppercase" }] },
      ],
    };
    expect(states(tree, "a b")).toEqual(["pass", "pass", "pass", "fail"]);
    expect(states(tree, "A b")).toEqual(["fail", "pass", "blocked", "blocked"]);
  });

  test("on a branch that is not taken: does not count, like the branch itself", () => {
    const tree: CompositionNode = {
      type: "and",
      children: [
        { type: "selection", branches: [{ when: { type: "value", value: false }, then: { ...lower, key: "low" } }], otherwise: noComma },
        { ...noComma, dependsOn: ["low"] },
      ],
    };
    expect(states(tree, "A")).toEqual(["inactive", "pass", "pass"]);
  });

  test("an unmet dependency fails a Chain step like any other failure", () => {
    const tree: CompositionNode = {
      type: "and",
      children: [
        { ...lower, key: "low" },
        { type: "chain", steps: [{ ...noComma, dependsOn: ["low"] }, noComma] },
      ],
    };
    const verdicts = evaluateTree(tree, "A", undefined);
    expect(verdicts.map(({ state }) => state)).toEqual(["fail", "blocked", "blocked"]);
    expect(verdicts.map(({ got }) => got.split(";")[0])).toEqual([expect.anything(), "it depends on low", "an earlier step failed"]);
  });
});

test.each<[string, CompositionNode, RegExp]>([
  [
    "two of one key",
    {
      type: "and",
      children: [
        { ...lower, key: "a" },
        { ...noComma, key: "a" },
      ],
    },
    /line 3, and\.1.*/,
  ],
  [
    "a key that names nothing",
    {
      type: "and",
      children: [
        { ...lower, key: "a" },
        { ...noComma, dependsOn: ["b"] },
      ],
    },
    /one of a/,
  ],
  ["itself", { ...lower, key: "a", dependsOn: ["a"] }, /depends on itself/],
  ["its whole", { type: "and", key: "a", children: [{ ...lower, dependsOn: ["a"] }] }, /what it is part of/],
  ["its part", { type: "and", dependsOn: ["a"], children: [{ ...lower, key: "a" }] }, /a part of it/],
])("refused at load: %s", (_, tree, message) => {
  expect(() => validateTree(tree, "line 3")).toThrow(
    expect.objectContaining({ code: "invalid-record", message: expect.stringMatching(message) }),
  );
});
