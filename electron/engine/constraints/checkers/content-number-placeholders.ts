// IFEval detectable_content:number_placeholders: texts in square brackets on one line, such as [name]. In "corrected" not empty ones,
// links, footnotes and check boxes, but full-width brackets too.

import { z } from "zod";
import type { Span } from "../../../../shared/domain/verdict.ts";
import { counted, countSchema, result } from "../check-result.ts";
import { compilePythonPattern, findMatches } from "../python-pattern.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly num_placeholders: number;
}

/** Links, images and footnotes are [text](address), ![text], [^1]; a check box is [ ] or [x] at the start of a list item. */
const BRACKETS = /(?<!!)\[(?!\^)[^\]\n[]*\](?!\()|［[^］\n]*］|【[^】\n]*】/gu;
const CHECK_BOX = /^[ \t]*[-*+][ \t]+\[[xX]\]/gm;
const PLACEHOLDER = compilePythonPattern("\\[.*?\\]");

export const contentNumberPlaceholders: Checker<Kwargs> = {
  id: "detectable_content:number_placeholders",
  kwargs: z.strictObject({ num_placeholders: countSchema }),
  conflicts: [],
  describe: ({ num_placeholders }) => `at least ${counted(num_placeholders, "placeholder")} in square brackets`,
  randomKwargs: (random) => ({ num_placeholders: randomCount(random, 1, 4) }),
  check(text, kwargs, mode) {
    const spans = mode === "compat" ? findMatches(text, PLACEHOLDER) : filledPlaceholders(text);
    return result(spans.length >= kwargs.num_placeholders, this.describe(kwargs), counted(spans.length, "placeholder"), spans);
  },
};

function filledPlaceholders(text: string): Span[] {
  const places = findMatches(text.replace(CHECK_BOX, hideBrackets), BRACKETS);
  return places.filter(({ start, end }) => /[\p{L}\p{N}]/u.test(text.slice(start, end)));
}

/** The same length, so that places stay. */
function hideBrackets(text: string): string {
  return text.replace("[", " ").replace("]", " ");
}
