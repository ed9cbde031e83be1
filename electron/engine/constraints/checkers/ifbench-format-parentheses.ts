// IFBench format:parentheses: brackets of the kinds ( [ { nested at least five deep. The public checker is content when the innermost
// one closes; corrected wants five levels that all close.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import type { Checker } from "../registry.ts";
import type { Span } from "../../../../shared/domain/verdict.ts";

const LEAST_DEPTH = 5;
const CLOSED_BY: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const BRACKET = /[()[\]{}]/g;

interface Level {
  readonly start: number;
  readonly closer: string;
  /** Levels inside this one that closed well, the deepest chain of them. */
  inside: number;
}

export const ifbenchFormatParentheses: Checker<NoArguments> = {
  id: "format:parentheses",
  kwargs: noArguments,
  conflicts: [],
  describe: () => `brackets nested at least ${LEAST_DEPTH} deep`,
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const levels: Level[] = [];
    let deepest = 0;
    let mostClosed = 0;
    let found: Span | undefined;
    for (const { 0: bracket, index } of text.matchAll(BRACKET)) {
      const closer = CLOSED_BY[bracket];
      if (closer !== undefined) {
        levels.push({ start: index, closer, inside: 0 });
        deepest = Math.max(deepest, levels.length);
        continue;
      }
      const level = levels.at(-1);
      // A bracket that closes nothing spoils everything that is open.
      if (level?.closer !== bracket) {
        levels.length = 0;
        deepest = 0;
        continue;
      }
      levels.pop();
      const closed = level.inside + 1;
      mostClosed = Math.max(mostClosed, closed);
      const outer = levels.at(-1);
      if (outer !== undefined) outer.inside = Math.max(outer.inside, closed);
      if (mode === "compat" ? deepest >= LEAST_DEPTH : closed >= LEAST_DEPTH) found ??= { start: level.start, end: index + 1 };
    }
    const got = `${mostClosed} closed levels, ${deepest} deep at most`;
    return result(found !== undefined, this.describe(kwargs), got, found === undefined ? [] : [found]);
  },
};
