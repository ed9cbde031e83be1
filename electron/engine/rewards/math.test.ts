import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { equalMathAnswers, lastBoxed, normaliseMath } from "./math.ts";
import { parseRational } from "./rational.ts";

const VECTORS = new URL("../../../../shared/vectors/math_equal_vectors.jsonl", import.meta.url);
const present = existsSync(VECTORS);
if (!present) console.warn("skipped: ../shared/vectors is absent, agreement with the public maths grader is not tested");

test.each([
  ["so \\boxed{12}.", "12"],
  ["\\boxed{1} then \\boxed{2}", "2"],
  ["\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"],
  ["\\boxed{3} and \\boxed{4", "3"],
  ["\\boxed 5", undefined],
  ["12", undefined],
])("last balanced box of %s", (text, expected) => {
  const boxed = lastBoxed(text);
  expect(boxed?.text).toBe(expected);
  if (boxed !== undefined) expect(text.slice(boxed.start, boxed.end)).toBe(`\\boxed{${boxed.text}}`);
});

test.each([
  ["12", "12.0"],
  ["1,234", "1234"],
  ["$1{,}234$", "1234"],
  ["0.5", "\\frac{1}{2}"],
  ["\\dfrac12", "1/2"],
  ["-\\frac{1}{2}", "\\frac{-1}{2}"],
  ["1\\frac{1}{2}", "1.5"],
  ["50\\%", "1/2"],
  ["50%", "50"],
  ["x = 5", "5"],
  ["12 \\text{ cm}", "12"],
  ["90^\\circ", "90"],
  ["(1, 2.0)", "(1,2)"],
  ["0.1", "0.1000000000000000000000"],
  ["2\\sqrt{3}", "2 \\sqrt3"],
  ["\\sqrt{8}", "2\\sqrt{2}"],
  ["\\sqrt{16}", "4"],
  ["(x-1)(x+1)", "x^2-1"],
  ["(\\sqrt{4}, 1)", "(2, 1)"],
  ["a(b+c)", "ab + ac"],
  ["2x + 4 = 0", "x + 2 = 0"],
  ["\\{1, 2\\}", "\\{2, 1.0\\}"],
  ["e^{i\\pi}", "\\cos \\pi"],
])("%s equals %s", (a, b) => {
  expect(equalMathAnswers(a, b)).toBe(true);
  expect(equalMathAnswers(b, a)).toBe(true);
});

test.each([
  ["12", "13"],
  ["0.333", "1/3"],
  ["(1,2)", "(2,1)"],
  ["[1,2]", "(1,2)"],
  ["1,2", "1,2,3"],
  ["x=5", "y=5"],
  ["", ""],
  ["1/0", "1"],
  ["500", "5"],
  ["2+3", "5"],
  ["2 \\cdot 3", "6"],
  ["\\frac{10}{5} \\times 2", "4"],
  ["3.14159", "\\pi"],
  ["\\{1, 2\\}", "\\{1, 3\\}"],
  ["\\overline{AB}", "AB"],
  ["listen", "silent"],
  ["\\sqrt{x^2}", "x"],
  ["100000!", "7"],
])("%s differs from %s", (a, b) => {
  expect(equalMathAnswers(a, b)).toBe(false);
});

test("lists within lists cost no more than their looks", () => {
  const nested = (depth: number, last: string): string => (depth === 0 ? last : `\\{1,${nested(depth - 1, last)}\\}`);
  expect(equalMathAnswers(nested(40, "2"), nested(40, "3"))).toBe(false);
  expect(equalMathAnswers(nested(3, "2"), nested(3, "2.0"))).toBe(true);
});

test("no answer makes it throw, and equality is symmetric", () => {
  const piece = fc.constantFrom("\\frac", "{", "}", "1", "2", ",", "(", ")", "%", "$", "\\", "x=", ".", "-", "/", "e9", "\\text{", " ");
  const anything = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(piece).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(anything, anything, (a, b) => {
      expect(equalMathAnswers(a, b)).toBe(equalMathAnswers(b, a));
      lastBoxed(`\\boxed{${a}`);
    }),
  );
});

interface MathVector {
  readonly prediction: string;
  readonly reference: string;
  readonly expected: boolean;
  readonly needs_cas: boolean;
}

test.skipIf(!present)("agrees with the public grader wherever that one is exact", () => {
  const vectors = readFileSync(VECTORS, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as MathVector);
  const agrees = (vector: MathVector): boolean => equalMathAnswers(vector.prediction, vector.reference) === vector.expected;
  const plain = vectors.filter((vector) => !vector.needs_cas);
  const exact = plain.filter((vector) => !isToleratedByGrader(vector));
  const algebra = vectors.filter((vector) => vector.needs_cas);
  const report = [plain, exact, algebra].map((group) => `${group.filter(agrees).length}/${group.length}`);
  console.log(`maths agreement: without algebra ${report[0]}, of these judged exactly ${report[1]}, with algebra ${report[2]}`);
  expect(exact.length).toBeGreaterThan(150);
  expect(exact.filter(agrees).length / exact.length).toBeGreaterThanOrEqual(0.98);
  expect(algebra.filter(agrees).length / algebra.length).toBeGreaterThanOrEqual(0.9);
});

/** The public grader also accepts a factor of 100 either way and a relative error of 1e-4; a reward must not. */
function isToleratedByGrader({ prediction, reference, expected }: MathVector): boolean {
  const [a, b] = [prediction, reference].map((text) => parseRational(normaliseMath(text)));
  if (!expected || a === undefined || b === undefined || equalMathAnswers(prediction, reference)) return false;
  const ratio = (Number(a.numerator) / Number(a.denominator)) * (Number(b.denominator) / Number(b.numerator));
  return [1, 100, 0.01].some((factor) => Math.abs(ratio / factor - 1) <= 1.01e-4);
}

test("the starter data's answers are judged as exact numbers alone", () => {
  const folder = new URL("../../../resources/starter/", import.meta.url);
  const answers = ["train.jsonl", "heldout.jsonl"].flatMap((name) =>
    readFileSync(new URL(name, folder), "utf8")
      .trim()
      .split("\n")
      .flatMap((line) => {
        const { label } = JSON.parse(line) as { label: { type: string; answer?: string } };
        return label.type === "math" && label.answer !== undefined ? [label.answer] : [];
      }),
  );
  expect(answers.length).toBeGreaterThan(20);
  for (const answer of answers) {
    const number = Number(answer);
    expect(Number.isInteger(number)).toBe(true);
    expect(equalMathAnswers(` ${answer}.0 `, answer)).toBe(true);
    for (const wrong of [
      `${number + 1}`,
      `${number * 100}`,
      `${number - 1} + 1`,
      `1 \\cdot ${answer}`,
      `${answer} or 3`,
      "x",
      "\\frac",
      `${answer}\\boxed`,
      `${answer}!`,
    ]) {
      expect(equalMathAnswers(wrong, answer), `${wrong} for ${answer}`).toBe(false);
    }
  }
});
