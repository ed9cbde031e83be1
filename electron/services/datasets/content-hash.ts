// What makes two rows the same: a hash of their content that does not depend on the order of members, and how often the same content
// came before. So a file taken in twice adds nothing, while a file that says a thing twice keeps both.

import { hash } from "node:crypto";

const HASH_BYTES = 16;

/** `occurrence` counts equal contents from 0. */
export function contentHash(content: unknown, occurrence = 0): Buffer {
  return textHash(orderedJson(content), occurrence);
}

/** The same of a text that is no record. */
export function textHash(text: string, occurrence = 0): Buffer {
  const digest = hash("sha256", occurrence === 0 ? text : `${text}\n${occurrence}`, "buffer");
  return digest.subarray(0, HASH_BYTES);
}

/** JSON with the members of every object in code-unit order. */
function orderedJson(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(orderedJson).join(",")}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  const members = Object.keys(fields)
    .filter((name) => fields[name] !== undefined)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${orderedJson(fields[name])}`);
  return `{${members.join(",")}}`;
}
