// IFBench words:start_verb: the first word is a verb. The public checker asks a tagger trained on newspapers, which takes many an
// imperative for a name; "compat" imitates that (part-of-speech.ts), corrected takes the word as a person would.

import { excerpt, noArguments, result, type NoArguments } from "../check-result.ts";
import { startsWithVerb } from "../part-of-speech.ts";
import type { Checker } from "../registry.ts";
import { wordTokens } from "../text.ts";

/** Enough to find the first word. */
const FIRST_CHARACTERS = 200;

export const ifbenchWordsStartVerb: Checker<NoArguments> = {
  id: "words:start_verb",
  kwargs: noArguments,
  conflicts: ["detectable_format:json_format", "startend:quotation"],
  describe: () => "begins with a verb",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const first = wordTokens(text.slice(0, FIRST_CHARACTERS))[0];
    const passed = startsWithVerb(text, mode);
    const got = first === undefined ? "no words" : `begins with ${excerpt(first.text)}, ${passed ? "a verb" : "no verb"}`;
    return result(passed, this.describe(kwargs), got, first === undefined ? [] : [{ start: first.start, end: first.end }]);
  },
};
