// IFBench words:vowel: one paragraph (no line break inside) whose words use at most three of the vowels a, e, i, o, u.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { lines } from "../ifbench-text.ts";
import { findMatches } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";
import { strip } from "../text.ts";

/** The dotted capital of Turkish is an i with a dot when written small. */
const VOWELS = /[aeiouİ]/gi;
const MOST_KINDS = 3;

export const ifbenchWordsVowel: Checker<NoArguments> = {
  id: "words:vowel",
  kwargs: noArguments,
  conflicts: [
    "length_constraints:number_paragraphs",
    "format:newline",
    "format:line_indent",
    "format:no_bullets_bullets",
    "length_constraints:nth_paragraph_first_word",
  ],
  describe: () => `one paragraph with at most ${MOST_KINDS} kinds of vowels`,
  randomKwargs: () => ({}),
  check(text, kwargs) {
    const paragraphs = lines(strip(text)).length;
    const found = findMatches(text, VOWELS);
    const kinds = [...new Set(found.map(({ start }) => vowelAt(text, start)))].sort();
    const got = `${counted(paragraphs, "paragraph")}, vowels ${kinds.join(", ") || "none"}`;
    // Where there are too many, one place for each is enough to see why.
    const spans = kinds.map((vowel) => found.find(({ start }) => vowelAt(text, start) === vowel)).filter((span) => span !== undefined);
    return result(paragraphs === 1 && kinds.length <= MOST_KINDS, this.describe(kwargs), got, spans);
  },
};

function vowelAt(text: string, index: number): string {
  return text.charAt(index).toLowerCase().charAt(0);
}
