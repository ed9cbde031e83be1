// Which language a text is in, as langdetect decides it: naive Bayes over the letters, pairs and triples of its words (N. Shuyo,
// "Language Detection Library for Java", 2010) with the same 55 profiles. Differs in two ways: draws are seeded, so that the same
// text always gives the same language, and there are 21 trials instead of 7, so that it is the one most runs of langdetect give.

import { Random } from "../tensor/random.ts";
import { readLanguageProfiles, type LanguageProfiles } from "./text-resources.ts";

const TRIALS = 21;
const SEED = 1;
const ALPHA = 0.5;
const ALPHA_WIDTH = 0.05;
const BASE_FREQUENCY = 10_000;
const MAX_DRAWS = 1000;
const CONVERGED = 0.99999;
/** A language less probable than this is not named. */
const LEAST_PROBABILITY = 0.1;
const MAX_CHARACTERS = 10_000;
/** Too few letters to tell English from its neighbours. */
const SHORT_TEXT_LETTERS = 20;

/** Every language that can be told, as ISO 639-1, with Chinese by script. */
export const LANGUAGES: readonly string[] = (
  "af ar bg bn ca cs cy da de el en es et fa fi fr gu he hi hr hu id it ja kn ko lt lv " +
  "mk ml mr ne nl no pa pl pt ro ru sk sl so sq sv sw ta te th tl tr uk ur vi zh-cn zh-tw"
).split(" ");

export interface LanguageGuess {
  /** One of LANGUAGES. */
  readonly language: string;
  readonly probability: number;
}

interface Gram {
  readonly languages: Uint8Array;
  readonly probabilities: Float64Array;
}

interface Model {
  readonly languages: readonly string[];
  /** By n-gram. */
  readonly find: (gram: string) => Gram | undefined;
  readonly han: ReadonlyMap<string, string>;
}

let loaded: Model | undefined;

/**
 * The most probable languages first; empty if no language stands out; undefined for a text without letters to go by. Fewer trials are
 * quicker and less sure; verdicts take all.
 */
export function detectLanguages(text: string, trials = TRIALS): LanguageGuess[] | undefined {
  const model = (loaded ??= loadModel());
  const grams = extractGrams(withoutLatin(prepare(text)), model);
  if (grams.length === 0) return undefined;
  const random = new Random(SEED);
  const sums = new Float64Array(model.languages.length);
  for (let trial = 0; trial < trials; trial += 1) {
    const probabilities = runTrial(grams, model.languages.length, random);
    for (let index = 0; index < sums.length; index += 1) sums[index]! += probabilities[index]! / trials;
  }
  return Array.from(sums, (probability, index) => ({ language: model.languages[index] ?? "", probability }))
    .filter(({ probability }) => probability > LEAST_PROBABILITY)
    .sort((a, b) => b.probability - a.probability);
}

/** The most probable language; "unknown" if none stands out; undefined for a text without letters to go by. */
export function detectLanguage(text: string): string | undefined {
  const guesses = detectLanguages(text);
  return guesses === undefined ? undefined : (guesses[0]?.language ?? "unknown");
}

/** True for a text of Latin letters that is English, could be, or is too short to tell; false for one without letters. */
export function isPlausiblyEnglish(text: string): boolean {
  const letters = text.match(/\p{L}/gu) ?? [];
  if (letters.length === 0 || letters.some((letter) => !/\p{Script=Latin}/u.test(letter))) return false;
  return letters.length < SHORT_TEXT_LETTERS || (detectLanguages(text) ?? []).some(({ language }) => language === "en");
}

/** Draws n-grams of the text until one language has all the probability. */
function runTrial(grams: readonly Gram[], languages: number, random: Random): Float64Array {
  const probabilities = new Float64Array(languages).fill(1 / languages);
  const weight = (ALPHA + random.normal() * ALPHA_WIDTH) / BASE_FREQUENCY;
  for (let draw = 0; draw <= MAX_DRAWS; draw += 1) {
    const gram = grams[random.integer(grams.length)]!;
    // Every language is multiplied by (weight + its probability); dividing by weight leaves those without this n-gram as they are.
    for (let index = 0; index < gram.languages.length; index += 1) {
      probabilities[gram.languages[index]!]! *= 1 + gram.probabilities[index]! / weight;
    }
    if (draw % 5 === 0 && normalise(probabilities) > CONVERGED) break;
  }
  return probabilities;
}

/** Makes them sum to 1 and gives the largest. */
function normalise(probabilities: Float64Array): number {
  let sum = 0;
  for (const probability of probabilities) sum += probability;
  let largest = 0;
  for (let index = 0; index < probabilities.length; index += 1) {
    const probability = probabilities[index]! / sum;
    probabilities[index] = probability;
    if (probability > largest) largest = probability;
  }
  return largest;
}

