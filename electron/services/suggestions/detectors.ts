// How instructions ask for the rules of the catalogue: patterns of general English (chinese-detectors.ts: of Chinese), each with what its match asks for. Finding them in
// a text is suggest-rules.ts.

import { CHINESE_DETECTORS } from "./chinese-detectors.ts";
import { counting } from "./counting-detectors.ts";
import { NUMBER, QUOTED, readLimits, readList, readNumber, RELATION } from "./phrase.ts";

export interface SuggestedRule {
  readonly id: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
}

export interface Detector {
  /** Flags g, i and u. */
  readonly pattern: RegExp;
  /** Nothing if the match asks for nothing after all. */
  readonly read: (match: RegExpExecArray, text: string) => readonly SuggestedRule[];
}

const only =
  (id: string, kwargs: Readonly<Record<string, unknown>> = {}): Detector["read"] =>
  () => [{ id, kwargs }];

const NOT =
  "(?:do(?:es)? not|do(?:es)?n['’]?t|never|without|not|avoid|refrain from|no|should not|shouldn['’]?t|must not|cannot|can['’]?t|free of|stop)";
const WORDS_LIST = `(?<list>(?:["“'‘][^"”\\n]{1,60}?["”'’](?:\\s*(?:,|and|or|nor|&)\\s*(?:and\\s+|or\\s+)?)?){1,12}|[\\p{L}][^.!?\\n"“:;]{0,80})`;
const LANGUAGES: Readonly<Record<string, string>> = {
  arabic: "ar",
  bengali: "bn",
  bulgarian: "bg",
  chinese: "zh",
  dutch: "nl",
  english: "en",
  finnish: "fi",
  french: "fr",
  german: "de",
  gujarati: "gu",
  hebrew: "he",
  hindi: "hi",
  italian: "it",
  japanese: "ja",
  kannada: "kn",
  korean: "ko",
  malayalam: "ml",
  marathi: "mr",
  nepali: "ne",
  persian: "fa",
  farsi: "fa",
  polish: "pl",
  portuguese: "pt",
  punjabi: "pa",
  russian: "ru",
  spanish: "es",
  swahili: "sw",
  swedish: "sv",
  tamil: "ta",
  telugu: "te",
  thai: "th",
  turkish: "tr",
  ukrainian: "uk",
  urdu: "ur",
  vietnamese: "vi",
};
const LANGUAGE = `(?<language>${Object.keys(LANGUAGES).join("|")})`;

function keywords({ groups }: RegExpExecArray): SuggestedRule[] {
  const found = readList(groups?.["list"] ?? "").filter((word) => word.split(/\s+/).length <= 4);
  // How often is another rule.
  if (found.some((word) => /\b(?:at least|less than|more than|once|twice|times)\b/i.test(word))) return [];
  return found.length === 0 ? [] : [{ id: "keywords:existence", kwargs: { keywords: found } }];
}

function forbidden({ groups }: RegExpExecArray): SuggestedRule[] {
  const found = readList(groups?.["list"] ?? "").filter((word) => word.split(/\s+/).length <= 4);
  return found.length === 0 ? [] : [{ id: "keywords:forbidden_words", kwargs: { forbidden_words: found } }];
}

function times(
  id: "keyword" | "letter",
  item: string | undefined,
  relation: string | undefined,
  number: string | undefined,
): SuggestedRule[] {
  const limits = readLimits(relation, number);
  if (item === undefined || limits === undefined) return [];
  const relations: readonly (readonly [string, number])[] =
    limits.type === "exactly"
      ? relation === undefined
        ? [["at least", limits.count]]
        : [
            ["at least", limits.count],
            ["less than", limits.count + 1],
          ]
      : [[limits.type === "at-least" ? "at least" : "less than", limits.count]];
  return relations.map(([name, count]) =>
    id === "keyword"
      ? { id: "keywords:frequency", kwargs: { keyword: item, frequency: count, relation: name } }
      : { id: "keywords:letter_frequency", kwargs: { letter: item.toLowerCase(), let_frequency: count, let_relation: name } },
  );
}

const HOW_OFTEN = `${RELATION}(?:${NUMBER}\\s+(?:or more\\s+)?times?|(?<often>once|twice|thrice))`;

