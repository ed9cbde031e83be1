// Texts of one record in different languages: an instruction in one and its demonstration or its words to use in another. Scripts are
// compared, which is certain also for a few words, and languages of one script where both texts are long enough to be certain of. A
// request that itself speaks of a language or brings a text in another one asks for what it gets.

import type { QualityFinding } from "../../../shared/domain/quality.ts";
import { detectLanguages } from "../constraints/language.ts";
import { activeRules } from "./active-rules.ts";
import { stringList } from "./rule-arguments.ts";
import { findingRow, type QualityRow } from "./quality-row.ts";

const SCRIPTS = [
  "Latin",
  "Han",
  "Kana",
  "Hangul",
  "Cyrillic",
  "Arabic",
  "Devanagari",
  "Hebrew",
  "Greek",
  "Thai",
  "Bengali",
  "Tamil",
  "Telugu",
  "Kannada",
  "Malayalam",
  "Gujarati",
  "Gurmukhi",
  "Sinhala",
  "Georgian",
  "Armenian",
  "Khmer",
  "Lao",
  "Myanmar",
  "Ethiopic",
] as const;
export type Script = (typeof SCRIPTS)[number];

const PATTERNS: readonly (readonly [Script, RegExp])[] = SCRIPTS.map((script) => [
  script,
  script === "Kana" ? /[\p{Script=Hiragana}\p{Script=Katakana}]/gu : new RegExp(`\\p{Script=${script}}`, "gu"),
]);
/** A Latin letter is a fraction of a word; a Chinese character often is one. */
const LATIN_LETTERS_A_WORD = 4;
/** Less text says nothing about the writing. */
const LEAST_LETTERS = 2;
/** Rules that themselves ask for another language. */
const LANGUAGE_RULES = new Set(["language:response_language", "count:words_japanese"]);
/** Arguments that are to stand in the answer. */
const WORD_ARGUMENTS = new Set(["keywords", "keyword", "end_phrase", "first_word", "word", "words", "text"]);
const LANGUAGE_NAMES =
  "english|chinese|mandarin|cantonese|japanese|korean|french|german|spanish|italian|portuguese|dutch|russian|arabic|hindi|urdu|bengali|" +
  "tamil|telugu|kannada|marathi|gujarati|punjabi|persian|turkish|greek|hebrew|thai|vietnamese|swahili|polish|czech|swedish|finnish|" +
  "danish|norwegian|bulgarian|ukrainian|latin";
const SPEAKS_OF_LANGUAGES = new RegExp(
  `\\b(?:translat\\w*|bilingual|languages?|${LANGUAGE_NAMES})\\b|翻译|译成|译为|双语|[中英日韩法德俄]译|[中英日韩法德俄]文|[汉英日韩法德俄]语|西班牙语|葡萄牙语|阿拉伯语|意大利语`,
  "i",
);
/** What is no prose: code, tags, places to fill in, addresses, formulas, names with marks inside. */
const NO_PROSE =
  /```[^]*?(?:```|$)|`[^`\n]*`|<\/?[a-zA-Z][^<>\n]*>|\{[\w ]+\}|https?:\/\/\S+|\$[^$\n]+\$|\\\w+(?:\{[^}\n]*\})*|\b\w+[_./@]\w[\w./@-]*/g;
/** A line of code without a fence: a block, a call or an assignment by itself. */
const CODE_LINE = new RegExp(
  [
    String.raw`^.*[;{]\s*$`,
    String.raw`^\s*[}\])].*$`,
    String.raw`^\s*(?:def|class|if|for|while|else|elif|try|except|with|function)\b.*:\s*$`,
    String.raw`^\s*(?:return|raise|throw|import|const|var|public|private)\s.*[;)\]"']\s*$`,
    String.raw`^\s*[\w.]+\(.*\)\s*[:;,)]?\s*$`,
    String.raw`^\s*[\w.[\]'"]+\s*[-+*]?=\s*\S.*$`,
  ].join("|"),
  "gm",
);
/** A few foreign words are names. */
const LEAST_WEIGHT = 6;
/** Share of the request's words from which a script is one of its own. */
const OWN_SHARE = 0.15;
/** So many words are the request itself, however much code, log or table it brings along; Latin ones are everywhere. */
const OWN_WEIGHT = 4;
/** Scripts that so many languages are written in that the script alone says nothing. */
const SHARED_SCRIPTS: ReadonlySet<Script> = new Set<Script>(["Latin", "Cyrillic", "Arabic", "Devanagari"]);
/** Share of the answer's words that its script has to have. */
const CLEAR_SHARE = 0.7;
const LEAST_LETTERS_TO_TELL = 50;
const CERTAIN = 0.99;
const LOOKED_AT = 1000;

/** The script that most words are written in; null for texts without letters. Chinese with some Kana is Japanese: "Kana". */
export function mainScript(text: string): Script | null {
  const weights = scriptWeights(text);
  const best = weights.reduce((a, b) => (b.weight > a.weight ? b : a));
  if (best.letters < LEAST_LETTERS) return null;
  const kana = weights.find(({ script }) => script === "Kana")?.weight ?? 0;
  return best.script === "Han" && kana * 5 > best.weight ? "Kana" : best.script;
}

interface ScriptWeight {
  readonly script: Script;
  readonly letters: number;
  /** About how many words. */
  readonly weight: number;
}

const ASCII_ONLY = /^[\x00-\x7f]*$/;

