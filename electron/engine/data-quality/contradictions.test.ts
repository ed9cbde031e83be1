// Contradictions of hand-made sets: found where there is one, as certain as it is, and never where an answer passes.

import { expect, test } from "vitest";
import type { CompositionNode, InstructionRecord, RuleNode } from "../../../shared/domain/instruction.ts";
import { allCheckers } from "../constraints/catalogue.ts";
import { checkRule } from "../constraints/composition.ts";
import { Random } from "../tensor/random.ts";
import { searchAnswer } from "./answer-search.ts";
import { findContradiction } from "./contradictions.ts";
import { impossibleCheck } from "./impossible.ts";
import { qualityRow } from "./quality-row.ts";
import { plainRecord } from "./testing/planted-rows.ts";
import { CERTAIN, COMPATIBLE, rule, SENSIBLE, words, type RuleSet } from "./testing/rule-sets.ts";

const named = ({ rules, mode }: RuleSet): string => `${mode}: ${JSON.stringify(rules.map(({ id, kwargs }) => [id, kwargs]))}`;

test.each(CERTAIN.map((set) => [named(set), set] as const))("no answer passes %s", (_, { rules, mode }) => {
  expect(findContradiction(rules, mode)?.certainty).toBe("certain");
});

test.each(SENSIBLE.map((set) => [named(set), set] as const))("only a trick passes %s", (_, { rules, mode }) => {
  expect(findContradiction(rules, mode)?.certainty).toBe("sensible");
});

test.each(COMPATIBLE.map((set) => [named(set), set] as const))("an answer passes %s", (_, { rules, mode, answer }) => {
  for (const each of rules) expect(checkRule(each, answer, mode), each.id).toMatchObject({ passed: true });
  expect(findContradiction(rules, mode)).toBeUndefined();
});

test("neither does a search miss an answer to these sets", () => {
  const check = impossibleCheck();
  const alarms = COMPATIBLE.map(({ rules, mode }, index) => {
    const record = plainRecord(`set-${index}`, "Write something.", rules);
    return check(qualityRow({ ...record, label: { ...record.label, mode } } as InstructionRecord, index));
  });
  expect(alarms.filter((alarm) => alarm !== undefined).map(({ explanation }) => explanation)).toEqual([]);
});

test("a contradiction names both sides and how one follows from the other", () => {
  expect(findContradiction([words(50), words(30, "less than")])?.explanation).toBe(
    "length_constraints:number_words asks for at least 50 words, but length_constraints:number_words asks for at most 29 words",
  );
  const sentences = rule("length_constraints:number_sentences", { num_sentences: 20, relation: "at least" });
  expect(findContradiction([sentences, words(5, "less than")])?.explanation).toBe(
    "length_constraints:number_sentences asks for at least 20 sentences, which takes at least 20 words, " +
      "but length_constraints:number_words asks for at most 4 words",
  );
});

const many = words(50);
const few = words(30, "less than");
const whenTea: RuleNode = rule("keywords:existence", { keywords: ["tea"] });
const choice = (then: CompositionNode, otherwise: CompositionNode): CompositionNode => ({
  type: "selection",
  branches: [{ when: whenTea, then }],
  otherwise,
});
const and = (...children: CompositionNode[]): CompositionNode => ({ type: "and", children });
const chain = (...steps: CompositionNode[]): CompositionNode => ({ type: "chain", steps });

test.each<[name: string, tree: CompositionNode, found: boolean]>([
  ["steps of one chain", chain(many, few), true],
  ["two branches of one choice", choice(many, few), false],
  ["inside the branch that is taken", choice(and(many, few), many), true],
  ["inside a branch that is not taken", choice(many, and(many, few)), false],
  ["a chain inside the branch that is taken", and(rule("raif:lowercase"), choice(chain(many, few), many)), true],
  ["beside the choice and in the branch that is taken", and(many, choice(few, many)), true],
  ["beside the choice and in the branch that is not taken", and(many, choice(many, few)), false],
  ["a choice inside a choice", choice(choice(and(many, few), many), many), true],
])("rules contradict each other where they count together: %s", (_, tree, found) => {
  const record: InstructionRecord = { ...plainRecord("tree", "Write something."), input: "green tea", label: { type: "tree", tree } };
  expect(impossibleCheck()(qualityRow(record, 0))?.severity).toBe(found ? "error" : undefined);
});

test("no answer is found to random sets of which it is said that none passes", () => {
  const random = new Random(5);
  const checkers = allCheckers().filter(({ id }) => /^(?:raif|startend|keywords|length_constraints|detectable_\w+|change_case):/.test(id));
  let certain = 0;
  for (let draw = 0; draw < 400; draw++) {
    const rules = Array.from({ length: 2 + random.integer(3) }, () => {
      const checker = random.pick(checkers);
      return rule(checker.id, checker.randomKwargs(random) as Record<string, unknown>);
    });
    const mode = random.pick(["compat", "corrected"] as const);
    if (findContradiction(rules, mode)?.certainty !== "certain") continue;
    certain += 1;
    expect(searchAnswer(rules, mode).type, JSON.stringify(rules)).not.toBe("found");
  }
  expect(certain).toBeGreaterThan(10);
});
