// Constraints on how many there are of something: words, sentences, paragraphs, bullet points, placeholders, sections, words in capitals.

import type { Detector, SuggestedRule } from "./detectors.ts";
import { NUMBER, readLimits, readNumber, RELATION, type Limits } from "./phrase.ts";

/** "at least 300 words", "300+ words", "two short sentences"; `between` is how many words may stand before the unit. */
function quantity(unit: string, between = 2): RegExp {
  return new RegExp(
    `\\b${RELATION}${NUMBER}(?<more>\\s?\\+|\\s+or (?:more|less|fewer))?[\\s-]+(?:[\\p{L}-]+\\s+){0,${between}}?${unit}`,
    "giu",
  );
}

function limitsOf({ groups }: RegExpExecArray): Limits | undefined {
  return readLimits(groups?.["relation"], groups?.["n"], groups?.["more"]);
}

/** One rule for a limit, two for an exact number. */
function threshold(id: string, count: string, relation: string): Detector["read"] {
  return (match) => {
    const limits = limitsOf(match);
    if (limits === undefined || limits.count === 0) return [];
    const rule = (name: string, value: number): SuggestedRule => ({ id, kwargs: { [count]: value, [relation]: name } });
    if (limits.type === "at-least") return [rule("at least", limits.count)];
    if (limits.type === "less-than") return [rule("less than", limits.count)];
    // A bare number of words says about how long; of sentences it is meant.
    return match.groups?.["relation"] === undefined
      ? [rule("at least", limits.count)]
      : [rule("at least", limits.count), rule("less than", limits.count + 1)];
  };
}

function exact(id: string, count: string): Detector["read"] {
  return (match) => {
    const limits = limitsOf(match);
    return limits === undefined || limits.count === 0 ? [] : [{ id, kwargs: { [count]: limits.count } }];
  };
}

function words(match: RegExpExecArray): readonly SuggestedRule[] {
  const limits = limitsOf(match);
  const isExact = limits?.type === "exactly";
  if (isExact && match.groups?.["relation"] !== undefined) return [{ id: "raif:exact_words", kwargs: { count: limits.count } }];
  // "a 500 word essay" is a length to aim at, not a limit.
  return isExact ? [] : threshold("length_constraints:number_words", "num_words", "relation")(match, "");
}

function paragraphs(match: RegExpExecArray, text: string): readonly SuggestedRule[] {
  const count = limitsOf(match)?.count;
  if (count === undefined || count === 0) return [];
  const { which: ordinal, number, word = "" } = FIRST_WORD.exec(text)?.groups ?? {};
  const which = ordinal ?? number ?? "";
  if (word !== "") {
    const nth = ORDINALS.indexOf(which.toLowerCase()) + 1 || Number.parseInt(which, 10) || count;
    return [{ id: "length_constraints:nth_paragraph_first_word", kwargs: { num_paragraphs: count, nth_paragraph: nth, first_word: word } }];
  }
  return DIVIDER.test(text) ? [{ id: "length_constraints:number_paragraphs", kwargs: { num_paragraphs: count } }] : [];
}

/** Not the six asterisks between two responses. */
const DIVIDER = /(?<!\*)\*{3}(?!\*)|markdown divider|\b3 asterisk/i;

