// What the vectors do not reach: the time limit, hostile text, and the toolkit's rarer ways of finding and comparing answers.

import fc from "fast-check";
import { expect, test } from "vitest";
import { compareExpressions } from "./algebra.ts";
import { answersEqual } from "./answers-equal.ts";
import { Budget } from "./budget.ts";
import { extractAnswer } from "./extract-answer.ts";
import { normaliseAnswer } from "./normalise-answer.ts";
import { numberFromWords } from "./number-words.ts";

test.each([
  ["The final answer is $12$. I hope it is correct. \\boxed{3}", "math", "12"],
  ["It follows. Final answer is 7", "math", "7"],
  ["所以答案是 8\n\n完", "math", "8"],
  ["I get 1,234 and then -5.5 apples", "math", "-5.5"],
  ["\\boxed{5 miles}", "minerva_math", "5miles"],
  ["\\boxed{5 miles}", "math", "5"],
  ["The answer is (b). A or C are wrong", "aqua", "B"],
  ["Perhaps A, rather D.", "sat_math", "D"],
  ["The answer is B, not C", "mmlu_other", "C"],
  ["nothing", "math", ""],
])("answer of %j in %s", (text, dataset, expected) => {
  expect(extractAnswer(text, { dataset })).toBe(expected);
});

test.each([
  ["one hundred twenty three", "123"],
  ["two thousand and five", "2005"],
  ["three million two hundred thousand", "3200000"],
  ["one point five", "1.5"],
  ["007", "7"],
  ["seven apples", "7"],
  ["apples", undefined],
  ["thousand million", undefined],
  ["two thousand two thousand", undefined],
])("%j spells %s", (text, expected) => {
  expect(numberFromWords(text)).toBe(expected);
});

test.each([
  ["50%", "0.5", true],
  ["1_000", "1000", true],
  ["B.", "B", true],
  ["nan", "nan", true],
  ["1e400", "inf", true],
  ["2x+1=0", "-2x=1", true],
  ["k=7", "7", true],
  ["total=7", "7", false],
  ["\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}", "\\begin{pmatrix}1&2\\\\3&\\frac{8}{2}\\end{pmatrix}", true],
  ["\\begin{pmatrix}1&2\\end{pmatrix}", "\\begin{pmatrix}1\\\\2\\end{pmatrix}", false],
  ["(1,\\frac{4}{2})", "(1,2)", true],
  ["(1,3)", "(1,2)", false],
  ["\\sqrt{8}", "2\\sqrt{2}", true],
  ["\\frac{x^2-1}{x-1}", "x+1", true],
  ["x^2", "x^3", false],
  ["\\frac{1}{x}+\\frac{1}{y}", "\\frac{x+y}{xy}", true],
  ["\\frac{", "1", false],
  ["\\{1,2\\}", "\\{2,1\\}", false],
  ["i^2", "-1", false],
  ["e", "2.71828", false],
  ["2e", "e+e", true],
  ["\\overline{AB}", "AB", false],
])("%s against %s is %s", (prediction, reference, expected) => {
  expect(answersEqual(prediction, reference)).toBe(expected);
});

test("a comparison that does not end is ended, and the next one works", () => {
  const endless = "\\sum_{k=1}^{1000000000}\\sin(k)";
  expect(compareExpressions(endless, "7", "exact", new Budget(200))).toBe("stopped");
  expect(compareExpressions("x+x", "2x", "exact")).toBe("equal");
  // The limit is for all parts together.
  const parts = `(${Array.from({ length: 30 }, (_, index) => `${endless}+${index}`).join(",")})`;
  const budget = new Budget(200);
  expect(answersEqual(parts, parts.replaceAll("sin", "cos"), { limitMs: 200 })).toBe(false);
  expect(compareExpressions(`${endless}+x`, "x", "exact", budget)).toBe("stopped");
  expect(budget.remainingMs).toBe(0);
  expect(compareExpressions("y+y", "2y", "exact", budget)).toBe("stopped");
  expect(compareExpressions("y+y", "2y", "exact")).toBe("equal");
  expect(compareExpressions("1".repeat(2000), "x", "exact")).toBe("different");
});

test("no text makes it throw", () => {
  const piece = fc.constantFrom(
    "\\frac",
    "\\boxed",
    "{",
    "}",
    "1",
    "2",
    ",",
    "(",
    ")",
    "%",
    "$",
    "\\",
    "x=",
    ".",
    "-",
    "/",
    "\\text{",
    " ",
  );
  const anything = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(piece).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(anything, anything, (a, b) => {
      const answer = extractAnswer(a);
      expect(extractAnswer(a)).toBe(answer);
      expect(answersEqual(answer, normaliseAnswer(b))).toBeTypeOf("boolean");
    }),
    { numRuns: 50 },
  );
});
