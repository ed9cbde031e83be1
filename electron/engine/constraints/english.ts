// The English model of the package "compromise" (lexicon and part-of-speech tagger), loaded when first asked for: it takes a third
// of a second, and most commands never need it. Owns no rule.

import type compromise from "compromise/two";
import { createRequire } from "node:module";

type Compromise = typeof compromise;

const require = createRequire(import.meta.url);

let loaded: Compromise | undefined;

export function english(): Compromise {
  loaded ??= require("compromise/two") as Compromise;
  return loaded;
}
