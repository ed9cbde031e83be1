// IFEval language:response_language. The public checker passes a text that gives nothing to go by, such as "12!"; "corrected" does
// not. "zh" is Chinese in either script.

import { z } from "zod";
import { result } from "../check-result.ts";
import { detectLanguages, LANGUAGES } from "../language.ts";
import type { Checker } from "../registry.ts";
import { strippedRange } from "../text.ts";

interface Kwargs {
  readonly language: string;
}

const NAMES = new Intl.DisplayNames(["en"], { type: "language" });

export const languageResponseLanguage: Checker<Kwargs> = {
  id: "language:response_language",
  kwargs: z.strictObject({ language: z.enum(["zh", ...LANGUAGES]) }),
  conflicts: ["change_case:english_capital", "change_case:english_lowercase"],
  describe: ({ language }) => `the whole answer in ${nameOf(language)}`,
  randomKwargs: (random) => ({ language: random.pick(["en", "de", "fr", "es", "it", "pt", "ru", "ja", "ko", "hi", "ar"]) }),
  contradicts: ({ language }, otherId, other) =>
    otherId === "language:response_language" && (other as Kwargs).language.slice(0, 2) !== language.slice(0, 2),
  check(text, kwargs, mode) {
    const guesses = detectLanguages(text);
    if (guesses === undefined) return result(mode === "compat", this.describe(kwargs), "nothing to tell the language by");
    const found = guesses[0]?.language ?? "unknown";
    const passed = found === kwargs.language || (kwargs.language === "zh" && found.startsWith("zh-"));
    const got =
      guesses.length === 0 ? "no language stands out" : guesses.map(({ language, probability }) => share(language, probability)).join(", ");
    return result(passed, this.describe(kwargs), got, [strippedRange(text)]);
  },
};

function nameOf(language: string): string {
  return NAMES.of(language === "zh-cn" ? "zh-Hans" : language === "zh-tw" ? "zh-Hant" : language) ?? language;
}

/** "German 100 %". */
function share(language: string, probability: number): string {
  return `${nameOf(language)} ${Math.round(probability * 100)} %`;
}
