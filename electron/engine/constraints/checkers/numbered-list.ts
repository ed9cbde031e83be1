// raif:numbered_list: lines "1. ...", "2. ..." numbered in order, exactly so many; other lines may stand around them.

import { z } from "zod";
import { counted, countSchema, result } from "../check-result.ts";
import { compilePythonPattern } from "../python-pattern.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly count: number;
}

const ITEM = compilePythonPattern("^[ \\t]*([0-9]+)\\.[ \\t]+\\S.*$", { multiline: true });

export const numberedList: Checker<Kwargs> = {
  id: "raif:numbered_list",
  kwargs: z.strictObject({ count: countSchema.min(1) }),
  conflicts: [],
  describe: ({ count }) => `a numbered list of exactly ${counted(count, "item")}`,
  randomKwargs: (random) => ({ count: randomCount(random, 2, 8) }),
  bounds: ({ count }) => ({ of: "numbered items", least: count, most: count }),
  check(text, kwargs) {
    const items = [...text.matchAll(ITEM)];
    const spans = items.map((item) => ({ start: item.index, end: item.index + item[0].length }));
    const inOrder = items.every((item, index) => Number(item[1]) === index + 1);
    const got = counted(items.length, "numbered item") + (inOrder ? "" : `, numbered ${items.map((item) => item[1]).join(" ")}`);
    return result(inOrder && items.length === kwargs.count, this.describe(kwargs), got, spans);
  },
};