const WEB_ADDRESS = /https?:\/\/[-_.?&~;+=/#0-9A-Za-z]{1,2076}/g;
const MAIL_ADDRESS = /[-_.0-9A-Za-z]{1,64}@[-_0-9A-Za-z]{1,255}[-_.0-9A-Za-z]{1,255}/g;
const VIETNAMESE_MARKED = /[AEIOUYaeiouyÂÊÔâêôĂăƠơƯư][\u0300\u0301\u0303\u0309\u0323]/g;

/** Addresses out, Vietnamese marks composed, at most so many characters, spaces single. */
function prepare(text: string): string[] {
  const cleaned = text
    .replace(WEB_ADDRESS, " ")
    .replace(MAIL_ADDRESS, " ")
    .replace(VIETNAMESE_MARKED, (marked) => marked.normalize("NFC"));
  // A character can take two code units; twice the limit of units holds enough characters.
  return Array.from(cleaned.slice(0, 2 * MAX_CHARACTERS))
    .slice(0, MAX_CHARACTERS)
    .filter((character, index, all) => character !== " " || all[index - 1] !== " ");
}

/** In a text mostly of another script, what is between "A" and "z" says nothing about its language. */
function withoutLatin(characters: readonly string[]): readonly string[] {
  const isLatin = (character: string): boolean => character >= "A" && character <= "z" && character.length === 1;
  let latin = 0;
  let other = 0;
  for (const character of characters) {
    if (isLatin(character)) latin += 1;
    else if (character >= "\u0300") other += 1;
  }
  return latin * 2 < other ? characters.filter((character) => !isLatin(character)) : characters;
}

/** The known n-grams of 1 to 3 characters; words in capitals give none. */
function extractGrams(characters: readonly string[], model: Model): Gram[] {
  const found: Gram[] = [];
  const add = (text: string): void => {
    const known = model.find(text);
    if (known !== undefined) found.push(known);
  };
  // The last three characters of the word, blank before it begins; a space stands on both of its sides.
  let [second, last] = ["", " "];
  let inCapitals = false;
  for (const raw of characters) {
    const character = normaliseCharacter(raw, model.han);
    const startsWord = last === " ";
    if (startsWord && character === " ") continue;
    if (startsWord) inCapitals = false;
    const third = startsWord ? "" : second;
    second = startsWord ? " " : last;
    inCapitals = isCapital(character) && (inCapitals || isCapital(last));
    last = character;
    if (inCapitals) continue;
    if (last !== " ") add(last);
    add(second + last);
    if (third !== "") add(third + second + last);
  }
  return found;
}

const CAPITAL = /^\p{Uppercase}$/u;

function isCapital(character: string): boolean {
  if (character <= "\u007f") return character >= "A" && character <= "Z";
  return CAPITAL.test(character);
}

/** Writes characters that say the same about a language as one of them. */
function normaliseCharacter(character: string, han: ReadonlyMap<string, string>): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0x7f) return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) ? character : " ";
  if (code <= 0xff) return "\u00a0«°»".includes(character) ? " " : character;
  if (code === 0x219) return "\u015f";
  if (code === 0x21b) return "\u0163";
  if (code === 0x6cc) return "\u064a";
  if (code >= 0x1ea0 && code <= 0x1eff) return "\u1ec3";
  if (code >= 0x2000 && code <= 0x206f) return " ";
  if (code >= 0x3040 && code <= 0x309f) return "\u3042";
  if (code >= 0x30a0 && code <= 0x30ff) return "\u30a2";
  if ((code >= 0x3100 && code <= 0x312f) || (code >= 0x31a0 && code <= 0x31bf)) return "\u3105";
  if (code >= 0x4e00 && code <= 0x9fff) return han.get(character) ?? character;
  if (code >= 0xac00 && code <= 0xd7af) return "\uac00";
  return character;
}

/** Tables are made ready n-gram by n-gram, as texts ask for them: few of the 87,598 ever occur. */
function loadModel(): Model {
  const { languages, totals, hanClasses, grams } = readLanguageProfiles();
  const ready = new Map<string, Gram>();
  const find = (text: string): Gram | undefined => {
    const known = ready.get(text);
    if (known !== undefined || !Object.hasOwn(grams, text)) return known;
    const gram = readGram(text, grams[text] ?? [], totals);
    ready.set(text, gram);
    return gram;
  };
  const han = hanClasses.flatMap((members) =>
    Array.from(members, (member): [string, string] => [member, Array.from(members)[0] ?? member]),
  );
  return { languages, find, han: new Map(han) };
}

function readGram(text: string, pairs: readonly number[], totals: LanguageProfiles["totals"]): Gram {
  const length = Array.from(text).length;
  const indices = pairs.filter((_, position) => position % 2 === 0);
  const counts = pairs.filter((_, position) => position % 2 === 1);
  const probabilities = counts.map((count, position) => count / (totals[indices[position] ?? 0]?.[length - 1] ?? 1));
  return { languages: Uint8Array.from(indices), probabilities: Float64Array.from(probabilities) };
}
