// Sentence boundaries of English text as Punkt sets them (T. Kiss and J. Strunk, "Unsupervised Multilingual Sentence Boundary
// Detection", 2006), with the same trained English model. A full stop, ! or ? ends a sentence unless the model knows better; a line
// break alone never does. For text in any script see script-sentences.ts. Owns no rule.

import type { Span } from "../../../shared/domain/verdict.ts";
import { SPACE_CLASS } from "./python-pattern.ts";
import { isBlank, strippedRange } from "./text.ts";
import { readSentenceModel } from "./text-resources.ts";

interface Model {
  readonly abbreviations: ReadonlySet<string>;
  readonly sentenceStarters: ReadonlySet<string>;
  readonly collocations: ReadonlyMap<string, string>;
  readonly orthography: ReadonlyMap<string, number>;
}

/** What the training text showed of a word: capital inside a sentence; capital or small letter anywhere; small letter at a start. */
const SEEN_UPPER_INSIDE = 4;
const SEEN_UPPER = 2 | 4 | 8;
const SEEN_LOWER_AT_START = 16;
const SEEN_LOWER = 16 | 32 | 64;

const NON_WORD = `[)";}\\]*:@'({[!?]`;
const RUN_OF_MARKS = `(?:-{2,}|\\.{2,}|(?:\\.[${SPACE_CLASS}]){2,}\\.)`;
const NO_SPACE = `[^${SPACE_CLASS}]`;
const SPACE = `[${SPACE_CLASS}]`;
const WORD_END = `${SPACE}|$|${NON_WORD}|${RUN_OF_MARKS}`;
const WORD = new RegExp(`${RUN_OF_MARKS}|(?=[^("\`{[:;&#*@)}\\]\\-,])${NO_SPACE}+?(?=${WORD_END}|,(?=${WORD_END}))|${NO_SPACE}`, "gu");
/** A mark that may end a sentence, with what follows it: other punctuation, or white space and the next word. */
const CANDIDATE = new RegExp(`[.?!](?=(?:(?<mark>${NON_WORD})|(?<space>${SPACE}+)(?<next>${NO_SPACE}+)))`, "gu");
const CLOSERS = new RegExp(`^["')\\]}]+?(?:${SPACE}+|(?=--)|(?=\\n)|$)`, "u");
const LAST_ASCII_SPACE = /[ \t\n\r\v\f](?=[^ \t\n\r\v\f]*$)/;
const NUMBER = /^-?[.,]?\p{Nd}[\p{Nd},.-]*\.?$/u;
const INITIAL = /^[\p{L}\p{Nl}\p{No}_]\.$/u;

let loaded: Model | undefined;

/** Sentences without the white space around them; blank text has none. */
export function sentences(text: string): Span[] {
  if (isBlank(text)) return [];
  const raw: Span[] = [];
  let start = 0;
  for (const candidate of candidates(text)) {
    if (!endsSentence(candidate.context)) continue;
    raw.push({ start, end: candidate.end });
    start = candidate.nextStart;
  }
  raw.push({ start, end: strippedRange(text).end });
  return moveClosersBack(text, raw);
}

interface Candidate {
  /** Offset right after the mark, and where the next sentence would start. */
  readonly end: number;
  readonly nextStart: number;
  /** The word with the mark and what follows it. */
  readonly context: string;
}

/** Of several marks inside one word only the last counts: "No way!!! Yes" has one end there. */
function candidates(text: string): Candidate[] {
  const found: Candidate[] = [];
  let previous: { wordStart: number; wordEnd: number; match: RegExpExecArray } | undefined;
  const add = ({ wordStart, wordEnd, match }: NonNullable<typeof previous>): void => {
    const { mark, space = "", next = "" } = match.groups ?? {};
    const end = match.index + 1;
    const after = mark ?? space + next;
    found.push({
      end,
      nextStart: mark === undefined ? end + space.length : end,
      context: text.slice(wordStart, wordEnd) + match[0] + after,
    });
  };
  for (const match of text.matchAll(CANDIDATE)) {
    const searchFrom = previous?.wordEnd ?? 0;
    const space = LAST_ASCII_SPACE.exec(text.slice(searchFrom, match.index))?.index ?? 0;
    const wordStart = space > 0 ? searchFrom + space + 1 : (previous?.wordStart ?? 0);
    if (previous !== undefined && previous.wordEnd <= wordStart) add(previous);
    previous = { wordStart, wordEnd: match.index, match };
  }
  if (previous !== undefined) add(previous);
  return found;
}

