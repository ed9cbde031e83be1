// raif:equals_number: the whole answer is one number, up to marks around it, a final full stop and how it is written ("1,200.0").

import { z } from "zod";
import { excerpt, result } from "../check-result.ts";
import { randomCount } from "../random-kwargs.ts";
import { insideMarks } from "../readable-text.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly value: number;
  /** How far the answer may be off; 0 unless given. */
  readonly tolerance?: number | undefined;
}

const NUMBER = /^[-+\u2212]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.[0-9]+)?(?:e[-+]?[0-9]{1,3})?$/i;

export const equalsNumber: Checker<Kwargs> = {
  id: "raif:equals_number",
  kwargs: z.strictObject({ value: z.number(), tolerance: z.number().min(0).optional() }),
  conflicts: [
    "detectable_format:json_format",
    "detectable_format:xml_format",
    "detectable_format:title",
    "raif:lowercase",
    "raif:uppercase",
  ],
  describe: ({ value, tolerance = 0 }) => `the number ${value}${tolerance === 0 ? "" : ` within ${tolerance}`}`,
  randomKwargs: (random) => ({ value: randomCount(random, 0, 1000) }),
  contradicts: ({ value }, otherId, other) => otherId === "raif:equals_number" && (other as Kwargs).value !== value,
  check(text, kwargs) {
    const span = insideMarks(text);
    const written = text.slice(span.start, span.end);
    const plain = written.normalize("NFKC").replace(/[.。]$/, "");
    const number = NUMBER.test(plain) && /[0-9]/.test(plain) ? Number(plain.replaceAll(",", "").replace("\u2212", "-")) : NaN;
    const passed = Math.abs(number - kwargs.value) <= (kwargs.tolerance ?? 0);
    return result(passed, this.describe(kwargs), Number.isNaN(number) ? `no number: ${excerpt(written)}` : String(number), [span]);
  },
};
