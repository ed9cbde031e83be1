// IFEval startend:end_checker: the answer ends with a phrase, ignoring case, outer white space and then outer double quotes. In
// "corrected" any quotation and Markdown marks around it, and full-width forms count as plain ones.

import { z } from "zod";
import type { CheckResult } from "../../../../shared/domain/verdict.ts";
import { excerpt, result, wordSchema } from "../check-result.ts";
import { randomSentence } from "../random-kwargs.ts";
import { foldText, insideMarks } from "../readable-text.ts";
import type { Checker } from "../registry.ts";
import { strip, strippedRange } from "../text.ts";

interface Kwargs {
  readonly end_phrase: string;
}

export const startendEndChecker: Checker<Kwargs> = {
  id: "startend:end_checker",
  kwargs: z.strictObject({ end_phrase: wordSchema }),
  conflicts: [],
  describe: ({ end_phrase }) => `ends with "${strip(end_phrase)}"`,
  randomKwargs: (random) => ({ end_phrase: randomSentence(random) }),
  check(text, kwargs, mode) {
    if (mode === "corrected") return endsReadably(text, kwargs.end_phrase, this.describe(kwargs));
    const phrase = strip(kwargs.end_phrase);
    const outer = strippedRange(text);
    const inner = text.slice(outer.start, outer.end).replace(/(?<!")"+$/, "");
    const body = inner.replace(/^"+/, "");
    const passed = body.toLowerCase().endsWith(phrase.toLowerCase());
    const end = outer.start + inner.length;
    const spans = passed ? [{ start: Math.max(end - phrase.length, 0), end }] : [];
    return result(
      passed,
      this.describe(kwargs),
      body === "" ? "nothing" : `ends with ${excerpt(body.slice(-Math.max(phrase.length, 1)))}`,
      spans,
    );
  },
};

function endsReadably(text: string, endPhrase: string, expected: string): CheckResult {
  const phrase = foldText(endPhrase.slice(insideMarks(endPhrase).start, insideMarks(endPhrase).end));
  const { start, end } = insideMarks(text);
  const body = foldText(text.slice(start, end));
  // A final full stop more than asked for is still the end.
  const passed = phrase !== "" && (body.endsWith(phrase) || body.replace(/[.。]$/, "").endsWith(phrase));
  const spans = passed ? [{ start: Math.max(start, end - phrase.length), end }] : [];
  return result(passed, expected, body === "" ? "nothing" : `ends with ${excerpt(body.slice(-Math.max(phrase.length, 1)))}`, spans);
}
