// IFEval detectable_format:number_bullet_lists: lines that start with * or -. Any line that starts with a hyphen counts, as in
// the public checker.

import { z } from "zod";
import { counted, countSchema, result } from "../check-result.ts";
import { compilePythonPattern, findMatches } from "../python-pattern.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly num_bullets: number;
}

const STAR_BULLET = compilePythonPattern("^\\s*\\*[^\\*].*$", { multiline: true });
const HYPHEN_BULLET = compilePythonPattern("^\\s*-.*$", { multiline: true });

export const formatNumberBulletLists: Checker<Kwargs> = {
  id: "detectable_format:number_bullet_lists",
  kwargs: z.strictObject({ num_bullets: countSchema }),
  conflicts: [],
  describe: ({ num_bullets }) => `exactly ${counted(num_bullets, "bullet point")}`,
  randomKwargs: (random) => ({ num_bullets: randomCount(random, 1, 8) }),
  check(text, kwargs) {
    const spans = [...findMatches(text, STAR_BULLET), ...findMatches(text, HYPHEN_BULLET)].sort((a, b) => a.start - b.start);
    return result(spans.length === kwargs.num_bullets, this.describe(kwargs), counted(spans.length, "bullet point"), spans);
  },
};