function scriptWeights(text: string): ScriptWeight[] {
  // Nearly all English text, and many times as fast.
  if (ASCII_ONLY.test(text)) {
    const letters = text.match(/[A-Za-z]+/g)?.reduce((sum, run) => sum + run.length, 0) ?? 0;
    return [{ script: "Latin", letters, weight: letters / LATIN_LETTERS_A_WORD }];
  }
  return PATTERNS.map(([script, pattern]) => {
    const letters = text.match(pattern)?.length ?? 0;
    const isOfLetters = script === "Latin" || script === "Cyrillic" || script === "Greek";
    return { script, letters, weight: isOfLetters ? letters / LATIN_LETTERS_A_WORD : letters };
  });
}

function proseOf(text: string): string {
  return text.replace(NO_PROSE, " ").replace(CODE_LINE, " ");
}

/** "language-mismatch", at most one a row. */
export function findLanguageMismatch(row: QualityRow): QualityFinding | undefined {
  const asked = mainScript(proseOf(row.text)) ?? mainScript(row.text);
  if (asked === null) return undefined;
  const rules = activeRules(row.record);
  if (rules.some(({ id }) => LANGUAGE_RULES.has(id)) || SPEAKS_OF_LANGUAGES.test(row.text)) return undefined;
  const { expert } = row.record;
  const explanation =
    expert === undefined ? undefined : (otherScript(row.text, asked, expert.answer) ?? otherLanguage(row.text, expert.answer));
  if (explanation !== undefined) {
    return {
      type: "language-mismatch",
      severity: "warning",
      rows: [findingRow(row)],
      explanation,
      fixes: [{ type: "drop-demonstration", rowKeys: [row.key] }],
    };
  }
  const words = rules.flatMap(({ kwargs }) =>
    Object.entries(kwargs).flatMap(([name, value]) =>
      !WORD_ARGUMENTS.has(name) ? [] : typeof value === "string" ? [value] : stringList(value),
    ),
  );
  const foreign = words.find((word) => ![null, asked].includes(mainScript(word)) && !row.text.includes(word.trim()));
  if (foreign === undefined) return undefined;
  return {
    type: "language-mismatch",
    severity: "note",
    rows: [findingRow(row)],
    explanation: `the instruction is written in ${asked}, but a rule asks for "${foreign.slice(0, 60)}"`,
    fixes: [],
  };
}

/** An answer that is clearly in a script the request hardly has. Short ones are names, numbers and options. */
function otherScript(request: string, asked: Script, answer: string): string | undefined {
  const prose = withoutWordsOf(request, proseOf(answer));
  const shown = mainScript(prose);
  if (shown === null || shown === asked) return undefined;
  const given = scriptWeights(prose);
  const total = given.reduce((sum, { weight }) => sum + weight, 0);
  const weight = given.find(({ script }) => script === shown)?.weight ?? 0;
  if (weight < LEAST_WEIGHT || weight < CLEAR_SHARE * total) return undefined;
  const own = scriptWeights(proseOf(request));
  const ownWeight = own.find(({ script }) => script === shown)?.weight ?? 0;
  const isOwn = ownWeight >= OWN_SHARE * own.reduce((sum, each) => sum + each.weight, 0) || (shown !== "Latin" && ownWeight >= OWN_WEIGHT);
  return isOwn ? undefined : `the instruction is written in ${asked}, the demonstration's answer in ${shown}`;
}

/** Names of fields, titles and the like that the request asks for say nothing about the answer's own language. */
function withoutWordsOf(request: string, answer: string): string {
  const words = new Set(request.toLowerCase().match(LATIN_WORDS));
  return words.size === 0 ? answer : answer.replace(LATIN_WORDS, (word) => (words.has(word.toLowerCase()) ? " " : word));
}

const LATIN_WORDS = /\p{Script=Latin}+/gu;

/** Of one script, where both are long enough and the detector has no doubt. */
function otherLanguage(request: string, answer: string): string | undefined {
  const [requestProse, answerProse] = [proseOf(request), proseOf(answer)];
  const script = mainScript(answerProse);
  if (script === null || script !== mainScript(requestProse) || !SHARED_SCRIPTS.has(script)) return undefined;
  // Nearly all pairs are in one language, which a few trials show.
  if (likelyLanguage(answerProse) === likelyLanguage(requestProse)) return undefined;
  const given = certainLanguage(answerProse);
  const asked = given === undefined ? undefined : certainLanguage(requestProse);
  if (asked === undefined || given === undefined || asked.language === given.language) return undefined;
  const percent = (probability: number): string => `${Math.floor(100 * probability)} %`;
  return (
    `the instruction is in "${asked.language}" (${percent(asked.probability)} certain), ` +
    `the demonstration's answer in "${given.language}" (${percent(given.probability)})`
  );
}

const FEW_TRIALS = 3;

function likelyLanguage(text: string): string | undefined {
  return detectLanguages(text.slice(0, LOOKED_AT), FEW_TRIALS)?.[0]?.language.slice(0, 2);
}

/** Chinese is one language in both ways of writing it. */
function certainLanguage(text: string): { readonly language: string; readonly probability: number } | undefined {
  const start = text.slice(0, LOOKED_AT);
  if ((start.match(/\p{L}/gu)?.length ?? 0) < LEAST_LETTERS_TO_TELL) return undefined;
  const [best] = detectLanguages(start) ?? [];
  return best === undefined || best.probability < CERTAIN ? undefined : { ...best, language: best.language.slice(0, 2) };
}
