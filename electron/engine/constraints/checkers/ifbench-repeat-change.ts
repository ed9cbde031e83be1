// IFBench repeat:repeat_change: the request comes back with another first word and nothing else changed; white space aside. A text that
// changes more than white space elsewhere fails, and so does the request itself.

import { z } from "zod";
import { excerpt, result, wordSchema } from "../check-result.ts";
import { spacedWords } from "../ifbench-text.ts";
import { randomSentence } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { excludedByWholeAnswer } from "../whole-answer-rules.ts";

interface Kwargs {
  readonly prompt_to_repeat: string;
}

export const ifbenchRepeatChange: Checker<Kwargs> = {
  id: "repeat:repeat_change",
  kwargs: z.strictObject({ prompt_to_repeat: wordSchema }),
  conflicts: excludedByWholeAnswer("repeat:repeat_change", ["format:no_whitespace"]),
  describe: ({ prompt_to_repeat }) => `the request ${excerpt(prompt_to_repeat)} with another first word`,
  randomKwargs: (random) => ({ prompt_to_repeat: randomSentence(random) }),
  check(text, kwargs, mode) {
    const [own, wanted] = [spacedWords(text), spacedWords(kwargs.prompt_to_repeat)];
    const differs = Math.max(own.length, wanted.length);
    const at = Array.from({ length: differs }, (_, index) => index).find((index) => index > 0 && own[index]?.text !== wanted[index]?.text);
    // The public checker compares the whole texts, so that white space alone makes a change.
    const same = mode === "compat" ? text === kwargs.prompt_to_repeat : own[0]?.text === wanted[0]?.text;
    const word = at === undefined ? own[0] : own[at];
    const spans = word === undefined ? [] : [{ start: word.start, end: word.end }];
    const got =
      at !== undefined ? `word ${at + 1} is ${excerpt(own[at]?.text ?? "")}` : same ? "the request as it was" : "the first word changed";
    return result(at === undefined && !same && own.length > 0, this.describe(kwargs), got, spans);
  },
};
