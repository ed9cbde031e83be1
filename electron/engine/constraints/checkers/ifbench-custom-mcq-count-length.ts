// IFBench custom:mcq_count_length: four numbered questions, each beginning with the label "Question", with five options A to E each, every
// question longer than the one before, nothing in front.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import { characters, lines, places } from "../ifbench-text.ts";
import { findMatches, SPACE_CLASS, WORD_CLASS } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";
import { isBlank, splitSpans, strip } from "../text.ts";
import { excludedByWholeAnswer } from "../whole-answer-rules.ts";

const QUESTIONS = 4;
const OPTIONS = 5;
const LABEL = new RegExp(`Question \\p{Nd}+[.|):;]?[${SPACE_CLASS}]*`, "gu");
const OPTION = new RegExp(`^[A-Ea-e][.|)][${SPACE_CLASS}]*[${WORD_CLASS}]`, "u");

export const ifbenchCustomMcqCountLength: Checker<NoArguments> = {
  id: "custom:mcq_count_length",
  kwargs: noArguments,
  conflicts: excludedByWholeAnswer("custom:mcq_count_length"),
  describe: () => `${QUESTIONS} questions labelled "Question", each longer than the last, with ${OPTIONS} options`,
  randomKwargs: () => ({}),
  check(text, kwargs) {
    const questions = splitSpans(text, findMatches(text, LABEL)).filter((piece) => !isBlank(piece.text));
    const read = questions.map(({ text: body }) => readQuestion(strip(body)));
    const longer = read.every(({ length }, index) => index === 0 || length > (read[index - 1]?.length ?? 0));
    const passed = text.startsWith("Question") && read.length === QUESTIONS && read.every(({ options }) => options === OPTIONS) && longer;
    const parts = read.slice(0, QUESTIONS + 1).map(({ length, options }) => `${length} characters and ${options} options`);
    const got = `${read.length} questions${parts.length === 0 ? "" : `: ${parts.join("; ")}`}`;
    return result(
      passed,
      this.describe(kwargs),
      text.startsWith("Question") ? got : `something before the first question; ${got}`,
      places(questions),
    );
  },
};

/** The question's own text is what stands before the first option, lines joined by spaces. */
function readQuestion(body: string): { readonly length: number; readonly options: number } {
  const all = lines(body).map((line) => strip(line.text));
  const first = all.findIndex((line) => OPTION.test(line));
  const question = all.slice(0, first < 0 ? all.length : first).join(" ");
  return { length: characters(strip(question)), options: all.filter((line) => OPTION.test(line)).length };
}
