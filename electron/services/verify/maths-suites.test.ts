import { expect, test } from "vitest";
import { SUITES } from "./suites.ts";

test("the maths suites say what was found, normalised and compared", () => {
  const verdicts = [
    SUITES["math-extract"]({ id: "a", text: "so \\boxed{\\dfrac12}.", data_name: "math" }),
    SUITES["math-strip"]({ id: "b", answer: "12 \\text{ cm}" }),
    SUITES["math-equal"]({ id: "c", prediction: "500", reference: "5" }, "compat"),
    SUITES["math-equal"]({ id: "d", prediction: "500", reference: "5" }, "corrected"),
    SUITES["math-equal"]({ id: "e", prediction: "\\frac{10}{2}", reference: "5" }, "corrected"),
  ];
  expect(verdicts).toEqual(["\\frac{1}{2}", "12", true, false, true].map((verdict) => ({ verdict })));
  expect(() => SUITES["math-equal"]({ id: "f", prediction: 5, reference: "5" }, "compat")).toThrow(/prediction/);
});
