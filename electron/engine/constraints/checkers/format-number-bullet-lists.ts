// IFEval detectable_format:number_bullet_lists: lines that start with * or -. In the public checker any line that starts with a hyphen
// counts, rules (---) and negative numbers too; "corrected" wants a bullet, a space and some text, outside of code.

import { z } from "zod";
import type { Span } from "../../../../shared/domain/verdict.ts";
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
  bounds: ({ num_bullets }) => ({ of: "bullet points", least: num_bullets, most: num_bullets }),
  check(text, kwargs, mode) {
    const spans = mode === "compat" ? publicBullets(text) : findMatches(withoutCode(text), BULLET);
    return result(spans.length === kwargs.num_bullets, this.describe(kwargs), counted(spans.length, "bullet point"), spans);
  },
};

function publicBullets(text: string): Span[] {
  return [...findMatches(text, STAR_BULLET), ...findMatches(text, HYPHEN_BULLET)].sort((a, b) => a.start - b.start);
}

/** A rule may be written with spaces (- - -): a line of the same mark alone is no bullet. */
const BULLET = /^[ \t\u3000]*(?:[-*+•‣◦・●▪–][ \t\u3000]+|[•‣◦・●▪])(?=\S)(?![-*_ \t]+$).*$/gmu;

/** Fenced code blanked out, so that places stay. */
function withoutCode(text: string): string {
  return text.replace(/^[ \t]*(```|~~~)[^]*?^[ \t]*\1[ \t]*$/gm, (block) => block.replace(/[^\n]/g, " "));
}
