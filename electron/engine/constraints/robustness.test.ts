// Every rule of the catalogue on arbitrary texts with arguments of its own making, in both modes: no exception, the same result
// twice, spans inside the text. RAIF_FUZZ_RUNS sets how many texts a rule gets (200 unless set).

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkModeSchema } from "../../../shared/domain/instruction.ts";
import { Random } from "../tensor/random.ts";
import { allCheckers, parseKwargs } from "./catalogue.ts";

const RUNS = Number(process.env["RAIF_FUZZ_RUNS"] ?? 200);

/** Pieces that checkers react to, so that random texts reach their branches. */
const FRAGMENTS = [
  ...'*** ****** * - <<a>> <<>> [ ] [a] " “ ” \' ` ``` ```json { } {"a":1} 12 3.5 , ， 。 ！ ？ … | | a | b | |---|---| P.S. !? . ( ) e.g. Mr. 3rd'.split(
    " ",
  ),
  ..."cat Dog SECTION Section the Is river garden www.x.y 北京欢迎你 これは犬です 한국어 привет مرحبا İ ß ﬁ 😀 👩‍👩‍👧 é ﷽ \ud800 \udc00 <a></a> <b>".split(
    " ",
  ),
  ..."\n|\n\n|\r\n|\t| |  |\u00a0|\u2028|\u0085|\ufeff|\u0000|\n* a|\n- b|\n1. c|My answer is yes.|Section 1|# Title".split("|"),
];

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "grapheme", maxLength: 200 }),
  fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 60 }).map((parts) => parts.join("")),
  fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 60 }).map((parts) => parts.join(" ")),
  // One piece many times: what makes a careless pattern slow.
  fc.tuple(fc.constantFrom(...FRAGMENTS), fc.integer({ min: 1, max: 400 })).map(([piece, times]) => piece.repeat(times)),
);

describe.each(allCheckers())("$id", (checker) => {
  test("arbitrary texts and arguments", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0 }), fc.constantFrom(...checkModeSchema.options), (text, seed, mode) => {
        const drawn = checker.randomKwargs(new Random(seed));
        const kwargs = parseKwargs({ type: "rule", id: checker.id, kwargs: drawn as Record<string, unknown> }, checker.id);
        const checked = checker.check(text, kwargs, mode);
        expect(checked.expected).not.toBe("");
        for (const { start, end } of checked.spans) {
          if (!(start >= 0 && start <= end && end <= text.length)) throw new Error(`span ${start}-${end} in ${text.length}`);
        }
        expect(checker.check(text, kwargs, mode)).toEqual(checked);
      }),
      { numRuns: RUNS, seed: 1 },
    );
  }, 600_000);
});