const FIRST_WORD =
  /\b(?:(?<which>first|second|third|fourth|fifth|sixth|seventh|\d{1,2}(?:st|nd|rd|th)|last)\s+paragraph|paragraph\s+(?<number>\d{1,2}))\b[^.\n]{0,20}?\bwith\s+(?:the\s+)?word\s+["“'‘]?(?<word>[\p{L}'’-]+)/iu;
const ORDINALS: readonly string[] = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh"];

function sections(match: RegExpExecArray, text: string): readonly SuggestedRule[] {
  const count = limitsOf(match)?.count;
  if (count !== undefined && count > 0 && DIVIDER.test(text))
    return [{ id: "length_constraints:number_paragraphs", kwargs: { num_paragraphs: count } }];
  const mark = /(?<!\*[^*\n]*)\b(?<mark>\p{Lu}\p{L}*|§)\s+(?:X\b|1\b(?=[^]*\b\k<mark>\s+2\b))/u.exec(text)?.groups?.["mark"];
  return count === undefined || mark === undefined
    ? []
    : [{ id: "detectable_format:multiple_sections", kwargs: { section_spliter: mark, num_sections: count } }];
}

/** "20 to 25 sentences", "between 100 and 120 words", "5 or 6 sentences". */
function rangeOf(unit: string): RegExp {
  return new RegExp(
    `\\b(?:between\\s+)?${NUMBER.replace("<n>", "<from>")}\\s*(?:to|-|–|or|and)\\s*${NUMBER}\\s+(?:\\p{L}+\\s+)?${unit}`,
    "giu",
  );
}

function range(id: string, count: string): Detector["read"] {
  return ({ groups }) => {
    const [from, to] = [readNumber(groups?.["from"]), readNumber(groups?.["n"])];
    if (from === undefined || to === undefined || from >= to) return [];
    return [
      { id, kwargs: { [count]: from, relation: "at least" } },
      { id, kwargs: { [count]: to + 1, relation: "less than" } },
    ];
  };
}

const EMPHASIS = "(?:highlight|italici[sz]e|bold|emphasi[sz]e)";

export const counting: readonly Detector[] = [
  { pattern: rangeOf("words?\\b"), read: range("length_constraints:number_words", "num_words") },
  { pattern: rangeOf("sentences?\\b"), read: range("length_constraints:number_sentences", "num_sentences") },
  {
    pattern: new RegExp(`\\b${NUMBER}\\s+words?\\s+(?<more>or (?:more|less|fewer))\\b`, "giu"),
    read: threshold("length_constraints:number_words", "num_words", "relation"),
  },
  { pattern: quantity("words?\\b(?!\\s+(?:in|with|written)\\s+(?:all\\s+)?(?:capital|caps|upper))", 1), read: words },
  { pattern: quantity("sentences?\\b"), read: threshold("length_constraints:number_sentences", "num_sentences", "relation") },
  { pattern: quantity("paragraphs?\\b"), read: paragraphs },
  { pattern: quantity("bullets?(?:\\s+points?)?\\b"), read: exact("detectable_format:number_bullet_lists", "num_bullets") },
  { pattern: quantity("place\\s?holders?\\b"), read: exact("detectable_content:number_placeholders", "num_placeholders") },
  { pattern: quantity("(?:sections?|parts?|audiences?|days?|stanzas?|paragraphs?)\\b"), read: sections },
  {
    pattern: new RegExp(
      `\\b${EMPHASIS}\\b[^.\\n*]{0,30}?${RELATION}${NUMBER}\\b|${RELATION}${NUMBER}\\s+(?:\\p{L}+\\s+)?(?:sections?|parts?|phrases?|words?)\\s+(?:should|must|to)\\s+be\\s+highlighted|` +
        `${RELATION}${NUMBER}\\s+(?:italic|bold|highlighted|emphasi[sz]ed)\\b|\\b${EMPHASIS}\\s+(?:some|the|your|key|a few|important|each|it)\\b`,
      "giu",
    ),
    read: ({ groups }) => {
      const count = groups?.["n"] === undefined ? 1 : readLimits(undefined, groups["n"])?.count;
      return count === undefined || count === 0
        ? []
        : [{ id: "detectable_format:number_highlighted_sections", kwargs: { num_highlights: count } }];
    },
  },
  {
    pattern: new RegExp(
      `\\b(?:capital|caps|upper-?\\s?case|capitalized)\\w*\\b[^.\\n]{0,60}?${RELATION}${NUMBER}\\s+times?\\b|${RELATION.replace("relation", "relation2")}${NUMBER.replace("<n>", "<n2>")}\\s+(?:\\p{L}+\\s+)?words?\\s+(?:in|with|written in)\\s+(?:all\\s+)?(?:capital|caps|upper)`,
      "giu",
    ),
    read: ({ groups }) => {
      const limits = readLimits(groups?.["relation"] ?? groups?.["relation2"], groups?.["n"] ?? groups?.["n2"]);
      if (limits === undefined) return [];
      const relation = limits.type === "less-than" ? "less than" : "at least";
      return [{ id: "change_case:capital_word_frequency", kwargs: { capital_frequency: limits.count, capital_relation: relation } }];
    },
  },
];
