// raif:separator: the answer falls into an exact number of non-blank parts at a literal separator.

import { z } from "zod";
import { counted, countSchema, result } from "../check-result.ts";
import { findMatches } from "../python-pattern.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { escapePattern, isBlank, splitSpans } from "../text.ts";

interface Kwargs {
  readonly separator: string;
  readonly count: number;
}

export const separator: Checker<Kwargs> = {
  id: "raif:separator",
  kwargs: z.strictObject({ separator: z.string().min(1), count: countSchema.min(1) }),
  conflicts: [],
  describe: (kwargs) => `exactly ${counted(kwargs.count, "part")} separated by "${kwargs.separator}"`,
  randomKwargs: (random) => ({ separator: random.pick(["---", "|", ";", "==="]), count: randomCount(random, 2, 5) }),
  check(text, kwargs) {
    const parts = splitSpans(text, findMatches(text, new RegExp(escapePattern(kwargs.separator), "gu")));
    const blanks = parts.filter((part) => isBlank(part.text)).length;
    const got = counted(parts.length, "part") + (blanks === 0 ? "" : `, ${blanks} of them blank`);
    return result(
      blanks === 0 && parts.length === kwargs.count,
      this.describe(kwargs),
      got,
      parts.map(({ start, end }) => ({ start, end })),
    );
  },
};
