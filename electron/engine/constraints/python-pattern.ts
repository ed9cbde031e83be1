// Regular expressions as the public IFEval checkers mean them: Python's `re` on str, where \w \d \s \b are Unicode, `.` excludes only
// a line feed and multiline anchors look at line feeds alone. Translates such a pattern to a JavaScript one; owns no rule.

import type { Span } from "../../../shared/domain/verdict.ts";

/** Body of a character class for Python's \w: letters, numbers of every kind, underscore (combining marks are not in it). */
export const WORD_CLASS = "\\p{L}\\p{N}_";
/** Body of a character class for what Python's str.isspace accepts; unlike JavaScript's \s it lacks U+FEFF and has U+001C-U+001F, U+0085. */
export const SPACE_CLASS = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const WORD = `[${WORD_CLASS}]`;
const BOUNDARY = `(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD}))`;
const NO_BOUNDARY = `(?:(?<=${WORD})(?=${WORD})|(?<!${WORD})(?!${WORD}))`;

const OUTSIDE_CLASS: Readonly<Record<string, string>> = {
  w: WORD,
  W: `[^${WORD_CLASS}]`,
  s: `[${SPACE_CLASS}]`,
  S: `[^${SPACE_CLASS}]`,
  d: "\\p{Nd}",
  D: "\\P{Nd}",
  b: BOUNDARY,
  B: NO_BOUNDARY,
  A: "(?<![^])",
  Z: "(?![^])",
  a: "\\x07",
};
const INSIDE_CLASS: Readonly<Record<string, string>> = {
  w: WORD_CLASS,
  s: SPACE_CLASS,
  d: "\\p{Nd}",
  D: "\\P{Nd}",
  b: "\\x08",
  a: "\\x07",
};
/** The same in a text of ASCII: tables of every letter there is, eight times in two boundaries, take 2 ms to compile. */
const IN_ASCII: Readonly<Record<string, string>> = { b: "\\b", B: "\\B" };
/** Escapes that mean the same in both languages under the `u` flag. */
const SHARED_ESCAPES = /[0-9fnrtvxu^$\\.*+?()[\]{}|/-]/;

export interface PatternOptions {
  readonly ignoreCase?: boolean;
  readonly multiline?: boolean;
  /** Only texts of ASCII will be searched: the same matches from a pattern that is made much faster. */
  readonly inAscii?: boolean;
}

export function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}

/** Compiled patterns by flags and source: the same few come up in every check of a training. */
const compiled = new Map<string, RegExp>();
const MAX_COMPILED = 5000;

/** Compiles a Python pattern; global and Unicode flags set. Throws SyntaxError where the pattern is invalid or beyond the translation. */
export function compilePythonPattern(source: string, options: PatternOptions = {}): RegExp {
  const flags = options.ignoreCase === true ? "giu" : "gu";
  const key = `${flags}${options.multiline === true ? "m" : ""}${options.inAscii === true ? "a" : ""} ${source}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  const pattern = new RegExp(translate(source, options), flags);
  compiled.set(key, pattern);
  return pattern;
}

/** True if the pattern compiles: the check that argument schemas make at load. */
export function isPythonPattern(source: string): boolean {
  try {
    compilePythonPattern(source);
    return true;
  } catch {
    return false;
  }
}

/** Non-overlapping matches, as re.finditer. */
export function findMatches(text: string, pattern: RegExp): Span[] {
  const spans: Span[] = [];
  for (const match of text.matchAll(pattern)) spans.push({ start: match.index, end: match.index + match[0].length });
  return spans;
}

function translate(source: string, { ignoreCase = false, multiline = false, inAscii = false }: PatternOptions): string {
  let output = "";
  const characters = Array.from(source);
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? "";
    const rest = (length: number): string => characters.slice(index, index + length).join("");
    if (character === "\\") {
      index += 1;
      const escaped = characters[index];
      output += (inAscii ? IN_ASCII[escaped ?? ""] : undefined) ?? translateEscape(escaped, false);
    } else if (character === "[") {
      const { body, end } = translateClass(characters, index, ignoreCase);
      output += body;
      index = end;
    } else if (character === "{") {
      const quantifier = /^\{(\d*)(,?)(\d*)\}/.exec(characters.slice(index).join(""));
      const [whole = "", least = "", comma = "", most = ""] = quantifier ?? [];
      // A brace that opens no quantifier is a plain character in Python.
      output += least + most === "" ? "\\{" : `{${least === "" ? "0" : least}${comma}${most}}`;
      if (least + most !== "") index += whole.length - 1;
    } else if (character === "+" && isQuantifier(characters, index - 1)) {
      // A possessive quantifier: JavaScript has none, and a search differs only where giving back would have helped.
    } else if (rest(4) === "(?P<") {
      output += "(?";
      index += 2;
    } else {
      output += ignoreCase && DOTTED_I.includes(character) ? `[${DOTTED_I}]` : translatePlain(character, multiline);
    }
  }
  return output;
}

/** Whether the character repeats what stands before it; a question mark behind a parenthesis opens an extension. */
function isQuantifier(characters: readonly string[], index: number): boolean {
  const [before, character] = [characters[index - 1], characters[index]];
  if (before === "\\" && characters[index - 2] !== "\\") return false;
  return character === "*" || character === "+" || (character === "?" && before !== "(") || (character === "}" && /\d/.test(before ?? ""));
}

/** In Python i, I, İ and ı are the same letter when case is ignored; JavaScript's folding keeps the last two apart. */
const DOTTED_I = "iI\u0130\u0131";

/** The class that opens at `start`, and where it closes. */
function translateClass(characters: readonly string[], start: number, ignoreCase: boolean): { body: string; end: number } {
  const isNegated = characters[start + 1] === "^";
  const first = start + (isNegated ? 2 : 1);
  let members = "";
  let index = first;
  for (; index < characters.length; index += 1) {
    const character = characters[index] ?? "";
    // In Python a "]" directly after "[" or "[^" is a member, and a "[" inside a class needs no escape.
    if (character === "]" && index > first) break;
    if (character === "\\") {
      index += 1;
      members += translateEscape(characters[index], true);
    } else {
      members += character === "]" || character === "[" ? `\\${character}` : character;
    }
  }
  if (index >= characters.length) throw new SyntaxError("a class is not closed");
  if (ignoreCase && new RegExp(`[${members}]`, "iu").test("i")) members += DOTTED_I;
  return { body: `[${isNegated ? "^" : ""}${members}]`, end: index };
}

function translatePlain(character: string, multiline: boolean): string {
  switch (character) {
    case ".":
      return "[^\\n]";
    case "^":
      return multiline ? "(?<![^\\n])" : "(?<![^])";
    case "$":
      return multiline ? "(?![^\\n])" : "(?=\\n?(?![^]))";
    case "}":
      return "\\}";
    case "]":
      return "\\]";
    default:
      return character;
  }
}

function translateEscape(escaped: string | undefined, inClass: boolean): string {
  if (escaped === undefined) throw new SyntaxError("the pattern ends with a lone backslash");
  const special = inClass ? INSIDE_CLASS[escaped] : OUTSIDE_CLASS[escaped];
  if (special !== undefined) return special;
  if (SHARED_ESCAPES.test(escaped)) return escaped === "-" && !inClass ? "-" : `\\${escaped}`;
  if (/[a-zA-Z]/.test(escaped)) throw new SyntaxError(`the escape \\${escaped} is not supported`);
  return escaped;
}
