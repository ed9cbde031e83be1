// An answer that has to be one JSON object of a given form, from a model that may say more, or name things otherwise. What is read
// generously here is still checked: by its schema, and later by the stages.

import { z } from "zod";
import { readLabel } from "../endpoint/yes-or-no.ts";
import { jsonValues, withoutReasoning } from "./json-values.ts";
import type { StageModel } from "./stage-ledger.ts";

const TRIES = 3;
const JSON_TOKENS = 1024;
/** A model that reasons first needs more; so much more at most. */
const MOST_JSON_TOKENS = 8192;

/** Asks again with another seed when the answer cannot be read, with more room when it was cut off; rejects the sample in the end. */
export async function askForJson<Shape extends z.ZodRawShape>(
  model: StageModel,
  prompt: string,
  schema: z.ZodObject<Shape>,
  seed: number,
): Promise<z.output<z.ZodObject<Shape>>> {
  let maxTokens = JSON_TOKENS;
  let problem = "";
  let earlier: string | undefined;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const { text, finish } = await model.ask({
      messages: [{ role: "user", content: prompt }],
      // The first try is the likeliest answer; another one of the same would not help.
      temperature: attempt === 0 ? 0.7 : 1,
      maxTokens,
      seed: seed + attempt,
      json: true,
    });
    const cutOff = finish === "length";
    const found = readJson(text, schema, !cutOff);
    if (found !== undefined) return found;
    problem = cutOff ? `cut off at ${maxTokens} tokens` : problemOf(text, schema);
    if (cutOff) maxTokens = Math.min(4 * maxTokens, MOST_JSON_TOKENS);
    // A model that says the same to another seed will say it a third time, and be paid for it.
    else if (text === earlier) break;
    earlier = text;
  }
  return model.reject(`the model's answers were not the JSON asked for: ${problem}`);
}

/** The last value that fits: examples and drafts come first. Undefined where none does. */
export function readJson<Shape extends z.ZodRawShape>(
  text: string,
  schema: z.ZodObject<Shape>,
  complete: boolean,
): z.output<z.ZodObject<Shape>> | undefined {
  const keys = Object.keys(schema.shape);
  const readings = jsonValues(text, complete)
    .reverse()
    .flatMap((value) => readingsOf(value, keys));
  for (const reading of [...readings, ...listReading(text, keys), ...labelReading(text, keys)]) {
    const parsed = schema.safeParse(reading);
    if (parsed.success) return parsed.data;
  }
  return undefined;
}

/** What else models call a field; read as the field where it is asked for. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  words: ["keywords", "wordlist", "list"],
  text: ["input", "passage", "paragraph", "content"],
  instruction: ["instructions", "prompt", "mergedinstruction", "newinstruction", "rewritteninstruction"],
  wishes: ["wish", "furtherwishes", "requests"],
  yes: ["verdict", "met", "holds", "satisfied"],
  because: ["reason", "explanation", "why"],
};

/** A value as it is, with its fields under the names asked for, without a wrapping, or as the only field asked for. */
function readingsOf(value: unknown, keys: readonly string[]): unknown[] {
  if (Array.isArray(value)) {
    const only = value.length === 1 && isObject(value[0]) ? readingsOf(value[0], keys) : [];
    return keys.length === 1 ? [...only, { [keys[0] ?? ""]: value }] : only;
  }
  if (!isObject(value)) return [];
  const entries = Object.entries(value);
  const named = Object.fromEntries(entries.map(([name, field]) => [keyFor(name, keys) ?? name, field]));
  const inner = entries.length === 1 && isObject(entries[0]?.[1]) ? readingsOf(entries[0][1], keys) : [];
  return [value, named, ...inner];
}

function keyFor(name: string, keys: readonly string[]): string | undefined {
  const plain = name.toLowerCase().replace(/[^\p{L}]/gu, "");
  return keys.find((key) => key.toLowerCase() === plain) ?? keys.find((key) => OTHER_NAMES[key]?.includes(plain));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Words that came as a numbered or bulleted list instead of JSON. */
function listReading(text: string, keys: readonly string[]): unknown[] {
  if (keys.length !== 1 || keys[0] !== "words") return [];
  const items = [...withoutReasoning(text).matchAll(/^[ \t]*(?:\d+[.)]|[-*•])[ \t]+(.+)$/gm)].map(([, item = ""]) =>
    item.replace(/^["'“”*_`]+|["'“”*_`.,;]+$/g, ""),
  );
  return [{ words: items }];
}

/** A plain yes or no instead of JSON. */
function labelReading(text: string, keys: readonly string[]): unknown[] {
  const said = withoutReasoning(text);
  return keys.length === 1 && keys[0] === "yes" && !/[{}]/.test(said) ? [{ yes: readLabel(said) }] : [];
}

/** Answers to yes/no questions as models write them. */
export const yesOrNoSchema = z.preprocess((value) => {
  const said = typeof value === "string" ? value.trim().toLowerCase().replace(/[.!]$/, "") : value;
  return said === "yes" || said === "true" || said === 1 ? true : said === "no" || said === "false" || said === 0 ? false : value;
}, z.boolean());

function problemOf(text: string, schema: z.ZodObject): string {
  const said = withoutReasoning(text).trim();
  if (said === "") return "nothing but reasoning";
  const [first] = jsonValues(text, true);
  if (first === undefined) return `no JSON in "${said.slice(0, 80)}"`;
  const issue = schema.safeParse(first).error?.issues[0];
  return issue === undefined ? "no object" : `${issue.path.join(".") || "the object"}: ${issue.message}`;
}
