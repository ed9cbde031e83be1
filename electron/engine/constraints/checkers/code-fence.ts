// raif:code_fence: at least so many fenced code blocks that name a language.

import { z } from "zod";
import { counted, countSchema, quoteList, result, wordSchema } from "../check-result.ts";
import { markdownFences } from "../markdown.ts";
import type { Checker } from "../registry.ts";
import { strip } from "../text.ts";

interface Kwargs {
  readonly language: string;
  readonly at_least?: number | undefined;
}

export const codeFence: Checker<Kwargs> = {
  id: "raif:code_fence",
  kwargs: z.strictObject({ language: wordSchema, at_least: countSchema.min(1).optional() }),
  conflicts: ["detectable_format:xml_format", "raif:equals_number", "startend:quotation"],
  describe: ({ language, at_least = 1 }) => `at least ${counted(at_least, "code block")} marked as ${strip(language)}`,
  randomKwargs: (random) => ({ language: random.pick(["python", "json", "typescript", "sql", "bash"]) }),
  check(text, kwargs) {
    const fences = markdownFences(text);
    const fitting = fences.filter(({ language }) => language === strip(kwargs.language).toLowerCase());
    const names = fences.map(({ language }) => (language === "" ? "no language" : language));
    const got = fences.length === 0 ? "no code block" : `${counted(fences.length, "code block")}: ${quoteList([...new Set(names)])}`;
    const spans = fitting.map(({ start, end }) => ({ start, end }));
    return result(fitting.length >= (kwargs.at_least ?? 1), this.describe(kwargs), got, spans);
  },
};
