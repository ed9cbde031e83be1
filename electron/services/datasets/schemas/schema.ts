// How a known layout of records becomes ours. A schema looks at the names of the fields to recognise a row, and makes the record of it;
// what it does not use is kept beside the record by the import.

import type { DraftRecord } from "../../../../shared/domain/dataset.ts";
import type { ChatMessage, Expert } from "../../../../shared/domain/instruction.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** A record that is not checked yet; without an id it gets one from its place in the file. */
export interface DraftParts {
  readonly id?: string;
  readonly messages: readonly ChatMessage[];
  readonly input?: string;
  readonly label?: Fields;
  readonly expert?: Expert;
  readonly tags?: Readonly<Record<string, string | number | boolean>>;
}

export type Converted =
  | {
      readonly type: "record";
      /** What is made of other layouts is a draft; a record is whole and checked. */
      readonly draft?: DraftParts;
      readonly record?: DraftRecord;
      /** Of a record: whether it also fits the format of instruction records. */
      readonly isInstruction?: boolean;
      readonly split?: string;
      /** Where the row was before, as an export of ours says it; such a row is taken back with whatever problem it had. */
      readonly place?: { readonly source: string; readonly format: string; readonly original?: Fields };
    }
  /** A row that is no record of its own but belongs to others. */
  | { readonly type: "context"; readonly reason: string; /** What it was, where the row only carries it. */ readonly original?: Fields };

export interface RowSchema {
  readonly name: string;
  readonly title: string;
  readonly recognises: (fields: Fields) => boolean;
  /** Throws BadField. */
  readonly convert: (fields: Fields) => Converted;
  /** For rows that mean more beside those before them: a converter of the rows of one file, in their order. */
  readonly inTurn?: () => (fields: Fields) => Converted;
}

/** What is wrong with a row, and in which field. */
export class BadField extends Error {
  readonly field: string;

  constructor(field: string, reason: string) {
    super(reason);
    this.field = field;
  }
}

export function requireText(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === "string" && value.trim() !== "") return value;
  throw new BadField(name, value === undefined ? "is missing" : typeof value === "string" ? "is empty" : "is no text");
}

/** May be empty: a benchmark's record is kept whatever it says. */
export function presentText(fields: Fields, name: string): string {
  return fields[name] === "" ? "" : requireText(fields, name);
}

/** Absent and null are undefined. */
export function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw new BadField(name, "is no text");
}

export function requireList(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  if (Array.isArray(value)) return value;
  throw new BadField(name, value === undefined ? "is missing" : "is no list");
}

/** Texts and whole numbers name records. */
export function recordName(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** The id of a record that has one. */
export function named(value: unknown): { readonly id?: string } {
  const id = recordName(value);
  return id === undefined ? {} : { id };
}

export function user(content: string): ChatMessage {
  return { role: "user", content };
}

/** Scalars of these fields as tags. */
export function tagsOf(fields: Fields, names: readonly string[]): Record<string, string | number | boolean> {
  const tags: Record<string, string | number | boolean> = {};
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "string" ? value !== "" : typeof value === "number" || typeof value === "boolean")
      tags[name] = value as string | number | boolean;
  }
  return tags;
}

export function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

const THINK = /^\s*<think>([\s\S]*?)<\/think>\s*/;

/** A response as a demonstration: reasoning where it has some, the rest is the answer. */
export function expertOf(response: string): Expert | undefined {
  if (response.trim() === "") return undefined;
  const think = THINK.exec(response);
  const rest = think === null ? response : response.slice(think[0].length);
  const answer = /^\s*<answer>\n?([\s\S]*?)\n?<\/answer>\s*$/.exec(rest);
  return { think: (think?.[1] ?? "").trim(), answer: answer?.[1] ?? rest };
}
