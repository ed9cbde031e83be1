// IFEval length_constraints:nth_paragraph_first_word. Paragraphs are separated by blank lines. In the public checker blank ones reduce
// the count but not the numbering, and the word ends at the first of .,?!'" after quotes before it; "corrected" numbers the paragraphs
// that have text and reads the first word as a person does.

import { z } from "zod";
import { counted, countSchema, result, wordSchema } from "../check-result.ts";
import { findMatches, SPACE_CLASS } from "../python-pattern.ts";
import { randomCount, randomWord } from "../random-kwargs.ts";
import { findPhrase, readableWords } from "../readable-text.ts";
import type { Checker } from "../registry.ts";
import { isBlank, splitSpans, strip, type Token } from "../text.ts";

interface Kwargs {
  readonly num_paragraphs: number;
  readonly nth_paragraph: number;
  readonly first_word: string;
}

const FIRST_CHUNK = new RegExp(`[^${SPACE_CLASS}]+`, "u");

export const lengthNthParagraphFirstWord: Checker<Kwargs> = {
  id: "length_constraints:nth_paragraph_first_word",
  kwargs: z.strictObject({ num_paragraphs: countSchema.min(1), nth_paragraph: countSchema.min(1), first_word: wordSchema }),
  conflicts: ["detectable_format:json_format", "length_constraints:number_paragraphs"],
  describe: ({ num_paragraphs, nth_paragraph, first_word }) =>
    `${counted(num_paragraphs, "paragraph")} separated by blank lines, number ${nth_paragraph} starting with "${strip(first_word)}"`,
  randomKwargs(random) {
    const num_paragraphs = randomCount(random, 1, 5);
    return { num_paragraphs, nth_paragraph: randomCount(random, 1, num_paragraphs), first_word: randomWord(random) };
  },
  check(text, kwargs, mode) {
    const separators = findMatches(text, mode === "compat" ? /\n\n/g : /\n[^\S\n]*\n/g);
    const paragraphs = splitSpans(text, separators);
    const filled = paragraphs.filter((paragraph) => !isBlank(paragraph.text));
    const numbered = mode === "compat" ? paragraphs : filled;
    const paragraph = kwargs.nth_paragraph <= filled.length ? numbered[kwargs.nth_paragraph - 1] : undefined;
    const word =
      paragraph === undefined ? undefined : mode === "compat" ? publicFirstWord(paragraph) : readableFirstWord(paragraph, kwargs);
    const asked = (mode === "compat" ? kwargs.first_word : strip(kwargs.first_word)).toLowerCase();
    const passed = filled.length === kwargs.num_paragraphs && word?.text.toLowerCase() === asked;
    const found = word === undefined ? "no such paragraph" : `number ${kwargs.nth_paragraph} starts with "${word.text}"`;
    const spans = word === undefined ? [] : [{ start: word.start, end: word.end }];
    return result(passed, this.describe(kwargs), `${counted(filled.length, "paragraph")}; ${found}`, spans);
  },
};

function publicFirstWord({ text, start }: Token): Token | undefined {
  const chunk = FIRST_CHUNK.exec(text);
  if (chunk === null) return undefined;
  const bare = chunk[0].replace(/^'+/, "").replace(/^"+/, "");
  const word = /^[^.,?!'"]*/.exec(bare)?.[0] ?? "";
  const wordStart = start + chunk.index + (chunk[0].length - bare.length);
  return { text: word, start: wordStart, end: wordStart + word.length };
}

/** The asked word if the paragraph starts with it, which may be several words in the dictionary's eyes, or else its first word. */
function readableFirstWord({ text, start }: Token, { first_word }: Kwargs): Token | undefined {
  const first = readableWords(text)[0];
  if (first === undefined) return undefined;
  const asked = findPhrase(text, first_word).find((span) => span.start === first.start);
  const word = asked === undefined ? first : { ...asked, text: strip(first_word) };
  return { text: word.text, start: start + word.start, end: start + word.end };
}
