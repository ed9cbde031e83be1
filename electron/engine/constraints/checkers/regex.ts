// raif:regex: a JavaScript regular expression matches so many times. A search that takes too long is stopped and does not pass.

import { z } from "zod";
import { counted, countSchema, result } from "../check-result.ts";
import { findMatchesInTime, PATTERN_LIMIT_MS } from "../guarded-pattern.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  /** Read with the flags u and m: characters are Unicode's, ^ and $ are at lines. */
  readonly pattern: string;
  readonly ignore_case?: boolean | undefined;
  readonly at_least?: number | undefined;
  readonly at_most?: number | undefined;
}

export const regex: Checker<Kwargs> = {
  id: "raif:regex",
  kwargs: z
    .strictObject({
      pattern: z.string().min(1).refine(isPattern, "must be a valid regular expression"),
      ignore_case: z.boolean().optional(),
      at_least: countSchema.optional(),
      at_most: countSchema.optional(),
    })
    .refine((kwargs) => least(kwargs) <= (kwargs.at_most ?? Infinity), "at_least is more than at_most"),
  conflicts: [],
  describe: (kwargs) => `matches ${written(kwargs)} ${times(kwargs)}`,
  randomKwargs: (random) => ({
    pattern: random.pick(["\\d{4}", "^#{1,3} ", "\\b[A-Z]{2,}\\b", "^\\d+\\. ", "https?://\\S+"]),
    at_least: 1,
  }),
  check(text, kwargs) {
    const spans = findMatchesInTime(text, new RegExp(kwargs.pattern, flags(kwargs)), kwargs.pattern);
    if (spans === undefined) return result(false, this.describe(kwargs), `stopped after ${PATTERN_LIMIT_MS} ms`);
    const passed = spans.length >= least(kwargs) && spans.length <= (kwargs.at_most ?? Infinity);
    return result(passed, this.describe(kwargs), counted(spans.length, "match", "matches"), spans);
  },
};

/** Once, unless only an upper limit is given. */
function least({ at_least, at_most }: Kwargs): number {
  return at_least ?? (at_most === undefined ? 1 : 0);
}

function times(kwargs: Kwargs): string {
  const from = least(kwargs);
  if (kwargs.at_most === undefined) return `at least ${counted(from, "time")}`;
  return from === 0 ? `at most ${counted(kwargs.at_most, "time")}` : `${from} to ${counted(kwargs.at_most, "time")}`;
}

function written({ pattern, ignore_case }: Kwargs): string {
  return `/${pattern}/${ignore_case === true ? "i" : ""}`;
}

function flags({ ignore_case }: Kwargs): string {
  return ignore_case === true ? "gimu" : "gmu";
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, "gmu");
    return true;
  } catch {
    return false;
  }
}
