// Facts of the rules about words and letters: what stands in the answer, what does not, and where.

import { count, isPlain, threshold, type Fact, type FactsOf } from "./fact.ts";
import { words } from "../../constraints/text.ts";
import { numberOf, stringList, textOf } from "../rule-arguments.ts";
import type { CheckMode } from "../../../../shared/domain/instruction.ts";

/** A keyword; in "compat" perhaps inside of longer words, and a pattern says nothing. */
function keyword(text: string, times: number, mode: CheckMode): Fact[] {
  const trimmed = text.trim();
  if (times < 1 || trimmed === "" || (mode === "compat" && !isPlain(trimmed))) return [];
  return [{ type: "holds", text: trimmed, times, inside: mode === "compat", certainty: "certain" }];
}

function phrase(value: unknown, inside: boolean): Fact[] {
  const text = textOf(value);
  return text === undefined ? [] : [{ type: "holds", text, times: 1, inside, certainty: "certain" }];
}

/** The first or last character, in both cases. */
function edge(place: "first" | "last" | "first of the core" | "last of the core", text: string, shown: string, more = ""): Fact {
  const characters = Array.from(text);
  const own = characters.at(place.startsWith("first") ? 0 : -1) ?? "";
  return { type: "edge", place, characters: own.toLowerCase() + own.toUpperCase() + more, shown, certainty: "certain" };
}

/** Of a phrase of several words; a single one may be the end of a longer word. */
function lastWordOf(text: string): Fact[] {
  const found = words(text);
  const [word] = found.slice(-1);
  return found.length < 2 || word === undefined ? [] : [{ type: "last-word", word: word.text, certainty: "certain" }];
}

const MARKS = "\"'“”‘’«»„「」『』＂*_`";

export const WORD_FACTS: Readonly<Record<string, FactsOf>> = {
  "keywords:existence": ({ keywords }, mode) =>
    stringList(keywords).flatMap((word) => [
      ...keyword(word, 1, mode),
      { type: "count", of: `times "${word.trim().toLowerCase()}"`, least: 1, most: Infinity, certainty: "certain" },
    ]),
  "keywords:frequency": ({ keyword: word, frequency, relation }, mode) => {
    const text = textOf(word);
    if (text === undefined) return [];
    const bounds = threshold(`times "${text.toLowerCase()}"`, frequency, relation);
    return relation === "less than" || relation === "少于" ? bounds : [...bounds, ...keyword(text, numberOf(frequency) ?? 0, mode)];
  },
  "count:keywords_multiple": (kwargs, mode) =>
    [1, 2, 3, 5, 7].flatMap((times, index) => keyword(textOf(kwargs[`keyword${index + 1}`]) ?? "", times, mode)),
  "keywords:forbidden_words": ({ forbidden_words }, mode) =>
    stringList(forbidden_words)
      .map((word) => word.trim())
      .filter((word) => word !== "" && (mode === "corrected" || isPlain(word)))
      .map((text) => ({ type: "lacks", text, certainty: "certain" })),
  "keywords:letter_frequency": ({ letter, let_frequency, let_relation }) => {
    const text = typeof letter === "string" ? letter.toLowerCase() : "";
    return text === "" ? [] : threshold(`letters "${text}"`, let_frequency, let_relation);
  },
  "sentence:keyword": ({ word }) => phrase(word, false),
  "raif:words_from": ({ words, at_least }) => {
    const least = numberOf(at_least);
    if (least === undefined) return [];
    const all = stringList(words);
    if (least >= all.length) return all.flatMap((word) => phrase(word, false));
    const shortest = Math.min(...all.map((word) => word.trim().split(/\s+/).length));
    return [{ type: "count", of: "words", least: least * shortest, most: Infinity, certainty: "certain" }];
  },
  "raif:first_word": ({ word }) => [{ type: "first-word", word: textOf(word) ?? "", certainty: "certain" }, ...phrase(word, false)],
  "raif:last_word": ({ word }) => [{ type: "last-word", word: textOf(word) ?? "", certainty: "certain" }, ...phrase(word, false)],
  "length_constraints:nth_paragraph_first_word": ({ nth_paragraph, first_word }) => {
    const [word, paragraph] = [textOf(first_word), numberOf(nth_paragraph)];
    if (word === undefined || paragraph === undefined) return [];
    const begins: Fact = { type: "paragraph-begins", paragraph, word, certainty: "certain" };
    return [...phrase(word, true), begins, ...(paragraph === 1 ? [{ type: "first-word", word, certainty: "sensible" } as const] : [])];
  },
  "raif:only_words_from": ({ words }) => [{ type: "only-words", words: stringList(words), certainty: "certain" }],
  "raif:unique_words": () => [{ type: "no-word-twice", certainty: "certain" }],
  "raif:sorted_words": () => [
    { type: "words-in-order", certainty: "certain" },
    { type: "count", of: "words", least: 2, most: Infinity, certainty: "certain" },
  ],
  "punctuation:no_comma": (_, mode) => Array.from(mode === "compat" ? "," : ",，﹐、､﹑،፣", (comma) => count(`letters "${comma}"`, 0, 0)),
  "count:punctuation": () => Array.from(".,!?;:", (mark) => ({ type: "holds", text: mark, times: 1, inside: true, certainty: "certain" })),
  "raif:separator": ({ separator, count: parts }) =>
    typeof separator === "string" && Number(parts) > 1
      ? [{ type: "holds", text: separator, times: Number(parts) - 1, inside: true, certainty: "certain" }]
      : [],
  "startend:end_checker": ({ end_phrase }, mode) => {
    const text = textOf(end_phrase)?.replace(/\.$/, "");
    if (text === undefined || text === "") return [];
    const last =
      mode === "compat" ? edge("last", textOf(end_phrase) ?? "", `"${text}"`, '"') : edge("last of the core", text, `"${text}"`, ".。");
    const ends: Fact[] = [last, { ...edge("last of the core", text, `"${text}"`, ".。"), certainty: "sensible" }];
    return [
      ...phrase(text, true),
      ...ends,
      { type: "ends-with", text: textOf(end_phrase) ?? "", certainty: "certain" },
      ...lastWordOf(text),
    ];
  },
  "combination:repeat_prompt": ({ prompt_to_repeat }, mode) => {
    const text = textOf(prompt_to_repeat);
    if (text === undefined) return [];
    const bare = text.replace(/^["'“”‘’«»「」『』＂*_`\s]+/, "");
    const core = bare === "" ? [] : [edge("first of the core", bare, "the text to repeat")];
    const first =
      mode === "compat"
        ? [edge("first", text, "the text to repeat"), ...core.map((fact) => ({ ...fact, certainty: "sensible" as const }))]
        : core;
    return [...phrase(text.replace(/\.$/, ""), true), ...first];
  },
  "raif:ends_with_mark": ({ mark }) => {
    if (typeof mark !== "string") return [];
    const last: Fact = { type: "edge", place: "last", characters: mark, shown: `"${mark}"`, certainty: "certain" };
    // A mark that is none of those around an answer is also the last one inside of them.
    return MARKS.includes(mark) ? [last] : [last, { ...last, place: "last of the core" }, ...phrase(mark, true)];
  },
};
