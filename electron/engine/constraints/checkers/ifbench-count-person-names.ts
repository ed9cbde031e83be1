// IFBench count:person_names: so many different given names, written with their capital. The public checker looks for fifty names
// that its prompts list; here every common English given name counts, unless the rule itself lists the names (`names`).

import { z } from "zod";
import { counted, countSchema, quoteList, result, wordSchema } from "../check-result.ts";
import { isGivenName } from "../given-names.ts";
import { findPhrase } from "../readable-text.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { strip, wordTokens, type Token } from "../text.ts";

interface Kwargs {
  readonly N: number;
  readonly names?: readonly string[] | undefined;
}

export const ifbenchCountPersonNames: Checker<Kwargs> = {
  id: "count:person_names",
  kwargs: z.strictObject({ N: countSchema, names: z.array(wordSchema).min(1).optional() }),
  conflicts: ["change_case:english_lowercase", "change_case:english_capital"],
  describe: ({ N, names }) => `at least ${counted(N, "different given name")}${names === undefined ? "" : ` of ${quoteList(names)}`}`,
  randomKwargs: (random) => ({ N: randomCount(random, 1, 20) }),
  check(text, kwargs) {
    const found = kwargs.names === undefined ? wordTokens(text).filter((word) => isGivenName(word.text)) : listed(text, kwargs.names);
    const different = new Set(found.map((name) => name.text));
    return result(
      different.size >= kwargs.N,
      this.describe(kwargs),
      `${counted(different.size, "different name")}: ${quoteList([...different])}`,
      found.map(({ start, end }) => ({ start, end })),
    );
  },
};

/** Written as listed, capitals and all. */
function listed(text: string, names: readonly string[]): Token[] {
  return names.flatMap((name) =>
    findPhrase(text, name)
      .map((span) => ({ ...span, text: text.slice(span.start, span.end) }))
      .filter((found) => found.text === strip(name)),
  );
}
