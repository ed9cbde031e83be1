// IFEval combination:repeat_prompt: the answer starts with the given text, ignoring case and outer white space.

import { z } from "zod";
import { excerpt, result, wordSchema } from "../check-result.ts";
import { randomSentence } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { strip, strippedRange } from "../text.ts";

interface Kwargs {
  readonly prompt_to_repeat: string;
}

export const combinationRepeatPrompt: Checker<Kwargs> = {
  id: "combination:repeat_prompt",
  kwargs: z.strictObject({ prompt_to_repeat: wordSchema }),
  conflicts: ["detectable_format:json_format", "startend:quotation", "combination:two_responses"],
  describe: ({ prompt_to_repeat }) => `starts with ${excerpt(strip(prompt_to_repeat))}`,
  randomKwargs: (random) => ({ prompt_to_repeat: randomSentence(random) }),
  check(text, kwargs) {
    const prompt = strip(kwargs.prompt_to_repeat);
    const { start } = strippedRange(text);
    const passed = strip(text).toLowerCase().startsWith(prompt.toLowerCase());
    const spans = passed ? [{ start, end: Math.min(start + prompt.length, text.length) }] : [];
    return result(passed, this.describe(kwargs), `starts with ${excerpt(strip(text), Math.min(prompt.length, 60))}`, spans);
  },
};
