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

/** What <<[^\n]+>> finds: at most one place a line, from its first << to its last >>. */
function publicTitles(text: string): Span[] {
  return findMatches(text, /[^\n]+/g).flatMap((line) => {
    const written = text.slice(line.start, line.end);
    const [open, close] = [written.indexOf("<<"), written.lastIndexOf(">>")];
    const title = written.slice(open, close + 2);
    const isTitle = open >= 0 && close > open + 2 && !isBlank(title.replace(/^<+/, "").replace(TRAILING_BRACKETS, ""));
    return isTitle ? [{ start: line.start + open, end: line.start + close + 2 }] : [];
  });
}

const TRAILING_BRACKETS = /(?<!>)>+$/;

function titlesWithText(text: string): Span[] {
  const places = findMatches(text, /<<[^<>\n]+>>|《[^《》\n]+》/g);
  return places.filter(({ start, end }) => /[\p{L}\p{N}]/u.test(text.slice(start, end)));
}
