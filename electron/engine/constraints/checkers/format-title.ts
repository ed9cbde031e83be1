// IFEval detectable_format:title: a non-empty title in double angular brackets on one line. In "corrected" the brackets hold text and
// no further brackets; 《title》 counts too.

import type { Span } from "../../../../shared/domain/verdict.ts";
import { noArguments, result, type NoArguments } from "../check-result.ts";
import { findMatches } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";
import { isBlank } from "../text.ts";

export const formatTitle: Checker<NoArguments> = {
  id: "detectable_format:title",
  kwargs: noArguments,
  conflicts: [],
  describe: () => "a title in double angular brackets, such as <<title>>",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const titles = mode === "compat" ? publicTitles(text) : titlesWithText(text);
    return result(titles.length > 0, this.describe(kwargs), titles.length > 0 ? "a title" : "no title", titles);
  },
};

function publicTitles(text: string): Span[] {
  return findMatches(text, /<<[^\n]+>>/g).filter(
    ({ start, end }) => !isBlank(text.slice(start, end).replace(/^<+/, "").replace(/>+$/, "")),
  );
}

function titlesWithText(text: string): Span[] {
  const places = findMatches(text, /<<[^<>\n]+>>|《[^《》\n]+》/g);
  return places.filter(({ start, end }) => /[\p{L}\p{N}]/u.test(text.slice(start, end)));
}
