// raif:contains_number: a number occurs in digits as a token of its own: 12 is found in "12 apples", not in "112", "12.5" or "a12".

import { z } from "zod";
import { quoteList, result } from "../check-result.ts";
import { findMatches } from "../python-pattern.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly value: number;
}

const NUMBER = /(?<![\p{L}\p{N}_]|[\p{N}][.,])-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?![.,]?[0-9]|[\p{L}\p{N}_])/gu;

export const containsNumber: Checker<Kwargs> = {
  id: "raif:contains_number",
  kwargs: z.strictObject({ value: z.number() }),
  conflicts: [],
  describe: ({ value }) => `contains the number ${value}`,
  randomKwargs: (random) => ({ value: randomCount(random, 0, 100) }),
  check(text, kwargs) {
    const numbers = findMatches(text, NUMBER);
    const spans = numbers.filter(({ start, end }) => Number(text.slice(start, end).replaceAll(",", "")) === kwargs.value);
    const got = spans.length > 0 ? "found" : `numbers: ${quoteList(numbers.map(({ start, end }) => text.slice(start, end)))}`;
    return result(spans.length > 0, this.describe(kwargs), got, spans);
  },
};
