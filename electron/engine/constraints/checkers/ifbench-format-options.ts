// IFBench format:options: the answer is one of the options and nothing else. The options stand in one text, divided by "/", else "or",
// else commas. Lettered ones (a), b), c)) have to be written exactly as given by the public checker; corrected accepts them in another
// case and with other marks around, and divides by " or " with its spaces.

import { z } from "zod";
import { excerpt, quoteList, result, wordSchema } from "../check-result.ts";
import { unmarked } from "../ifbench-text.ts";
import { WORD_CLASS } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";
import { strip, strippedRange } from "../text.ts";
import { excludedByWholeAnswer } from "../whole-answer-rules.ts";

interface Kwargs {
  readonly options: string;
}

const LETTERED = new RegExp(`^[^${WORD_CLASS}]*a[^${WORD_CLASS}]*b[^${WORD_CLASS}]*c`, "iu");

export const ifbenchFormatOptions: Checker<Kwargs> = {
  id: "format:options",
  kwargs: z.strictObject({ options: wordSchema }),
  conflicts: excludedByWholeAnswer("format:options", [
    "count:word_count_range",
    "length_constraints:number_words",
    "length_constraints:number_sentences",
    "length_constraints:number_paragraphs",
    "count:unique_word_count",
    "format:list",
  ]),
  describe: ({ options }) => `nothing but one of ${quoteList(divide(options, "or"))}`,
  randomKwargs: (random) => ({ options: random.pick(["yes/no/unsure", "true or false", "a), b), c), d)", "agree/disagree"]) }),
  check(text, kwargs, mode) {
    const expected = this.describe(kwargs);
    if (mode === "corrected") {
      const said = unmarked(strip(text), mode).toLowerCase();
      const passed = divide(kwargs.options, " or ").some((option) => unmarked(option, mode).toLowerCase() === said);
      return result(passed, expected, excerpt(text), passed ? [strippedRange(text)] : []);
    }
    const options = divide(kwargs.options, "or");
    const said = unmarked(text).toLowerCase();
    const passed = LETTERED.test(kwargs.options)
      ? options.includes(text)
      : options.some((option) => unmarked(option).toLowerCase() === said);
    return result(passed, expected, excerpt(text), passed ? [{ start: 0, end: text.length }] : []);
  },
};

function divide(options: string, or: string): string[] {
  const separator = options.includes("/") ? "/" : options.includes(or) ? or : ",";
  return options.split(separator).map(strip);
}
