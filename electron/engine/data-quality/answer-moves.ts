// What to try when an answer fails a rule: one edit a rule of the catalogue that often makes it pass. An edit may break other rules;
// the search (answer-search.ts) decides. A rule without an entry is not searched for.

import type { Random } from "../tensor/random.ts";
import {
  addWords,
  insertInside,
  newWord,
  removeLiteral,
  removeWords,
  replaceInside,
  replaceWords,
  wordGroups,
  wordPlaces,
} from "./answer-edits.ts";
import { stringList } from "./rule-arguments.ts";

type Kwargs = Readonly<Record<string, unknown>>;
export type Move = (text: string, kwargs: Kwargs, random: Random) => string;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" ? value : 0);
/** The count to aim at for a threshold with a relation. */
const aim = (count: unknown, relation: unknown): number => (relation === "less than" ? number(count) - 1 : number(count));
const count = (body: string, pattern: RegExp): number => body.match(pattern)?.length ?? 0;
const wordCount = (body: string): number => wordPlaces(body).length;

function toWordCount(body: string, target: number, random: Random): string {
  const have = wordCount(body);
  return have < target ? addWords(body, target - have, random) : removeWords(body, have - target, random);
}

/** Inside, or in the place of another word, or at an end: which one suits depends on the other rules. */
function put(body: string, addition: string, random: Random): string {
  const draw = random.float();
  if (draw < 0.4) return replaceInside(body, addition, random);
  if (draw < 0.7) return insertInside(body, addition, random);
  return draw < 0.78 ? `${addition} ${body}` : `${body} ${addition}`;
}

function lines(body: string, total: number, mark: (index: number) => string, old: RegExp, random: Random): string {
  const have = count(body, old);
  if (have < total && random.float() < 0.5)
    return appended(body, total - have, (index) => `\n${mark(have + index)} ${newWord(body, random)}`);
  const plain = body.replace(old, "");
  const items = wordGroups(plain, total, random).map((words, index) => `${mark(index)} ${words}`);
  // A first line without a mark leaves room for what the whole answer has to start with.
  return (random.float() < 0.3 ? [newWord(plain, random), ...items] : items).join("\n");
}

/** What is there stays as it is. */
function appended(body: string, times: number, part: (index: number) => string): string {
  return body.trimEnd() + Array.from({ length: Math.max(0, times) }, (_, index) => part(index)).join("");
}

function setEnd(body: string, end: string): string {
  return `${body.trimEnd()}${end}`;
}

function existence(body: string, { keywords }: Kwargs, random: Random): string {
  const missing = stringList(keywords).filter((word) => !body.toLowerCase().includes(word.trim().toLowerCase()));
  return missing.reduce((grown, word) => put(grown, word.trim(), random), body);
}

function withoutWords(body: string, words: readonly string[], random: Random): string {
  const unwanted = new Set(words.map((word) => word.trim().toLowerCase()));
  const swapped = replaceWords(
    body,
    (word) => unwanted.has(word.toLowerCase()),
    () => newWord(body, random),
  );
  return words.filter((word) => /\s/.test(word.trim())).reduce((cut, phrase) => removeLiteral(cut, phrase.trim()), swapped);
}

function frequency(body: string, { keyword, frequency: times, relation }: Kwargs, random: Random): string {
  const word = text(keyword).trim();
  const have = body.toLowerCase().split(word.toLowerCase()).length - 1;
  if (relation === "less than") return removeLiteral(body, word);
  if (random.float() < 0.4) return appended(body, number(times) - have, () => ` ${word}`);
  let grown = body;
  for (let i = have; i < number(times); i++) grown = put(grown, word, random);
  return grown;
}

function letterFrequency(body: string, { letter, let_frequency: times, let_relation: relation }: Kwargs, random: Random): string {
  const wanted = text(letter).toLowerCase();
  const have = Array.from(body.toLowerCase()).filter((character) => character === wanted).length;
  if (relation === "less than") {
    return replaceWords(
      body,
      (word) => word.toLowerCase().includes(wanted),
      () => newWord(body, random, (word) => !word.includes(wanted)),
    );
  }
  const missing = number(times) - have;
  if (missing <= 0) return body;
  if (!/[\p{L}\p{N}]/u.test(wanted) || random.float() < 0.5) return put(body, wanted.repeat(missing), random);
  let grown = body;
  for (let i = 0; i < missing; i++)
    grown = put(
      grown,
      newWord(grown, random, (word) => word.includes(wanted)),
      random,
    );
  return grown;
}

