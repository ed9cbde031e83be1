// JSON values in what a model said: reasoning, fences and words around them left out, slips of writing mended (trailing commas, single
// quotes, comments, Python's True, a last brace forgotten). Owns no form that a value has to have.

import { jsonrepair } from "jsonrepair";

/** A model that repeats itself opens brackets without end, which would take minutes to mend; no answer has so many or nests so deep. */
const MOST_OPENINGS = 1000;
const DEEPEST = 50;

/** Objects and lists in their order, outermost ones only. `complete`: the model ended by itself, so that an open end is a slip. */
export function jsonValues(text: string, complete: boolean): unknown[] {
  const body = withoutReasoning(text);
  const values: unknown[] = [];
  for (let start = nextOpening(body, 0), openings = 1; start >= 0 && openings <= MOST_OPENINGS; openings++) {
    const end = endOfValue(body, start) ?? (complete ? body.length : undefined);
    const value = end === undefined ? undefined : parsed(body.slice(start, end));
    if (value !== undefined) values.push(value);
    start = nextOpening(body, value === undefined || end === undefined ? start + 1 : end);
  }
  return values;
}

/** What follows the last reasoning block; nothing of a block that never ended. */
export function withoutReasoning(text: string): string {
  const said = text.replace(/^[^]*<\/think(?:ing)?>/i, "");
  const open = /<think(?:ing)?>/i.exec(said);
  return open === null ? said : said.slice(0, open.index);
}

function nextOpening(text: string, from: number): number {
  const at = text.slice(from).search(/[{[]/);
  return at < 0 ? -1 : from + at;
}

/** Behind the bracket that closes the one at `start`, strings passed over; undefined where none does. */
function endOfValue(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at] ?? "";
    if (inString) {
      if (character === "\\") at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") depth += 1;
    else if ((character === "}" || character === "]") && --depth === 0) return at + 1;
  }
  return undefined;
}

/** An object or a list; undefined for what even mended is none, and for what nests too deep to be mended within reason. */
function parsed(written: string): unknown {
  if (isTooDeep(written)) return undefined;
  for (const read of [JSON.parse, (text: string) => JSON.parse(jsonrepair(text)) as unknown]) {
    try {
      const value = read(written) as unknown;
      if (typeof value === "object" && value !== null) return value;
    } catch {
      // The next way, or none.
    }
  }
  return undefined;
}

/** Brackets in strings count too, which errs towards too deep. */
function isTooDeep(written: string): boolean {
  let depth = 0;
  for (const bracket of written.match(/[{}[\]]/g) ?? []) {
    depth += bracket === "{" || bracket === "[" ? 1 : -1;
    if (depth > DEEPEST) return true;
  }
  return false;
}
