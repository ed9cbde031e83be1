// IFEval detectable_content:number_placeholders: texts in square brackets on one line, such as [name]. In "corrected" not empty ones,
// links, footnotes and check boxes, but full-width brackets too.

import { z } from "zod";
import type { Span } from "../../../../shared/domain/verdict.ts";
import { counted, countSchema, result } from "../check-result.ts";
import { findMatches } from "../python-pattern.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly num_placeholders: number;
}

/** Links, images and footnotes are [text](address), ![text], [^1]; a check box is [ ] or [x] at the start of a list item. */
const BRACKETS = /(?<!!)\[(?!\^)[^\]\n[]*\](?!\()|［[^］\n]*］|【[^】\n]*】/gu;
const CHECK_BOX = /^[ \t]*[-*+][ \t]+\[[xX]\]/gm;

export const contentNumberPlaceholders: Checker<Kwargs> = {
  id: "detectable_content:number_placeholders",
  kwargs: z.strictObject({ num_placeholders: countSchema }),
  conflicts: [],
  describe: ({ num_placeholders }) => `at least ${counted(num_placeholders, "placeholder")} in square brackets`,
  randomKwargs: (random) => ({ num_placeholders: randomCount(random, 1, 4) }),
  check(text, kwargs, mode) {
    const spans = mode === "compat" ? publicPlaceholders(text) : filledPlaceholders(text);
    return result(spans.length >= kwargs.num_placeholders, this.describe(kwargs), counted(spans.length, "placeholder"), spans);
  },
};

/** What \[.*?\] finds, in one pass: from a bracket to the next closing one of its line. */
function publicPlaceholders(text: string): Span[] {
  const found: Span[] = [];
  let start = text.indexOf("[");
  while (start >= 0) {
    const [close, lineEnd] = [text.indexOf("]", start), text.indexOf("\n", start)];
    if (close < 0) break;
    const isClosed = lineEnd < 0 || close < lineEnd;
    if (isClosed) found.push({ start, end: close + 1 });
    start = text.indexOf("[", isClosed ? close + 1 : lineEnd + 1);
  }
  return found;
}

function filledPlaceholders(text: string): Span[] {
  const places = findMatches(text.replace(CHECK_BOX, hideBrackets), BRACKETS);
  return places.filter(({ start, end }) => /[\p{L}\p{N}]/u.test(text.slice(start, end)));
}

/** The same length, so that places stay. */
function hideBrackets(text: string): string {
  return text.replace("[", " ").replace("]", " ");
}