function capitals(body: string, kwargs: Kwargs, random: Random): string {
  const target = aim(kwargs["capital_frequency"], kwargs["capital_relation"]);
  if (kwargs["capital_relation"] === "less than") return body.toLowerCase();
  const grown = wordCount(body) < target ? addWords(body, target - wordCount(body), random) : body;
  let left = target;
  return replaceWords(
    grown,
    () => left-- > 0,
    (word) => word.toUpperCase(),
  );
}

function sentences(body: string, { num_sentences: times, relation }: Kwargs, random: Random): string {
  if (relation === "less than") return body.replace(/[.!?]+(?=\s)/g, "");
  if (random.float() < 0.5) return appended(body, number(times), () => " Then it was so.");
  const groups = wordGroups(body, number(times), random);
  return groups.map((words) => `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`).join(" ");
}

const ENGLISH = "This is what the people of our town would have said about it when they were still there with us";

/** Filler alone is in no language for sure. */
function english(body: string, random: Random): string {
  if (random.float() < 0.3) return body;
  return random.float() < 0.6 ? insertInside(body, ENGLISH, random) : `${ENGLISH} ${body}`;
}

/** The words regrouped, or the divider and a word behind what is there. */
function paragraphs(body: string, total: number, random: Random): string {
  if (random.float() < 0.5) return wordGroups(body, total, random).join(DIVIDER);
  const whole = body.replaceAll(DIVIDER, "\n");
  return appended(whole, total - 1, () => DIVIDER + newWord(whole, random));
}

const DIVIDER = "\n***\n";

function edgeWord(body: string, word: string, which: 0 | -1): string {
  const place = wordPlaces(body).at(which);
  return place === undefined ? word : body.slice(0, place.start) + word + body.slice(place.end);
}

function onlyFrom(body: string, { words }: Kwargs, random: Random): string {
  const allowed = stringList(words);
  const known = new Set(allowed.map((word) => word.toLowerCase()));
  return replaceWords(
    body,
    (word) => !known.has(word.toLowerCase()),
    () => random.pick(allowed),
  );
}

function wordsFrom(body: string, { words, at_least: least }: Kwargs, random: Random): string {
  const missing = random.shuffle(stringList(words).filter((word) => !new RegExp(`\\b${word}\\b`, "iu").test(body)));
  const have = stringList(words).length - missing.length;
  return missing.slice(0, Math.max(0, number(least) - have)).reduce((grown, word) => put(grown, word, random), body);
}

function sorted(body: string, random: Random): string {
  const found = wordPlaces(body).map(({ start, end }) => body.slice(start, end));
  while (found.length < 2) found.push(newWord(found.join(" "), random));
  const ordered = found.sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  let next = 0;
  return found.length === wordCount(body)
    ? replaceWords(
        body,
        () => true,
        () => ordered[next++] ?? "",
      )
    : ordered.join(" ");
}

function unique(body: string, random: Random): string {
  const seen = new Set<string>();
  return replaceWords(
    body,
    (word) => seen.has(word.toLowerCase()) || (seen.add(word.toLowerCase()), false),
    () => {
      const word = newWord(body, random, (candidate) => !seen.has(candidate));
      seen.add(word);
      return word;
    },
  );
}

function highlights(body: string, target: number, random: Random): string {
  if (random.float() < 0.5) return appended(body, target, () => ` *${newWord(body, random)}*`);
  const grown = wordCount(body) < target ? addWords(body, target - wordCount(body), random) : body;
  let left = target;
  return replaceWords(
    grown.replaceAll("*", ""),
    () => left-- > 0,
    (word) => `*${word}*`,
  );
}

function twoResponses(body: string, random: Random): string {
  const first = (body.split("******")[0] ?? "").trim() || newWord(body, random);
  return `${first}\n******\n${replaceInside(first, newWord(first, random), random)}`;
}