interface Word {
  readonly text: string;
  /** In lower case, numbers as "##number##". */
  readonly type: string;
  readonly isAbbreviation: boolean;
  readonly endsSentence: boolean;
}

/** True if some word of the context other than the last ends a sentence. */
function endsSentence(context: string): boolean {
  const model = (loaded ??= loadModel());
  const words = context
    .split("\n")
    .flatMap((line) => Array.from(line.matchAll(WORD), (match) => match[0]))
    .map((text) => readWord(text, model));
  return words.some((word, index) => {
    const next = words[index + 1];
    return next !== undefined && decide(word, next, model);
  });
}

function readWord(text: string, { abbreviations }: Model): Word {
  const lower = text.toLowerCase();
  const type = NUMBER.test(lower) ? "##number##" : lower;
  const isStop = text === "." || text === "?" || text === "!";
  const endsWithStop = !isStop && text.endsWith(".") && !text.endsWith("..");
  const bare = lower.slice(0, -1);
  const isAbbreviation = endsWithStop && (abbreviations.has(bare) || abbreviations.has(bare.split("-").at(-1) ?? ""));
  return { text, type, isAbbreviation, endsSentence: isStop || (endsWithStop && !isAbbreviation) };
}

/** The first word's own verdict, corrected by the word that follows. */
function decide(word: Word, next: Word, model: Model): boolean {
  if (!word.text.endsWith(".")) return word.endsSentence;
  const type = withoutStop(word.type);
  const nextType = next.endsSentence ? withoutStop(next.type) : next.type;
  if (model.collocations.get(type) === nextType) return false;
  const isInitial = INITIAL.test(word.text);
  const isEllipsis = /^\.\.+$/.test(word.text);
  const starts = startsSentence(next, nextType, model);
  if ((word.isAbbreviation || isEllipsis) && !isInitial) {
    if (starts === "yes" || (isUpper(next.text) && model.sentenceStarters.has(nextType))) return true;
  }
  if (isInitial || type === "##number##") {
    if (starts === "no") return false;
    const seen = model.orthography.get(nextType) ?? 0;
    if (starts === "unknown" && isInitial && isUpper(next.text) && (seen & SEEN_LOWER) === 0) return false;
  }
  return word.endsSentence;
}

/** Whether a word looks like the first of a sentence, by its case here and in the training text. */
function startsSentence(word: Word, type: string, { orthography }: Model): "yes" | "no" | "unknown" {
  if (/^[;:,.!?]$/.test(word.text)) return "no";
  const seen = orthography.get(type) ?? 0;
  if (isUpper(word.text) && (seen & SEEN_LOWER) !== 0 && (seen & SEEN_UPPER_INSIDE) === 0) return "yes";
  if (isLower(word.text) && ((seen & SEEN_UPPER) !== 0 || (seen & SEEN_LOWER_AT_START) === 0)) return "no";
  return "unknown";
}

function withoutStop(type: string): string {
  return type.length > 1 && type.endsWith(".") ? type.slice(0, -1) : type;
}

function isUpper(text: string): boolean {
  return /^\p{Uppercase}/u.test(text);
}

function isLower(text: string): boolean {
  return /^\p{Lowercase}/u.test(text);
}

/** Quotes and brackets that close a sentence belong to it, although they follow its mark. */
function moveClosersBack(text: string, spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  let skip = 0;
  for (const [index, span] of spans.entries()) {
    const start = span.start + skip;
    const next = spans[index + 1];
    const closers = next === undefined ? undefined : CLOSERS.exec(text.slice(next.start, next.end))?.[0];
    skip = closers?.length ?? 0;
    const end = next === undefined || closers === undefined ? span.end : next.start + strippedRange(closers).end;
    if (end > start) result.push(trimmed(text, start, end));
  }
  return result;
}

function trimmed(text: string, start: number, end: number): Span {
  const inner = strippedRange(text.slice(start, end));
  return { start: start + inner.start, end: start + inner.end };
}

function loadModel(): Model {
  const { abbreviations, sentenceStarters, collocations, orthography } = readSentenceModel();
  return {
    abbreviations: new Set(abbreviations),
    sentenceStarters: new Set(sentenceStarters),
    collocations: new Map(Object.entries(collocations)),
    orthography: new Map(Object.entries(orthography)),
  };
}
