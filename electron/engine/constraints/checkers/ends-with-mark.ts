// raif:ends_with_mark: the last character that is not white space.

import { z } from "zod";
import { result } from "../check-result.ts";
import type { Checker } from "../registry.ts";
import { isBlank, strippedRange } from "../text.ts";

interface Kwargs {
  readonly mark: string;
}

export const endsWithMark: Checker<Kwargs> = {
  id: "raif:ends_with_mark",
  kwargs: z.strictObject({
    mark: z.string().refine((mark) => Array.from(mark).length === 1 && !isBlank(mark), "must be one visible character"),
  }),
  conflicts: ["startend:quotation"],
  describe: ({ mark }) => `ends with the mark "${mark}"`,
  randomKwargs: (random) => ({ mark: random.pick([".", "!", "?"]) }),
  check(text, kwargs) {
    const { start, end } = strippedRange(text);
    const last = Array.from(text.slice(start, end)).at(-1);
    if (last === undefined) return result(false, this.describe(kwargs), "nothing");
    return result(last === kwargs.mark, this.describe(kwargs), `"${last}"`, [{ start: end - last.length, end }]);
  },
};
