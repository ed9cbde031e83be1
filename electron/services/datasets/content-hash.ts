// What makes two rows the same: a hash of their content that does not depend on the order of members, and how often the same content
// came before. So a file taken in twice adds nothing, while a file that says a thing twice keeps both.

import { hash } from "node:crypto";

const HASH_BYTES = 16;

/** Of a row that comes for the first time. */
export function contentHash(content: unknown): Buffer {
  return textHash(orderedJson(content));
}

/** Of a record of ours, whose members have an order of their own, and its split where it has one. */
export function recordHash(recordJson: string, split = ""): Buffer {
  return textHash(split === "" ? recordJson : `${recordJson}\n${split}`);
}

/** The same of a text that is no record. */
export function textHash(text: string): Buffer {
  return hash("sha256", text, "buffer").subarray(0, HASH_BYTES);
}

/** Of the same content once more; `occurrence` counts from 0, which is the content's own hash. */
export function repeatedHash(first: Buffer, occurrence: number): Buffer {
  return occurrence === 0 ? first : textHash(`${first.toString("hex")} ${occurrence}`);
}

/** JSON with the members of every object in code-unit order. */
function orderedJson(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  let text = "";
  if (Array.isArray(value)) {
    for (const member of value) text += `${text === "" ? "" : ","}${orderedJson(member)}`;
    return `[${text}]`;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(fields).sort()) {
    if (fields[name] !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${orderedJson(fields[name])}`;
  }
  return `{${text}}`;
}
