// IFEval keywords:letter_frequency. Counts one character ignoring case; in "compat" in the text as Python lowers it. The public
// checker draws a random letter when the argument is none of a-z; here the character that was asked for is counted in both modes.

import { z } from "zod";
import { boundsOf, counted, countSchema, holds, relationSchema, result, type Relation } from "../check-result.ts";
import { findMatches } from "../python-pattern.ts";
import { randomCount, randomRelation } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { escapePattern } from "../text.ts";

interface Kwargs {
  readonly letter: string;
  readonly let_frequency: number;
  readonly let_relation: Relation;
}

export const keywordsLetterFrequency: Checker<Kwargs> = {
  id: "keywords:letter_frequency",
  kwargs: z.strictObject({
    letter: z.string().refine((letter) => Array.from(letter).length === 1, "must be one character"),
    let_frequency: countSchema,
    let_relation: relationSchema,
  }),
  conflicts: [],
  describe: ({ letter, let_frequency, let_relation }) => `the letter "${letter}" ${let_relation} ${counted(let_frequency, "time")}`,
  randomKwargs: (random) => ({
    letter: random.pick(Array.from("abcdefghijklmnopqrstuvwxyz")),
    let_frequency: randomCount(random, 1, 20),
    let_relation: randomRelation(random),
  }),
  bounds: ({ letter, let_frequency, let_relation }) => boundsOf(`letter ${letter}`, let_relation, let_frequency),
  check(text, kwargs, mode) {
    const spans = findMatches(text, letterPattern(kwargs.letter, mode === "compat"));
    return result(
      holds(spans.length, kwargs.let_relation, kwargs.let_frequency),
      this.describe(kwargs),
      counted(spans.length, "time"),
      spans,
    );
  },
};

/** Alternatives instead of the i flag, whose folding is another one. Two more characters become a plain letter when Python lowers them. */
function letterPattern(letter: string, asPython: boolean): RegExp {
  const lower = letter.toLowerCase();
  const forms = new Set([lower, letter.toUpperCase()]);
  if (asPython && lower === "k") forms.add("\u212a");
  if (asPython && lower === "i") forms.add("\u0130");
  return new RegExp([...forms].map(escapePattern).join("|"), "gu");
}
