// An answer that has to be one JSON object of a given form, from a model that may say more, or something else.

import type { z } from "zod";
import type { StageModel } from "./stage-ledger.ts";

const TRIES = 3;
const JSON_TOKENS = 1024;

/** Asks again with another seed when the answer cannot be read; rejects the sample in the end. */
export async function askForJson<Value>(model: StageModel, prompt: string, schema: z.ZodType<Value>, seed: number): Promise<Value> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const { text } = await model.ask({
      messages: [{ role: "user", content: prompt }],
      // The first try is the likeliest answer; another one of the same would not help.
      temperature: attempt === 0 ? 0.7 : 1,
      maxTokens: JSON_TOKENS,
      seed: seed + attempt,
      json: true,
    });
    const parsed = schema.safeParse(firstObject(text));
    if (parsed.success) return parsed.data;
  }
  return model.reject(`${TRIES} answers of the model were not the JSON asked for`);
}

/** The first JSON object in a text, fences and words around it left out; undefined when there is none. */
export function firstObject(text: string): unknown {
  for (let start = text.indexOf("{"); start >= 0; start = text.indexOf("{", start + 1)) {
    const end = endOfObject(text, start);
    if (end === undefined) continue;
    try {
      return JSON.parse(text.slice(start, end));
    } catch {
      // Perhaps a later one.
    }
  }
  return undefined;
}

/** Behind the brace that closes the one at `start`, strings passed over. */
function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{") depth += 1;
    else if (character === "}" && --depth === 0) return at + 1;
  }
  return undefined;
}
