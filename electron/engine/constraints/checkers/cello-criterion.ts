// cello:criterion: one criterion of CELLO in its own words, e.g. {"criterion": "word-max", "limit": 100}. The benchmark scores a part of one
// that is half met; as a check it holds where it is met in full. The measures are in ../cello/criteria.ts.

import { z } from "zod";
import { countSchema, quoteList, result } from "../check-result.ts";
import { measureCriterion, type Criterion } from "../cello/criteria.ts";
import { randomCount, randomWords } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import type { Span } from "../../../../shared/domain/verdict.ts";

const language = { language: z.enum(["ch", "eg"]).default("ch") };
const textSchema = z.string().min(1);
const samples = z.array(z.tuple([textSchema, countSchema]).readonly()).min(1);
const sampleCriteria = z
  .array(
    z.discriminatedUnion("criterion", [
      z.strictObject({ criterion: z.enum(["sample-min", "sample-exact"]), limit: samples }),
      z.strictObject({ criterion: z.enum(["sample-table", "sample-number"]), limit: countSchema }),
    ]),
  )
  .min(1);

/** Which limit belongs to which criterion. */
const criterionSchema = z.discriminatedUnion("criterion", [
  z.strictObject({ criterion: z.literal("resolve"), limit: z.enum(["json", "dict", "list", "tuple", "xml"]), ...language }),
  z.strictObject({ criterion: z.literal("keywords"), limit: z.array(textSchema).min(1), ...language }),
  z.strictObject({ criterion: z.enum(["word-max", "word-min"]), limit: countSchema, ...language }),
  z.strictObject({ criterion: z.enum(["sentence-min", "sentence-max", "sentence-exact"]), limit: countSchema, ...language }),
  z.strictObject({ criterion: z.enum(["sample-min", "sample-exact"]), limit: samples, ...language }),
  z.strictObject({ criterion: z.enum(["sample-table", "sample-number"]), limit: countSchema, ...language }),
  z.strictObject({ criterion: z.literal("any-sample"), limit: sampleCriteria, ...language }),
  z.strictObject({ criterion: z.literal("revise"), limit: z.enum(["longer", "shorter"]), before: z.string(), ...language }),
]);
type Kwargs = Criterion & { readonly language: "ch" | "eg" };

const CRITERIA = [
  "resolve",
  "keywords",
  "word-max",
  "word-min",
  "sentence-min",
  "sentence-max",
  "sentence-exact",
  "sample-min",
  "sample-exact",
  "sample-table",
  "sample-number",
  "any-sample",
  "revise",
] as const satisfies readonly Criterion["criterion"][];
/** One list of arguments, for a form to show; which limits fit is decided behind it. */
const argumentsSchema = z.strictObject({ criterion: z.enum(CRITERIA), limit: z.json(), before: z.string().optional(), ...language });
const kwargsSchema = argumentsSchema.pipe(criterionSchema as unknown as z.ZodType<Kwargs, z.output<typeof argumentsSchema>>);

export const celloCriterion: Checker<Kwargs> = {
  id: "cello:criterion",
  kwargs: kwargsSchema,
  conflicts: [],
  describe: (criterion) => describeCriterion(criterion, criterion.language),
  randomKwargs(random) {
    const count = randomCount(random, 2, 12);
    const [first = "river", ...others] = randomWords(random, 1, 3);
    return random.pick<Kwargs>([
      { criterion: "resolve", limit: random.pick(["json", "dict", "list", "tuple", "xml"] as const), language: "ch" },
      { criterion: "keywords", limit: [first, ...others], language: "ch" },
      { criterion: random.pick(["word-max", "word-min"] as const), limit: count * 20, language: random.pick(["ch", "eg"] as const) },
      { criterion: random.pick(["sentence-min", "sentence-max", "sentence-exact"] as const), limit: count, language: "eg" },
      { criterion: random.pick(["sample-min", "sample-exact"] as const), limit: [[first, count]], language: "ch" },
      { criterion: random.pick(["sample-table", "sample-number"] as const), limit: count, language: "ch" },
      {
        criterion: "any-sample",
        limit: [
          { criterion: "sample-table", limit: count },
          { criterion: "sample-number", limit: count },
        ],
        language: "ch",
      },
      { criterion: "revise", limit: random.pick(["longer", "shorter"] as const), before: "A first draft.", language: "ch" },
    ]);
  },
  check(text, kwargs, mode) {
    const { score, got } = measureCriterion(text, kwargs, kwargs.language, mode);
    return result(score === 1, this.describe(kwargs), got, placesOf(text, kwargs));
  },
};

function describeCriterion(criterion: Criterion, counting: "ch" | "eg"): string {
  const unit = counting === "ch" ? "Chinese characters" : "words";
  switch (criterion.criterion) {
    case "resolve":
      return { json: "a JSON object", dict: "a dictionary", list: "a list", tuple: "a tuple", xml: "XML" }[criterion.limit];
    case "keywords":
      return `contains ${quoteList(criterion.limit)}`;
    case "word-max":
      return `at most ${criterion.limit} ${unit}`;
    case "word-min":
      return `at least ${criterion.limit} ${unit}`;
    case "sentence-min":
      return `at least ${criterion.limit} sentences`;
    case "sentence-max":
      return `at most ${criterion.limit} sentences`;
    case "sentence-exact":
      return `exactly ${criterion.limit} sentences`;
    case "sample-min":
      return criterion.limit.map(([sample, times]) => `"${sample}" at least ${times} times`).join(", ");
    case "sample-exact":
      return criterion.limit.map(([sample, times]) => `"${sample}" exactly ${times} times`).join(", ");
    case "any-sample":
      return criterion.limit.map((each) => describeCriterion(each, counting)).join(" or ");
    case "sample-table":
      return `a table of ${criterion.limit} rows`;
    case "sample-number":
      return `numbered up to ${criterion.limit}`;
    case "revise":
      return `${criterion.limit} than the answer before`;
  }
}

/** Where the words of a criterion stand first. */
function placesOf(text: string, { criterion, limit }: Kwargs): Span[] {
  if (criterion !== "keywords") return [];
  return limit.flatMap((word) => {
    const start = text.indexOf(word);
    return start < 0 ? [] : [{ start, end: start + word.length }];
  });
}
