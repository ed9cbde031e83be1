// What rules about a least and a most number of something have in common: arguments, description, bounds and verdict.

import { z } from "zod";
import type { Span } from "../../../shared/domain/verdict.ts";
import { counted, countSchema, result } from "./check-result.ts";
import { randomCount } from "./random-kwargs.ts";
import type { Checker } from "./registry.ts";

interface Range {
  readonly min: number;
  readonly max: number;
}

export interface RangeRule {
  readonly id: string;
  /** "word": what is counted; the plural has an s. */
  readonly unit: string;
  /** Rules with the same `of` are about the same count. */
  readonly of: string;
  /** Least and most that an instruction would ask for. */
  readonly plausible: readonly [least: number, most: number];
  readonly count: (text: string) => readonly Span[];
}

export function rangeRule({ id, unit, of, plausible, count }: RangeRule): Checker<Range> {
  const describe = ({ min, max }: Range): string => (min === max ? `exactly ${counted(min, unit)}` : `${min} to ${counted(max, unit)}`);
  return {
    id,
    kwargs: z.strictObject({ min: countSchema, max: countSchema }).refine(({ min, max }) => min <= max, "min is more than max"),
    conflicts: [],
    describe,
    randomKwargs(random) {
      const min = randomCount(random, ...plausible);
      return { min, max: randomCount(random, min, Math.max(min, plausible[1])) };
    },
    bounds: ({ min, max }) => ({ of, least: min, most: max }),
    check(text, kwargs) {
      const found = count(text);
      const spans = found.map(({ start, end }) => ({ start, end }));
      const passed = found.length >= kwargs.min && found.length <= kwargs.max;
      return result(passed, describe(kwargs), counted(found.length, unit), spans);
    },
  };
}
