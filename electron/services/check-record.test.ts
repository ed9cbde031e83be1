import { expect, test } from "vitest";
import type { DraftRecord } from "../../shared/domain/dataset.ts";
import type { CompositionNode } from "../../shared/domain/instruction.ts";
import { checkRecord } from "./check-record.ts";

const words = (relation: string, num_words: number): CompositionNode => ({
  type: "rule",
  id: "length_constraints:number_words",
  kwargs: { relation, num_words },
});
const noComma: CompositionNode = { type: "rule", id: "punctuation:no_comma", kwargs: {} };

function record(tree: unknown, change: Partial<DraftRecord> = {}): DraftRecord {
  return {
    id: "r",
    messages: [{ role: "user", content: "Say something." }],
    tags: {},
    label: { type: "tree", tree, mode: "corrected" },
    ...change,
  };
}

test("an answer is read in the record's way and in the other one, and what they disagree on is named", () => {
  // A full-width comma is a comma to a person and none to the public checker.
  const check = checkRecord(record({ type: "and", children: [words("at least", 2), noComma] }), "红色，蓝色 and more words");
  expect(check.problems).toEqual([]);
  expect(check.answers.map(({ mode, passed, checks }) => [mode, passed, checks])).toEqual([
    ["corrected", 1, 2],
    ["compat", 2, 2],
  ]);
  expect(check.disagreeing).toEqual(["and.1"]);
  expect(check.descriptions["and.0"]).toContain("2 words");
});

test("what is wrong is told where it is", () => {
  const wrongArguments = { type: "rule", id: "length_constraints:number_words", kwargs: { relation: "about" } };
  const check = checkRecord(record({ type: "chain", steps: [noComma, wrongArguments, { type: "rule", id: "no:such", kwargs: {} }] }), "x");
  expect(check.problems.map(({ path }) => path)).toEqual(["chain.1", "chain.2"]);
  expect(check.answers).toEqual([]);
  expect(checkRecord(record({ type: "and", children: [] }), "x").problems[0]?.path).toBe("rule");
  expect(checkRecord({ ...record(noComma), label: undefined }, "x").problems).not.toEqual([]);
});

test("rules of the same branch that exclude each other are found, those of different branches are not", () => {
  const few = words("less than", 5);
  const many = words("at least", 50);
  const selection = (then: CompositionNode, otherwise: CompositionNode) => ({
    type: "selection",
    branches: [{ when: { type: "value", value: true }, then }],
    otherwise,
  });
  expect(checkRecord(record({ type: "and", children: [few, many] }), undefined).problems.map(({ path }) => path)).toEqual(["and.1"]);
  expect(checkRecord(record(selection(few, many)), undefined).problems).toEqual([]);
  const inside = checkRecord(record(selection({ type: "and", children: [few, many] }, noComma)), undefined);
  expect(inside.problems.map(({ path }) => path)).toEqual(["selection.then.0.and.1"]);
});

test("contradictions that only follow from several rules are told, of each way through the choices", () => {
  const sentences = { type: "rule", id: "length_constraints:number_sentences", kwargs: { num_sentences: 20, relation: "at least" } };
  const few = words("less than", 5);
  const both = { type: "and", children: [sentences, few] };
  const [problem] = checkRecord(record(both), undefined).problems;
  expect(problem).toMatchObject({
    path: "",
    message: expect.stringMatching(/no answer meets all of it.*20 sentences.*at most 4 words/) as string,
  });
  const choice = { type: "selection", branches: [{ when: { type: "value", value: true }, then: noComma }], otherwise: both };
  expect(checkRecord(record(choice), undefined).problems).toHaveLength(1);
  const apart = { type: "selection", branches: [{ when: { type: "value", value: true }, then: sentences }], otherwise: few };
  expect(checkRecord(record(apart), undefined).problems).toEqual([]);
  const trick = { ...record(both), label: { type: "tree", tree: both, mode: "compat" } } as DraftRecord;
  expect(checkRecord(trick, undefined).problems[0]?.message).toContain("only a trick on the checks");
});

test("conditions are looked at for the input at hand", () => {
  const when = { type: "rule", id: "keywords:existence", kwargs: { keywords: ["cat"] } };
  const tree = { type: "selection", branches: [{ when, then: noComma }], otherwise: words("at least", 1) };
  expect(checkRecord(record(tree, { input: "a cat" }), undefined).conditions).toEqual({ "selection.when.0": true });
  expect(checkRecord(record(tree, { input: "a dog" }), undefined).conditions).toEqual({ "selection.when.0": false });
  expect(checkRecord(record(tree), undefined).problems[0]?.message).toContain("input");
});
