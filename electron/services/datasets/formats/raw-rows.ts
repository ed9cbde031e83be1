// What every reader of a file format gives: rows as they stand in the file, in batches, and what could not be read, each with its line.

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
const COMMA = 0x2c;
export const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

export interface RawRow {
  readonly type: "row";
  /** Line of the file, or number of the record where a format has no lines, from 1. */
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The JSON text of the fields, where the file had one. */
  readonly json?: string;
}

export interface UnreadableRow {
  readonly type: "unreadable";
  readonly line: number;
  /** Member or column; "" where the row as a whole is meant. */
  readonly field: string;
  readonly reason: string;
  /** What stands there, cut where it is long. */
  readonly text: string;
}

export type RowBatches = AsyncIterable<readonly (RawRow | UnreadableRow)[]>;

/** Longest row that is taken in; longer ones are passed over without being held in memory. */
export const MAX_ROW_BYTES = 32 * 1024 * 1024;
/** Few enough to be gone before a collection of young garbage would keep them. */
const BATCH_ROWS = 1000;
const BATCH_CHARACTERS = 8 * 1024 * 1024;
const SHOWN_CHARACTERS = 4000;

/** Rows put together until they are many or large. */
export class RowBatch {
  private rows: (RawRow | UnreadableRow)[] = [];
  private characters = 0;

  /** `characters`: about how much it takes. */
  add(row: RawRow | UnreadableRow, characters: number): void {
    this.rows.push(row);
    this.characters += characters;
  }

  get isFull(): boolean {
    return this.rows.length >= BATCH_ROWS || this.characters >= BATCH_CHARACTERS;
  }

  get isEmpty(): boolean {
    return this.rows.length === 0;
  }

  /** What is in it; it is empty then. */
  take(): readonly (RawRow | UnreadableRow)[] {
    const { rows } = this;
    this.rows = [];
    this.characters = 0;
    return rows;
  }
}

export function unreadable(line: number, reason: string, text = "", field = ""): UnreadableRow {
  return { type: "unreadable", line, field, reason, text: text.slice(0, SHOWN_CHARACTERS) };
}

/** Parsing takes memory for each level and each value, up to 50 bytes for one of three; short texts cannot have many. */
const LOOKED_THROUGH_CHARACTERS = 1024 * 1024;
const MAX_DEPTH = 10_000;
const MAX_VALUES = 10_000_000;

/** A JSON text that should be an object, as a row. */
export function jsonRow(line: number, json: string): RawRow | UnreadableRow {
  const tooMuch = json.length > LOOKED_THROUGH_CHARACTERS ? excessOf(json) : undefined;
  if (tooMuch !== undefined) return unreadable(line, tooMuch, json);
  try {
    return objectRow(line, json, JSON.parse(json));
  } catch (error) {
    const finite = nonFiniteAsText(json);
    try {
      if (finite !== json) return objectRow(line, finite, JSON.parse(finite));
    } catch {
      // The message about what stands in the file says more.
    }
    return unreadable(line, `not JSON: ${error instanceof Error ? error.message : String(error)}`, json);
  }
}

/** Follows brackets and commas outside of strings; what there is too much of, in words. */
function excessOf(json: string): string | undefined {
  let [depth, values] = [0, 0];
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++depth > MAX_DEPTH) return "is nested too deeply";
      values++;
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
    else if (code === COMMA) values++;
    if (values > MAX_VALUES) return `holds more than ${MAX_VALUES} values`;
  }
  return undefined;
}

function objectRow(line: number, json: string, value: unknown): RawRow | UnreadableRow {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return unreadable(line, "not a JSON object", json);
  return { type: "row", line, fields: value as Record<string, unknown>, json };
}

/** Python writes numbers that JSON has no form for; they are kept as texts. */
function nonFiniteAsText(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/gs, (token) => (token.startsWith('"') ? token : `"${token}"`));
}
