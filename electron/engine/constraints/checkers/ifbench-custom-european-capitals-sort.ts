// IFBench custom:european_capitals_sort: the capitals of Europe north of 45 degrees, from north to south, divided by commas. The public
// checker leaves Kyiv out; corrected wants it in its place, and allows a closing full stop.

import type { CheckMode } from "../../../../shared/domain/instruction.ts";
import { counted, excerpt, noArguments, result, type NoArguments } from "../check-result.ts";
import { pieces, places, plainLetters } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { isBlank, strip } from "../text.ts";
import { excludedByWholeAnswer } from "../whole-answer-rules.ts";

/** Degrees north. */
const LATITUDES: Readonly<Record<string, number>> = {
  Amsterdam: 52.37,
  Berlin: 52.52,
  Bern: 46.95,
  Bratislava: 48.14,
  Brussels: 50.85,
  Budapest: 47.5,
  Chisinau: 47.01,
  Copenhagen: 55.68,
  Dublin: 53.35,
  Helsinki: 60.17,
  Kyiv: 50.45,
  Ljubljana: 46.06,
  London: 51.51,
  Luxembourg: 49.61,
  Minsk: 53.9,
  Moscow: 55.76,
  Oslo: 59.91,
  Paris: 48.86,
  Prague: 50.08,
  Reykjavik: 64.15,
  Riga: 56.95,
  Stockholm: 59.33,
  Tallinn: 59.44,
  Vaduz: 47.14,
  Vienna: 48.21,
  Vilnius: 54.69,
  Warsaw: 52.23,
  Zagreb: 45.81,
};
const LEFT_OUT = "Kyiv";

export const ifbenchCustomEuropeanCapitalsSort: Checker<NoArguments> = {
  id: "custom:european_capitals_sort",
  kwargs: noArguments,
  conflicts: excludedByWholeAnswer("custom:european_capitals_sort", ["punctuation:no_comma", "format:newline", "format:no_whitespace"]),
  describe: () => "the capitals of Europe north of 45 degrees, from north to south, divided by commas",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const wanted = capitals(mode);
    const body = mode === "compat" ? text : text.replace(/\.\s*$/, "");
    const named = pieces(body, ",").filter((piece) => !isBlank(plainLetters(piece.text)));
    const wrong = named.findIndex((piece, index) => strip(plainLetters(piece.text)) !== wanted[index]);
    const passed = wrong < 0 && named.length === wanted.length;
    const place = named[wrong];
    const instead = place === undefined ? "" : `; place ${wrong + 1} is ${excerpt(strip(place.text))}, not ${wanted[wrong] ?? "anything"}`;
    return result(passed, this.describe(kwargs), counted(named.length, "name") + instead, place === undefined ? [] : places([place]));
  },
};

function capitals(mode: CheckMode): string[] {
  return Object.entries(LATITUDES)
    .filter(([city]) => mode === "corrected" || city !== LEFT_OUT)
    .sort((a, b) => b[1] - a[1])
    .map(([city]) => city);
}
