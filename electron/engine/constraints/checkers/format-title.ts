// IFEval detectable_format:title: a non-empty title in double angular brackets on one line.

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
  check(text, kwargs) {
    const titles = findMatches(text, /<<[^\n]+>>/g).filter(
      ({ start, end }) => !isBlank(text.slice(start, end).replace(/^<+/, "").replace(/>+$/, "")),
    );
    return result(titles.length > 0, this.describe(kwargs), titles.length > 0 ? "a title" : "no title", titles);
  },
};
