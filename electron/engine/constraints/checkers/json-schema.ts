// raif:json_schema: the whole answer, without a code fence around it, is JSON that a schema accepts (draft 2020-12, read by ajv).

import { Ajv2020 } from "ajv/dist/2020.js";
import { fullFormats } from "ajv-formats/dist/formats.js";
import { z } from "zod";
import { result } from "../check-result.ts";
import { findMatchesInTime } from "../guarded-pattern.ts";
import type { Checker } from "../registry.ts";
import { withoutFence } from "../readable-text.ts";

interface Kwargs {
  readonly schema: Readonly<Record<string, unknown>>;
}

type Validate = (value: unknown) => readonly string[];

const EXAMPLES: readonly Kwargs["schema"][] = [
  { type: "object", required: ["title", "items"], properties: { title: { type: "string" }, items: { type: "array" } } },
  { type: "array", items: { type: "string" }, minItems: 3 },
  { type: "object", properties: { score: { type: "number", minimum: 0, maximum: 10 } }, required: ["score"], additionalProperties: false },
];
const MAX_PROBLEMS = 3;

export const jsonSchema: Checker<Kwargs> = {
  id: "raif:json_schema",
  kwargs: z.strictObject({
    schema: z.record(z.string(), z.unknown()).superRefine((schema, context) => {
      const problem = schemaProblem(schema);
      if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
    }),
  }),
  conflicts: [
    "detectable_format:title",
    "detectable_format:xml_format",
    "length_constraints:number_paragraphs",
    "startend:quotation",
    "combination:two_responses",
    "combination:repeat_prompt",
  ],
  describe: ({ schema }) => `JSON that fits ${describeSchema(schema)}`,
  randomKwargs: (random) => ({ schema: random.pick(EXAMPLES) }),
  check(text, kwargs) {
    const body = withoutFence(text);
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch (error) {
      return result(false, this.describe(kwargs), `not JSON: ${error instanceof Error ? error.message : String(error)}`);
    }
    const problems = validatorOf(kwargs.schema)(value);
    const start = text.indexOf(body);
    const shown = problems.slice(0, MAX_PROBLEMS).join("; ") + (problems.length > MAX_PROBLEMS ? "; ..." : "");
    return result(problems.length === 0, this.describe(kwargs), problems.length === 0 ? "JSON that fits" : shown, [
      { start, end: start + body.length },
    ]);
  },
};

const validators = new Map<string, Validate>();
const MAX_VALIDATORS = 1000;

/** Compiled once a schema. Throws what ajv throws for a schema it cannot compile. */
function validatorOf(schema: Kwargs["schema"]): Validate {
  const key = JSON.stringify(schema);
  const known = validators.get(key);
  if (known !== undefined) return known;
  if (validators.size >= MAX_VALIDATORS) validators.clear();
  const validate = compile(schema);
  validators.set(key, validate);
  return validate;
}

function compile(schema: Kwargs["schema"]): Validate {
  const ajv = new Ajv2020({ allErrors: true, strict: false, formats: fullFormats, code: { regExp: guardedPattern } });
  const validate = ajv.compile(schema);
  return (value) => {
    try {
      if (validate(value)) return [];
    } catch (error) {
      // A schema that refers to itself follows the value down, and the stack ends before the deepest JSON does.
      return [error instanceof Error ? error.message : String(error)];
    }
    return (validate.errors ?? []).map(
      ({ instancePath, message }) => `${instancePath === "" ? "the answer" : instancePath} ${message ?? "is wrong"}`,
    );
  };
}

/** Patterns of a schema are users' own: one that blows up is stopped and matches nothing. */
function guardedPattern(pattern: string, flags: string): { test(text: string): boolean; toString(): string } {
  const compiled = new RegExp(pattern, flags.includes("g") ? flags : `${flags}g`);
  // ajv tells patterns apart by how they are written.
  return { test: (text) => (findMatchesInTime(text, compiled, pattern) ?? []).length > 0, toString: () => String(compiled) };
}
guardedPattern.code = "new RegExp";

function schemaProblem(schema: Kwargs["schema"]): string | undefined {
  try {
    validatorOf(schema);
    return undefined;
  } catch (error) {
    return `must be a JSON schema: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function describeSchema({ title, type, required }: Kwargs["schema"]): string {
  if (typeof title === "string") return `the schema "${title}"`;
  const names = Array.isArray(required) ? ` with ${required.map(String).join(", ")}` : "";
  return typeof type === "string" ? `a schema: ${type}${names}` : "a schema";
}
