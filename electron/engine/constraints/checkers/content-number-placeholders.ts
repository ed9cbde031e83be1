// IFEval detectable_content:number_placeholders: texts in square brackets on one line, such as [name].

import { z } from "zod";
import { counted, countSchema, result } from "../check-result.ts";
import { compilePythonPattern, findMatches } from "../python-pattern.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly num_placeholders: number;
}

const PLACEHOLDER = compilePythonPattern("\\[.*?\\]");

export const contentNumberPlaceholders: Checker<Kwargs> = {
  id: "detectable_content:number_placeholders",
  kwargs: z.strictObject({ num_placeholders: countSchema }),
  conflicts: [],
  describe: ({ num_placeholders }) => `at least ${counted(num_placeholders, "placeholder")} in square brackets`,
  randomKwargs: (random) => ({ num_placeholders: randomCount(random, 1, 4) }),
  check(text, kwargs) {
    const spans = findMatches(text, PLACEHOLDER);
    return result(spans.length >= kwargs.num_placeholders, this.describe(kwargs), counted(spans.length, "placeholder"), spans);
  },
};
