// IFEval combination:repeat_prompt: the answer starts with the given text, ignoring case and outer white space; in "corrected" also
// quotation and Markdown marks around it and how its white space is written.

import { z } from "zod";
import type { CheckResult } from "../../../../shared/domain/verdict.ts";
import { excerpt, result, wordSchema } from "../check-result.ts";
import { SPACE_CLASS } from "../python-pattern.ts";
import { randomSentence } from "../random-kwargs.ts";
import { insideMarks } from "../readable-text.ts";
import type { Checker } from "../registry.ts";
import { strip, strippedRange } from "../text.ts";

const SPACES = new RegExp(`[${SPACE_CLASS}]+`, "u");

interface Kwargs {
  readonly prompt_to_repeat: string;
}

export const combinationRepeatPrompt: Checker<Kwargs> = {
  id: "combination:repeat_prompt",
  kwargs: z.strictObject({ prompt_to_repeat: wordSchema }),
  conflicts: ["detectable_format:json_format", "startend:quotation", "combination:two_responses"],
  describe: ({ prompt_to_repeat }) => `starts with ${excerpt(strip(prompt_to_repeat))}`,
  randomKwargs: (random) => ({ prompt_to_repeat: randomSentence(random) }),
  check(text, kwargs, mode) {
    const prompt = strip(kwargs.prompt_to_repeat);
    if (mode === "corrected") return repeatsLoosely(text, prompt, this.describe(kwargs));
    const { start } = strippedRange(text);
    const passed = strip(text).toLowerCase().startsWith(prompt.toLowerCase());
    const spans = passed ? [{ start, end: Math.min(start + prompt.length, text.length) }] : [];
    return result(passed, this.describe(kwargs), `starts with ${excerpt(strip(text), Math.min(prompt.length, 60))}`, spans);
  },
};

function repeatsLoosely(text: string, prompt: string, expected: string): CheckResult {
  const wanted = withSingleSpaces(prompt.slice(insideMarks(prompt).start, insideMarks(prompt).end));
  const { start, end } = insideMarks(text);
  const given = withSingleSpaces(text.slice(start, end));
  const passed = given.startsWith(wanted) && wanted !== "";
  // The prompt's own length is where it ends but for white space written otherwise.
  const spans = passed ? [{ start, end: Math.min(start + prompt.length, end) }] : [];
  return result(passed, expected, `starts with ${excerpt(text.slice(start, end), Math.min(prompt.length, 60))}`, spans);
}

function withSingleSpaces(text: string): string {
  return text.split(SPACES).join(" ").toLowerCase();
}