function frequency({ groups }: RegExpExecArray): SuggestedRule[] {
  return times("keyword", groups?.["quoted"] ?? groups?.["word"], groups?.["relation"], groups?.["n"] ?? groups?.["often"]);
}

function letters({ groups }: RegExpExecArray): SuggestedRule[] {
  return times("letter", groups?.["letter"], groups?.["relation"], groups?.["n"] ?? groups?.["often"]);
}

const TEXT_DETECTORS: readonly Detector[] = [
  {
    pattern: new RegExp(`\\b${NOT}\\s+(?:\\p{L}+\\s+){0,3}?commas?\\b|\\bcomma-free\\b|\\bno commas\\b`, "giu"),
    read: only("punctuation:no_comma"),
  },
  {
    pattern: /\b(?:in|as|into|to|of)\s+(?:valid\s+|a\s+|the\s+)*json\b(?:\s+(?:format|object|output|block))?|\bjson format\b/giu,
    read: only("detectable_format:json_format"),
  },
  { pattern: /\b(?:in|as|into)\s+(?:valid\s+|an?\s+|the\s+)*xml\b|\bxml format\b/giu, read: only("detectable_format:xml_format") },
  {
    pattern: /\b(?:title|name)?[^.\n]{0,60}\b(?:double angular|double angle) brackets\b|<<[^<>\n]{1,40}>>/giu,
    read: only("detectable_format:title"),
  },
  { pattern: /\bMy answer is (?:yes|no|maybe)\b/giu, read: only("detectable_format:constrained_response") },
  { pattern: /\bp\.?\s?p\.?\s?s\b\.?/giu, read: only("detectable_content:postscript", { postscript_marker: "P.P.S" }) },
  {
    pattern: /(?<!p\.?\s?)\bp\.\s?s\b\.?|\bpostscript\b(?![^.\n]{0,30}\bp\.?\s?p)/giu,
    read: only("detectable_content:postscript", { postscript_marker: "P.S." }),
  },
  { pattern: /\b(?:six|6)\s+(?:\p{L}+\s+)?asterisks?|\*{6}/giu, read: only("combination:two_responses") },
  {
    pattern:
      /\bdouble\s+quot(?:e|es|ation|ations)\b(?:\s+marks?)?|\b(?:wrap|enclose|put|surround)\w*\b[^.\n]{0,60}\bquot(?:ation|e) marks/giu,
    read: only("startend:quotation"),
  },
  {
    pattern:
      /\blower-?\s?cased?\b(?:\s+letters)?|\blowercases\b|\b(?:no|not|without)\b[^.\n]{0,40}\b(?:capital letters|capitals|capitalized)\b|\bsmall letters\b/giu,
    read: only("change_case:english_lowercase"),
  },
  {
    pattern: /\bcapitali[sz]e\s+(?:all|every)\b|\b(?:all|every)\s+letters?\b[^.\n]{0,40}\bcapitali[sz]ed\b|,\s*all capital letters/giu,
    read: only("change_case:english_capital"),
  },
  {
    pattern:
      /(?<!words?\s(?:\p{L}+\s){0,3})\b(?:in|only|using|use|with)\s+(?:(?:all|only|english|and|in)\s+){0,5}(?:capital(?:ized)? letters|capitals|upper-?\s?case|caps)\b(?!\s+(?:words?|at least|less|more))/giu,
    read: only("change_case:english_capital"),
  },
  {
    pattern: new RegExp(
      `\\b(?:(?:response|answer|reply|respond|entire|entirely|written|write|completely|only|all|use|using|output|letter|poem|essay)\\b[^.\\n]{0,50}?\\bin|in)\\s+(?:the\\s+|only\\s+)*${LANGUAGE}(?:\\s+language)?\\b|\\b(?:use|using)\\s+(?:only\\s+)?(?:the\\s+)?(?<language2>${Object.keys(LANGUAGES).join("|")})(?:\\s+language|\\s+only)?\\b`,
      "giu",
    ),
    read: ({ groups }) => {
      const language = LANGUAGES[(groups?.["language"] ?? groups?.["language2"] ?? "").toLowerCase()];
      return language === undefined || language === "en" ? [] : [{ id: "language:response_language", kwargs: { language } }];
    },
  },
  {
    pattern: new RegExp(
      `\\b(?:end|finish|conclude|close)\\b[^.\\n"“]{0,60}?\\bwith\\b[^"“\\n]{0,50}?${QUOTED}|\\b(?:very end|end)\\b[^.\\n"“]{0,60}?\\b(?:read|be|say)\\b[^"“\\n]{0,30}?${QUOTED.replace("quoted", "second")}`,
      "giu",
    ),
    read: ({ groups }) => [{ id: "startend:end_checker", kwargs: { end_phrase: groups?.["quoted"] ?? groups?.["second"] ?? "" } }],
  },
  {
    // Without quotation marks the phrase goes to the end of its line.
    pattern:
      /\b(?:end|finish|conclude|close)\b[^.\n"“:]{0,60}?\b(?:with|like)(?::\s*|[^"“\n:]{0,40}?(?::\s*|\bexact (?:phrase|question|sentence|words?):?\s+))(?<rest>[^\s"“][^\n"“]{1,150})/giu,
    read: ({ groups }) => [{ id: "startend:end_checker", kwargs: { end_phrase: (groups?.["rest"] ?? "").trim() } }],
  },
  {
    pattern: new RegExp(`\\blast (?:sentence|line|words?|phrase)\\b[^.\\n"“]{0,50}?\\b(?:be|is|read)\\b\\s*:?\\s*${QUOTED}`, "giu"),
    read: ({ groups }) => [{ id: "startend:end_checker", kwargs: { end_phrase: groups?.["quoted"] ?? "" } }],
  },
  {
    pattern: new RegExp(
      `\\b(?:first|start|begin|repeat)\\b[^.\\n]{0,20}?\\brepeat(?:ing)?\\b|\\brepeat (?:the|this|your|my)\\s+(?:\\p{L}+\\s+)?(?:request|sentence|prompt|question|query)`,
      "giu",
    ),
    read: (_, text) => {
      const prompt = textToRepeat(text);
      return prompt === undefined ? [] : [{ id: "combination:repeat_prompt", kwargs: { prompt_to_repeat: prompt } }];
    },
  },
  {
    pattern: new RegExp(
      `\\b${NOT}\\s+(?:to\\s+)?(?:include|including|use|using|contain|containing|have|having)?\\s*(?:the\\s+)?letter\\s+["“'‘]?(?<letter>\\p{L})\\b(?!["”'’]?\\s+(?:more|less|at))`,
      "giu",
    ),
    read: ({ groups }) => times("letter", groups?.["letter"], "less than", "1"),
  },
  {
    pattern: new RegExp(`\\b(?:the\\s+)?letter\\s+["“'‘]?(?<letter>[\\p{L}#!])["”'’]?\\s+(?:[^.\\n]{0,40}?\\s)?${HOW_OFTEN}`, "giu"),
    read: letters,
  },
  {
    pattern: new RegExp(
      `\\b${HOW_OFTEN.replace("(?<relation>", "(?<relation>")}[^.\\n]{0,20}\\bletter\\s+["“'‘]?(?<letter>\\p{L})\\b`,
      "giu",
    ),
    read: letters,
  },
  {
    pattern: new RegExp(
      `\\b(?:(?:key)?word|phrase|mention|use|include|say)\\s+(?:the\\s+(?:exact\\s+)?(?:key)?(?:word|phrase)\\s+)?(?:${QUOTED}|(?<=word\\s+)(?<word>(?!(?:in|with|that|should|must|for|appears?)\\b)[\\p{L}-]{2,}))\\s+(?:(?!\\bletters?\\b)[^.\\n"“]){0,45}?\\b${HOW_OFTEN}`,
      "giu",
    ),
    read: frequency,
  },
  {
    pattern: new RegExp(
      `\\b${NOT}\\s+(?:to\\s+)?(?:includ(?:e|ing)|us(?:e|ing)|mention(?:ing)?|say(?:ing)?|contain(?:ing)?|have|having|write|writing)?\\s*(?:any of\\s+)?(?:the\\s+)?(?:following\\s+)?(?:forbidden\\s+)?(?:key)?(?:words?|terms?|phrases?)\\s*:?\\s*${WORDS_LIST}`,
      "giu",
    ),
    read: forbidden,
  },
  {
    pattern: new RegExp(
      `\\b${NOT}\\s+(?:to\\s+)?(?:includ(?:e|ing)|us(?:e|ing)|mention(?:ing)?|say(?:ing)?)\\s+(?<list>(?:["“'‘][^"”'\\n]{1,40}["”'’](?:\\s*(?:,|and|or|nor)\\s*)*)+)`,
      "giu",
    ),
    read: forbidden,
  },
  {
    pattern: new RegExp(
      `\\b(?:key)?words?\\s+${WORDS_LIST.replace("{0,80}", "{0,60}?")}\\s*(?:should|must|can|do|does|may)\\s*n[o'’]?t\\s+(?:appear|be|occur|show)`,
      "giu",
    ),
    read: forbidden,
  },
  { pattern: new RegExp(`\\b(?:exclude|omit)\\s+(?:the\\s+)?(?:key)?words?\\s+${WORDS_LIST}`, "giu"), read: forbidden },
  {
    pattern: new RegExp(
      `(?<!\\b(?:${NOT}\\s+(?:to\\s+)?|(?:start|begin|end|finish)\\w*\\s(?:[^.\\n]{0,25}\\s)?))\\b(?:includ(?:e|es|ing)|contain(?:s|ing)?|us(?:e|es|ing)|with|mention(?:s|ing)?|has|have|add)\\s+(?:all\\s+(?:of\\s+)?)?(?:the\\s+|these\\s+)?(?:following\\s+)?(?:two\\s+|three\\s+|four\\s+)?(?:key ?words?|words?)\\s*(?:of\\s+)?:?\\s*(?!count|limit|in |for word|that )${WORDS_LIST}(?!\\s+(?:for\\s+)?(?:at least|less|more|fewer|exactly|once|twice|each|\\d))`,
      "giu",
    ),
    read: keywords,
  },
  {
    pattern: new RegExp(`\\b(?:first word)\\b[^.\\n]{0,30}?(?:is|be)\\s+(?:the\\s+word\\s+)?${QUOTED}`, "giu"),
    read: ({ groups }) => [{ id: "raif:first_word", kwargs: { word: groups?.["quoted"] ?? "" } }],
  },
  {
    pattern: new RegExp(`\\b(?:last word)\\b[^.\\n]{0,30}?(?:is|be)\\s+(?:the\\s+word\\s+)?${QUOTED}`, "giu"),
    read: ({ groups }) => [{ id: "raif:last_word", kwargs: { word: groups?.["quoted"] ?? "" } }],
  },
  {
    pattern: new RegExp(`\\bnumbered list\\b[^.\\n]{0,30}?\\b${NUMBER}\\b|\\b(?<items>\\d{1,2})[ -](?:item|step)s? numbered list`, "giu"),
    read: ({ groups }) => {
      const count = readNumber(groups?.["n"] ?? groups?.["items"]);
      return count === undefined || count === 0 ? [] : [{ id: "raif:numbered_list", kwargs: { count } }];
    },
  },
  {
    pattern: /\b(?:a|the)\s+(?<language>python|json|javascript|typescript|sql|bash|java|rust|html|css|yaml)\s+code (?:block|fence)/giu,
    read: ({ groups }) => [{ id: "raif:code_fence", kwargs: { language: groups?.["language"]?.toLowerCase() ?? "" } }],
  },
  {
    pattern: new RegExp(
      `\\btable\\b[^.\\n]{0,40}?\\b(?<columns>\\d{1,2}|two|three|four|five|six) columns?\\b[^.\\n]{0,20}?\\b(?<rows>\\d{1,3}|two|three|four|five|six|ten) rows?\\b`,
      "giu",
    ),
    read: ({ groups }) => [
      { id: "raif:table_shape", kwargs: { columns: readNumber(groups?.["columns"]) ?? 1, rows: readNumber(groups?.["rows"]) ?? 1 } },
    ],
  },
];

/** The request that stands before or behind the wish to have it repeated. */
function textToRepeat(text: string): string | undefined {
  const paragraphs = text
    .split(/\n+/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const wish = paragraphs.findIndex((part) => /\brepeat/i.test(part));
  const candidates = paragraphs.filter((_, index) => index !== wish && !/\brepeat/i.test(paragraphs[index] ?? ""));
  return wish <= 0 ? candidates.at(-1) : paragraphs.slice(0, wish).join("\n");
}

export const DETECTORS: readonly Detector[] = [...counting, ...TEXT_DETECTORS, ...CHINESE_DETECTORS];
