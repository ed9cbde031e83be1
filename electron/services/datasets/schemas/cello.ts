// CELLO: every criterion of a record is one that a rule checks. Rules are meant as a person reads them ("corrected"): what the benchmark's own
// scripts cannot score (sample-exact, sample-mins, a revision against the answer before) counts.

import { z } from "zod";
import { labelledTree } from "./labels.ts";
import { BadField, isFields, named, optionalText, requireText, tagsOf, user, type Fields, type RowSchema } from "./schema.ts";

const CRITERION_FIELDS = ["Answer_format", "Input_depdent_query", "Task_prescribed_phrases", "Count_limit"] as const;

export const cello: RowSchema = {
  name: "cello",
  title: "CELLO",
  recognises: (fields) => ["Instruction", "task_category", "Answer_format", "Count_limit"].every((name) => Object.hasOwn(fields, name)),
  convert: (fields) => {
    const turns = turnsOf(fields["histories"] ?? []);
    const earlier = turns.flatMap(([question, answer]) => [user(question), { role: "assistant" as const, content: answer }]);
    // These stand for no text.
    const input = optionalText(fields, "input_text");
    const hasInput = input !== undefined && input !== "" && !["nan", "NaN", "NULL"].includes(input);
    const rules = CRITERION_FIELDS.flatMap((name) => rulesOf(fields, name, turns.at(-1)?.[1]));
    return {
      type: "record",
      draft: {
        ...named(fields["Instruction_id"]),
        messages: [...earlier, user(requireText(fields, "Instruction"))],
        ...(hasInput ? { input } : {}),
        ...(rules.length === 0 ? {} : { label: labelledTree(rules, "corrected") }),
        tags: tagsOf(fields, ["task_category", "lang"]),
      },
    };
  },
};

function turnsOf(value: unknown): readonly (readonly [string, string])[] {
  if (!Array.isArray(value)) throw new BadField("histories", "is no list");
  return value.map((turn: unknown) => {
    if (!Array.isArray(turn) || typeof turn[0] !== "string" || typeof turn[1] !== "string")
      throw new BadField("histories", "has a turn that is no pair of texts");
    return [turn[0], turn[1]] as const;
  });
}

const criterionSchema = z.object({ criterion: z.string(), limit: z.unknown() });

/** Criteria that nothing here knows are left out; the record keeps them among its fields. */
function rulesOf(fields: Fields, name: (typeof CRITERION_FIELDS)[number], before: string | undefined): Fields[] {
  const list = fields[name];
  if (!Array.isArray(list)) return [];
  const language = fields["lang"] === "eg" || fields["lang"] === "en" ? "eg" : "ch";
  const criteria = list.flatMap((entry: unknown): Fields[] => {
    const parsed = isFields(entry) ? criterionSchema.safeParse(entry) : undefined;
    const kwargs = parsed?.success === true ? kwargsOf(parsed.data.criterion, parsed.data.limit, before) : undefined;
    return kwargs === undefined ? [] : [kwargs];
  });
  // Several samples are ways to do the same: to the benchmark the best of them counts.
  const isSample = ({ criterion }: Fields): boolean => String(criterion).startsWith("sample-");
  const samples = criteria.filter(isSample);
  const others = samples.length < 2 ? criteria : criteria.filter((each) => !isSample(each));
  const together = samples.length < 2 ? [] : [{ criterion: "any-sample", limit: samples }];
  return [...others, ...together].map((kwargs) => ({ type: "rule", id: "cello:criterion", kwargs: { ...kwargs, language } }));
}

const wordsSchema = z.array(z.string().min(1)).min(1);
const samplesSchema = z.array(z.tuple([z.string().min(1), z.int().min(0)])).min(1);
const countSchema = z.int().min(0);

function kwargsOf(criterion: string, limit: unknown, before: string | undefined): Fields | undefined {
  switch (criterion) {
    case "resolve": {
      // Written as a list of one now and then.
      const [format]: readonly unknown[] = [limit].flat();
      return ["json", "dict", "list", "tuple", "xml"].includes(String(format)) ? { criterion, limit: format } : undefined;
    }
    case "keywords": {
      const words = wordsSchema.safeParse(typeof limit === "string" ? [limit] : limit);
      return words.success && limit !== "NULL" ? { criterion, limit: words.data } : undefined;
    }
    case "sample-min":
    case "sample-mins":
    case "sample-exact": {
      const samples = samplesSchema.safeParse(limit);
      return samples.success ? { criterion: criterion === "sample-mins" ? "sample-min" : criterion, limit: samples.data } : undefined;
    }
    case "word-max":
    case "word-min":
    case "sentence-min":
    case "sentence-max":
    case "sentence-exact":
    case "sample-table":
    case "sample-number":
      return countSchema.safeParse(limit).success ? { criterion, limit } : undefined;
    case "revise":
      return before !== undefined && (limit === "longer" || limit === "shorter") ? { criterion, limit, before } : undefined;
    default:
      return undefined;
  }
}
