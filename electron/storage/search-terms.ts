// What a user types into a full-text search, as terms: words, "phrases", beginnings*, -exclusions. Gives the FTS5 expressions, and
// finds the same terms in a text, so that a hit can be shown.

export interface SearchTerms {
  /** All of these have to occur. */
  readonly wanted: readonly SearchTerm[];
  /** None of these may. */
  readonly excluded: readonly SearchTerm[];
}

export interface SearchTerm {
  /** Words that follow each other, folded like the index folds them. */
  readonly words: readonly string[];
  /** The last word is only the beginning of one. */
  readonly isPrefix: boolean;
}

const TERM = /(-?)"([^"]*)"?(\*?)|(\S+)/gu;
/** What the index takes as one word. */
const WORD = /[\p{L}\p{N}\p{Co}\p{M}]+/gu;

/** Nothing that is typed is FTS5 syntax. A term of several words, like well-known, is a phrase. */
export function parseSearchTerms(text: string): SearchTerms {
  const wanted: SearchTerm[] = [];
  const excluded: SearchTerm[] = [];
  for (const [, minus = "", phrase, star = "", bare = ""] of text.matchAll(TERM)) {
    const isExcluded = phrase === undefined ? /^-[^-]/.test(bare) : minus === "-";
    const isPrefix = phrase === undefined ? bare.endsWith("*") : star === "*";
    const words = ((phrase ?? bare).match(WORD) ?? []).map(fold);
    if (words.length > 0) (isExcluded ? excluded : wanted).push({ words, isPrefix });
  }
  return { wanted, excluded };
}

/** Scripts that are written without spaces between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu;

/** A text as indexes take it that find each character of a script without spaces on its own; search them with matchSpaced. */
export function indexedText(text: string): string {
  return text.replace(UNSPACED, " $& ");
}

/** All of the terms, or any of them, in any order, in an index of indexedText. */
export function matchSpaced(terms: readonly SearchTerm[], join: "AND" | "OR"): string {
  const spaced = terms.map(({ words, isPrefix }) => ({
    words: words.map((word) => indexedText(word).trim().replace(/\s+/gu, " ")),
    isPrefix,
  }));
  return spaced.map(quoted).join(` ${join} `);
}

/** Every term, in any order; `columns` are the index's, all by default. */
export function matchAll(terms: readonly SearchTerm[], columns?: readonly string[]): string {
  return scoped(terms.map(quoted).join(" AND "), columns);
}

/** Any of the terms. */
export function matchAny(terms: readonly SearchTerm[], columns?: readonly string[]): string {
  return scoped(terms.map(quoted).join(" OR "), columns);
}

function quoted({ words, isPrefix }: SearchTerm): string {
  return `"${words.join(" ")}"${isPrefix ? " *" : ""}`;
}

function scoped(expression: string, columns: readonly string[] | undefined): string {
  return columns === undefined ? expression : `{${columns.join(" ")}} : (${expression})`;
}

/** Places of the terms in a text, [start, end) in UTF-16 units, in order; overlapping ones are joined. */
export function findTerms(text: string, terms: readonly SearchTerm[]): { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  const tokens = [...text.matchAll(WORD)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    word: fold(match[0]),
  }));
  tokens.forEach((token, index) => {
    for (const { words, isPrefix } of terms) {
      const last = tokens[index + words.length - 1];
      if (last === undefined) continue;
      const fits = words.every((word, offset) => {
        const candidate = tokens[index + offset]?.word ?? "";
        return isPrefix && offset === words.length - 1 ? candidate.startsWith(word) : candidate === word;
      });
      if (!fits) continue;
      const previous = found.at(-1);
      if (previous !== undefined && previous.end >= token.start) previous.end = Math.max(previous.end, last.end);
      else found.push({ start: token.start, end: last.end });
    }
  });
  return found;
}

/** Case and diacritics aside, like the tokenizer "unicode61 remove_diacritics 2". */
function fold(word: string): string {
  return word
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase();
}