export const MOVES: Readonly<Record<string, Move>> = {
  "change_case:capital_word_frequency": capitals,
  "change_case:english_capital": (body, _, random) => english(body, random).toUpperCase(),
  "change_case:english_lowercase": (body, _, random) => english(body, random).toLowerCase(),
  "combination:repeat_prompt": (body, { prompt_to_repeat: prompt }) => `${text(prompt)}\n${body}`,
  "combination:two_responses": (body, _, random) => twoResponses(body, random),
  "detectable_content:number_placeholders": (body, { num_placeholders: target }, random) => {
    const missing = number(target) - count(body, /\[.*?\]/g);
    return Array.from({ length: Math.max(0, missing) }).reduce<string>(
      (grown, _, index) => put(grown, `[${["name", "place", "time"][index % 3] ?? "name"}]`, random),
      body,
    );
  },
  "detectable_content:postscript": (body, { postscript_marker: marker }) => `${body}\n${text(marker)} thanks`,
  "detectable_format:constrained_response": (body, _, random) =>
    random.pick(["My answer is yes.", `My answer is no. ${body}`, `${body.trimEnd()}. My answer is no.`]),
  "detectable_format:json_format": (body, _, random) =>
    random.float() < 0.7 ? JSON.stringify({ text: body.trim() }) : JSON.stringify(body.trim()),
  "detectable_format:multiple_sections": (body, { section_spliter: splitter, num_sections: target }, random) =>
    random.float() < 0.7
      ? lines(body, number(target), (index) => `${text(splitter)} ${index + 1}\n`, /^$/g, random)
      : appended("", number(target), (index) => `${text(splitter)} ${index + 1}\n`),
  "detectable_format:number_bullet_lists": (body, { num_bullets: target }, random) =>
    lines(body, number(target), () => "*", /^\s*[*-]\s?/gm, random),
  "detectable_format:number_highlighted_sections": (body, { num_highlights: target }, random) => highlights(body, number(target), random),
  "detectable_format:title": (body, _, random) => (random.float() < 0.6 ? `<<title>>\n${body}` : `${body}\n<<title>>`),
  "detectable_format:xml_format": (body, _, random) =>
    random.float() < 0.8 ? `<answer>${body.replace(/[<>&]/g, "")}</answer>` : `${body}\n<note>${newWord(body, random)}</note>`,
  "keywords:existence": existence,
  "keywords:forbidden_words": (body, { forbidden_words: words }, random) => withoutWords(body, stringList(words), random),
  "keywords:frequency": frequency,
  "keywords:letter_frequency": letterFrequency,
  "length_constraints:nth_paragraph_first_word": (body, { num_paragraphs: total, nth_paragraph: nth, first_word: word }, random) =>
    wordGroups(body, number(total), random)
      .map((words, index) => (index + 1 === number(nth) ? edgeWord(words, text(word), 0) : words))
      .join("\n\n"),
  "length_constraints:number_paragraphs": (body, { num_paragraphs: target }, random) => paragraphs(body, number(target), random),
  "length_constraints:number_sentences": sentences,
  "length_constraints:number_words": (body, { num_words: words, relation }, random) => toWordCount(body, aim(words, relation), random),
  "punctuation:no_comma": (body) => body.replaceAll(",", ""),
  "raif:contains_number": (body, { value }, random) => put(body, String(value), random),
  "raif:ends_with_mark": (body, { mark }) => setEnd(body.trimEnd().replace(/[^\p{L}\p{N}>\])*"]$/u, ""), text(mark)),
  "raif:equals": (_, { text: wanted }) => text(wanted),
  "raif:exact_words": (body, { count: words }, random) => toWordCount(body, number(words), random),
  "raif:first_word": (body, { word }, random) => (random.float() < 0.5 ? edgeWord(body, text(word), 0) : `${text(word)} ${body}`),
  "raif:last_word": (body, { word }, random) => (random.float() < 0.5 ? edgeWord(body, text(word), -1) : `${body} ${text(word)}`),
  "raif:lowercase": (body, _, random) => (wordCount(body) === 0 ? newWord(body, random) : body.toLowerCase()),
  "raif:more_often": (body, { word, than }, random) => put(withoutWords(body, [text(than)], random), text(word), random),
  "raif:numbered_list": (body, { count: total }, random) =>
    lines(body, number(total), (index) => `${index + 1}.`, /^[ \t]*[0-9]+\.[ \t]+/gm, random),
  "raif:only_words_from": onlyFrom,
  "raif:separator": (body, { separator, count: parts }, random) =>
    wordGroups(removeLiteral(body, text(separator)), number(parts), random).join(` ${text(separator)} `),
  "raif:sorted_words": (body, _, random) => sorted(body, random),
  "raif:unique_words": (body, _, random) => unique(body, random),
  "raif:uppercase": (body, _, random) => (wordCount(body) === 0 ? newWord(body, random) : body).toUpperCase(),
  "raif:words_from": wordsFrom,
  "startend:end_checker": (body, { end_phrase: phrase }) => `${body.trimEnd().replace(/"$/, "")}\n${text(phrase).trim()}`,
  "startend:quotation": (body) => `"${body.trim().replace(/^"|"$/g, "")}"`,
};
