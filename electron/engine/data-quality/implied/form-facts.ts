// Facts of the rules that give the whole answer a form: JSON, XML, quotation marks, letter case, language, a text given in full.

import { count, type Fact, type FactsOf } from "./fact.ts";
import { numberOf, stringList, textOf } from "../rule-arguments.ts";
import type { CheckMode } from "../../../../shared/domain/instruction.ts";

const FENCES = "`~";
const OPENING_QUOTES = '"“„«「『＂';
const CLOSING_QUOTES = '"”“»」』＂';
/** Begins and ends of what Python reads as JSON, bare values too. */
const VALUE_STARTS = '{["-0123456789tfnNI';
const VALUE_ENDS = '}]"0123456789elyN';

function edges(first: string, last: string, shown: string, certainty: Fact["certainty"], core = true): Fact[] {
  const at = (place: "first" | "last" | "first of the core" | "last of the core", characters: string): Fact => ({
    type: "edge",
    place,
    characters,
    shown,
    certainty,
  });
  const outer = [at("first", first + FENCES), at("last", last + FENCES)];
  return core ? [...outer, at("first of the core", first), at("last of the core", last)] : outer;
}

/** An object or a list; to the public checker a bare value is JSON too. */
function json(mode: CheckMode): Fact[] {
  const form = edges("{[", "}]", "an object or a list of JSON", mode === "corrected" ? "certain" : "sensible");
  const bare = mode === "compat" ? edges(VALUE_STARTS, VALUE_ENDS, "JSON", "certain", false) : [];
  return [
    ...form,
    ...bare,
    // Strings of JSON hold no line breaks.
    count("numbered items", 0, 0),
    count("bullet points", 0, 0, "sensible"),
    count("paragraphs", 0, 1, "sensible"),
    count("answers", 0, 1, "sensible"),
  ];
}

/** Names that a schema demands of its object stand in the answer as they are written, with commas between. */
function demandedNames(schema: unknown): Fact[] {
  const { type, required } = (schema ?? {}) as { readonly type?: unknown; readonly required?: unknown };
  if (type !== "object") return [];
  const names = stringList(required);
  const comma: Fact = { type: "holds", text: ",", times: names.length - 1, inside: true, certainty: "certain" };
  return [...names.flatMap((name) => caseOf(name, `the name "${name}"`)), ...(names.length > 1 ? [comma] : [])];
}

function caseOf(text: string, example: string): Fact[] {
  return [
    ...(/\p{Lowercase}/u.test(text) ? [{ type: "has-case", letters: "small", example, certainty: "certain" } as const] : []),
    ...(/\p{Uppercase}/u.test(text) ? [{ type: "has-case", letters: "capital", example, certainty: "certain" } as const] : []),
  ];
}

const capitalsOnly: Fact = { type: "only-case", letters: "capital", certainty: "certain" };
const smallOnly: Fact = { type: "only-case", letters: "small", certainty: "certain" };
/** The public checkers take a text that is in no language at all for any. */
const inLanguage = (language: string, mode: CheckMode): Fact => ({
  type: "language",
  language: language.slice(0, 2),
  certainty: mode === "corrected" ? "certain" : "sensible",
});

export const FORM_FACTS: Readonly<Record<string, FactsOf>> = {
  "detectable_format:json_format": (_, mode) => json(mode),
  "raif:json_schema": ({ schema }) => {
    const { type } = (schema ?? {}) as { readonly type?: unknown };
    // Any other schema may allow a bare value.
    const form = type === "object" || type === "array" ? json("corrected") : [count("numbered items", 0, 0)];
    return [...form, ...demandedNames(schema)];
  },
  "detectable_format:xml_format": (_, mode) => [
    ...edges("<", ">", "a document of XML", mode === "corrected" ? "certain" : "sensible"),
    count("answers", 0, 1, "sensible"),
  ],
  "startend:quotation": (_, mode) => {
    const [opening, closing] = mode === "compat" ? ['"', '"'] : [OPENING_QUOTES, CLOSING_QUOTES];
    return [
      { type: "edge", place: "first", characters: opening, shown: "a quotation mark", certainty: "certain" },
      { type: "edge", place: "last", characters: closing, shown: "a quotation mark", certainty: "certain" },
      ...(mode === "compat" ? [count('letters """', 2)] : []),
    ];
  },
  "raif:uppercase": () => [capitalsOnly],
  "raif:lowercase": () => [smallOnly],
  "change_case:english_capital": (_, mode) => [capitalsOnly, inLanguage("en", mode)],
  "change_case:english_lowercase": (_, mode) => [smallOnly, inLanguage("en", mode)],
  "language:response_language": ({ language }, mode) => (typeof language === "string" ? [inLanguage(language, mode)] : []),
  "format:title_case": () => caseOf("A", "words that begin with a capital"),
  // The public checker wants the sentence as it is written.
  "detectable_format:constrained_response": (_, mode) => [
    ...(mode === "compat" ? caseOf("My", "one of the fixed sentences") : []),
    { type: "holds", text: "my answer is", times: 1, inside: mode === "compat", certainty: mode === "compat" ? "certain" : "sensible" },
    count("words", 4),
    count("sentences", 1, Infinity),
  ],
  "detectable_format:multiple_sections": ({ section_spliter, num_sections }, mode) => {
    const splitter = textOf(section_spliter);
    if (splitter === undefined || mode === "corrected" || Number(num_sections) < 1 || !/^[\p{L} ]+$/u.test(splitter)) return [];
    return caseOf(splitter, `"${splitter}" before each section`);
  },
  "raif:equals": ({ text }) => {
    const whole = textOf(text);
    return whole === undefined ? [] : [{ type: "whole", answers: [whole, `${whole.replace(/\.$/, "")}.`], certainty: "certain" }];
  },
  "raif:equals_number": ({ value, tolerance }) => {
    const number = numberOf(value);
    if (number === undefined || (numberOf(tolerance) ?? 0) > 0) return [];
    const written = [String(number), number.toLocaleString("en", { maximumFractionDigits: 20 }), number.toFixed(1)].filter(
      (text) => Number(text.replaceAll(",", "")) === number,
    );
    const marked = written.flatMap((text) => [text, `${text}.`, `"${text}"`, `*${text}*`, `**${text}**`, `* ${text}`, `\`${text}\``]);
    return [{ type: "whole", answers: marked, certainty: "sensible" }];
  },
};
