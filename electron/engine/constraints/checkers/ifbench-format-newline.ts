// IFBench format:newline: every word on a line of its own; marks count for nothing, empty lines neither.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { bareWords, lines, withoutPunctuation } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { strip } from "../text.ts";

export const ifbenchFormatNewline: Checker<NoArguments> = {
  id: "format:newline",
  kwargs: noArguments,
  conflicts: ["words:vowel", "combination:repeat_prompt"],
  describe: () => "each word on a line of its own",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const words = bareWords(text, mode).length;
    // A line of spaces counts as a line, as in the public checker: it has no word, so the two numbers differ.
    const used = lines(strip(withoutPunctuation(text))).filter((line) => line.text !== "").length;
    const crowded = lines(text).filter((line) => bareWords(line.text, mode).length > 1);
    const got = `${counted(words, "word")} on ${counted(used, "line")}`;
    const spans = crowded.map(({ start, end }) => ({ start, end }));
    return result(used === words, this.describe(kwargs), got, spans);
  },
};
