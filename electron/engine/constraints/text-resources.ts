// Trained tables for reading text, from resources/text/ (build/text/generate-language-data.ts tells where they come from). Read on
// first use and kept. Owns files and their shapes; what they mean is with sentences.ts and language.ts.

import { readFileSync } from "node:fs";
import path from "node:path";

const FOLDER = path.resolve(import.meta.dirname, "..", "..", "..", "resources", "text");

export interface LanguageProfiles {
  readonly languages: readonly string[];
  /** Per language, how many n-grams of 1, 2 and 3 characters were counted. */
  readonly totals: readonly (readonly [number, number, number])[];
  /** Chinese characters of similar use; each counts as the first of its class. */
  readonly hanClasses: readonly string[];
  /** Per n-gram: language index, count, language index, count, ... */
  readonly grams: Readonly<Record<string, readonly number[]>>;
}

export interface SentenceModel {
  /** Without the final full stop, in lower case. */
  readonly abbreviations: readonly string[];
  /** Pairs of words between which a full stop ends no sentence. */
  readonly collocations: Readonly<Record<string, string>>;
  readonly sentenceStarters: readonly string[];
  /** In which positions and cases a word was seen: bits of sentences.ts. */
  readonly orthography: Readonly<Record<string, number>>;
}

export function readLanguageProfiles(): LanguageProfiles {
  return readTable<LanguageProfiles>("language-profiles.json");
}

export function readSentenceModel(): SentenceModel {
  return readTable<SentenceModel>("english-sentences.json");
}

function readTable<T>(name: string): T {
  return JSON.parse(readFileSync(path.join(FOLDER, name), "utf8")) as T;
}
