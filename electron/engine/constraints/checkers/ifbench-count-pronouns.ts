// IFBench count:pronouns: so many pronouns among the Penn Treebank words of the text; "she/her" is two.

import { z } from "zod";
import { counted, countSchema, result } from "../check-result.ts";
import { places } from "../ifbench-text.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { treebankTokens } from "../treebank-tokens.ts";

interface Kwargs {
  readonly N: number;
}

const WORDS = (text: string): string[] => text.split(" ");
/** English pronouns by kind; forms of two words ("no one", "each other") are none for this rule. */
const PRONOUNS: ReadonlySet<string> = new Set([
  ...WORDS("i you he she it we they me him her us them"),
  ...WORDS("my your his its our their mine yours hers ours theirs"),
  ...WORDS("myself yourself himself herself itself ourselves yourselves themselves"),
  ...WORDS("this that these those"),
  ...WORDS("who whom whose which what"),
  ...["who", "whom", "which", "what"].map((word) => `${word}ever`),
  ...["any", "every", "some"].flatMap((first) => ["body", "one", "thing"].map((second) => first + second)),
  ...WORDS("nobody nothing none all any both each either neither some"),
]);

export const ifbenchCountPronouns: Checker<Kwargs> = {
  id: "count:pronouns",
  kwargs: z.strictObject({ N: countSchema }),
  conflicts: [],
  describe: ({ N }) => `at least ${counted(N, "pronoun")}`,
  randomKwargs: (random) => ({ N: randomCount(random, 1, 25) }),
  check(text, kwargs) {
    const found = treebankTokens(text.replaceAll("/", " ")).filter((word) => PRONOUNS.has(word.text.toLowerCase()));
    return result(found.length >= kwargs.N, this.describe(kwargs), counted(found.length, "pronoun"), places(found));
  },
};
