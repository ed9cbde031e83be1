import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compositionSchema, type CompositionNode } from "../domain/instruction.ts";
import { WorkbenchError } from "../errors.ts";
import { parseTree } from "./parse-tree.ts";
import { printTree } from "./print-tree.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string(),
  fc.constantFrom('"', "else", "| x", "# no comment", "a\r\nb", "\u2028", "\ud800"),
);
const notBlank = text.filter((one) => one.trim() !== "");
const key = fc.stringMatching(/^[\p{L}\p{N}_.-]{1,8}$/u);
// JSON has no -0, and zod leaves out "__proto__".
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const named = text.filter((name) => name !== "__proto__");
const fields = {
  key: fc.option(key, { nil: undefined }),
  weight: fc.option(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { nil: undefined }),
  dependsOn: fc.option(fc.array(key, { minLength: 1, maxLength: 3 }), { nil: undefined }),
};
const rule = { type: fc.constant("rule"), id: text, kwargs: fc.dictionary(named, json, { maxKeys: 3 }) };

const trees: fc.Arbitrary<CompositionNode> = fc
  .letrec<{ node: unknown; leaf: unknown }>((tie) => ({
    leaf: fc.oneof(
      fc.record({ ...rule, ...fields }),
      fc.record({ type: fc.constant("question"), text: notBlank, answer: fc.constantFrom("yes", "no", undefined), ...fields }),
      fc.record({ type: fc.constant("math"), answer: text, ...fields }),
      fc.record({
        type: fc.constant("custom"),
        name: notBlank,
        source: fc.oneof(text, fc.constant("function check(t) {\n\n  return t;\n}\n")),
        ...fields,
      }),
    ),
    node: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      tie("leaf"),
      fc.record({ type: fc.constant("and"), children: fc.array(tie("node"), { minLength: 1, maxLength: 3 }), ...fields }),
      fc.record({ type: fc.constant("chain"), steps: fc.array(tie("node"), { minLength: 1, maxLength: 3 }), ...fields }),
      fc.record({
        type: fc.constant("selection"),
        branches: fc.array(
          fc.record({ when: fc.oneof(fc.record(rule), fc.record({ type: fc.constant("value"), value: fc.boolean() })), then: tie("node") }),
          { minLength: 1, maxLength: 3 },
        ),
        otherwise: fc.option(tie("node"), { nil: undefined }),
        ...fields,
      }),
    ),
  }))
  .node.map((node) => compositionSchema.parse(JSON.parse(JSON.stringify(node))));

test("every tree comes back from its text exactly as it was, and the text from the tree", () => {
  fc.assert(
    fc.property(trees, (tree) => {
      const printed = printTree(tree);
      expect(parseTree(printed)).toStrictEqual(tree);
      expect(printTree(parseTree(`  ${printed.split("\n").join("\r\n  ")}`))).toBe(printed);
    }),
    { numRuns: 500 },
  );
});

const TEXT = `all of
  long: rule length_constraints:number_words num_words=100 relation="at least" [weight 2]
  in order
    city: question "Does the answer name a city?"
    question "Does it name a country instead?" answer="no" [weight 0.5, after city long]
  if rule raif:contains text="cat" on input then
    math "42"
  else if true then
    custom "short"
      | function check(text) {
      |
      |   return text.length < 9;
      | }
  else
    rule punctuation:no_comma
`;

test("a tree reads like this", () => {
  const tree = parseTree(TEXT);
  expect(tree).toMatchObject({
    type: "and",
    children: [
      { type: "rule", key: "long", id: "length_constraints:number_words", kwargs: { relation: "at least", num_words: 100 }, weight: 2 },
      { type: "chain", steps: [{ key: "city" }, { type: "question", answer: "no", dependsOn: ["city", "long"], weight: 0.5 }] },
      {
        type: "selection",
        branches: [
          { when: { type: "rule", id: "raif:contains" }, then: { type: "math", answer: "42" } },
          { when: { type: "value", value: true }, then: { source: "function check(text) {\n\n  return text.length < 9;\n}" } },
        ],
        otherwise: { id: "punctuation:no_comma" },
      },
    ],
  });
  expect(printTree(tree)).toBe(TEXT);
});

test("short conditions may stand in one line; comments and blank lines do not count", () => {
  const short = 'all of\n\n  # either\n  if rule a:b text="cat" on input then rule x:y else question "Is it short?"\n  rule z:z\n';
  expect(parseTree(short)).toMatchObject({
    children: [{ branches: [{ then: { id: "x:y" } }], otherwise: { text: "Is it short?" } }, { id: "z:z" }],
  });
});

describe("mistakes are named with line and column", () => {
  const cases: [text: string, where: string, expected: string, got: string][] = [
    ["", "line 1, column 1", "a rule", "the end of the text"],
    ["all of\n  rulle a:b", "line 2, column 3", "a rule", "rulle a:b"],
    ["all of", "line 1, column 7", "a part", "the end of the text"],
    ["all of\n  rule a:b\n    rule c:d", "line 3, column 5", "an indent of 2 spaces", "4 spaces"],
    ["rule a:b words=many", "line 1, column 16", "a JSON value", "many"],
    ['rule a:b "x"', "line 1, column 10", "the end of the line", '"x"'],
    ["question Is it?", "line 1, column 10", "in double quotes", "Is"],
    ['question " "', "line 1, column 1", "must not be blank", "text"],
    ['question "Is it?" answer="perhaps"', "line 1, column 26", '"yes" or "no"', '"perhaps"'],
    ["rule a:b\nrule c:d", "line 2, column 1", "a tree has one root", "rule c:d"],
    ["if rule a:b then\n  rule c:d", "line 1, column 13", '"on input"', "then"],
    ["if true then\n  rule a:b\n  rule c:d", "line 3, column 11", "one node", "2 nodes"],
    ["rule a:b [weight -1]", "line 1, column 18", "a number from 1e-6 to 1e6", "-1"],
    ["rule a:b [heavy]", "line 1, column 11", '"weight <number>"', "heavy]"],
    ["rule a:b [weight 1", "line 1, column 19", '"]"', "the end of the line"],
    ['custom "short"\n  function', "line 2, column 3", 'behind "| "', "function"],
    ["all of\n\trule a:b", "line 2, column 1", "spaces", "a tab"],
    [Array.from({ length: 100 }, (_, depth) => `${" ".repeat(depth)}all of`).join("\n"), "line 62, column 62", "60 levels", "one more"],
    [`${"if true then ".repeat(5000)}rule a:b`, "line 1, column 794", "60 levels", "one more"],
    ["else rule a:b", "line 1, column 1", "a rule", "else rule a:b"],
  ];
  test.each(cases)("%j", (given, where, expected, got) => {
    let thrown: unknown;
    try {
      parseTree(given, "label.txt");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(WorkbenchError);
    const { code, details } = thrown as WorkbenchError;
    expect(code).toBe("invalid-record");
    expect(details.where).toBe(`label.txt, ${where}`);
    expect(details.expected).toContain(expected);
    expect(details.got).toContain(got);
  });
});
