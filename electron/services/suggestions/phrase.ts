// The vocabulary in which instructions ask for constraints: numbers, relations and quoted texts, as pieces of patterns. Owns no rule.

const NUMBER_WORDS: readonly string[] =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(
    " ",
  );
const OTHER_NUMBERS: Readonly<Record<string, number>> = { a: 1, an: 1, once: 1, twice: 2, thrice: 3, thirty: 30, fifty: 50, hundred: 100 };

/** Digits or a word; group `n`. */
export const NUMBER = `(?<n>\\d{1,5}|${[...NUMBER_WORDS, "thirty", "fifty"].join("|")})`;
/** Group `relation`; may be absent. */
export const RELATION =
  "(?:(?<relation>at least|at minimum|(?:a )?minimum of|no (?:less|fewer) than|not less than|more than|over|less than|fewer than|under|below|" +
  "at most|no more than|not more than|(?:a )?maximum of|up to|exactly|precisely)\\s+)?";
/** A text in quotation marks of any kind; group `quoted`. */
export const QUOTED = `["“”'‘’«](?<quoted>[^"“”«»\\n]{1,300}?)["“”'’»](?![\\p{L}\\p{N}])`;

export type Limits = { readonly type: "at-least" | "less-than" | "exactly"; readonly count: number };

export function readNumber(written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  const lower = written.toLowerCase();
  if (/^\d+$/.test(lower)) return Number(lower);
  const index = NUMBER_WORDS.indexOf(lower);
  return index >= 0 ? index : OTHER_NUMBERS[lower];
}

/** Undefined without a number; a number without a relation is exact. `orMore` is what stands behind the number ("300+", "or more"). */
export function readLimits(relation: string | undefined, number: string | undefined, orMore = ""): Limits | undefined {
  const count = readNumber(number);
  if (count === undefined) return undefined;
  if (/\+|or more|minimum/i.test(orMore)) return { type: "at-least", count };
  if (/or (?:less|fewer)|maximum/i.test(orMore)) return { type: "less-than", count: count + 1 };
  switch (relation?.toLowerCase()) {
    case "more than":
    case "over":
      return { type: "at-least", count: count + 1 };
    case "less than":
    case "fewer than":
    case "under":
    case "below":
      return { type: "less-than", count };
    case "at most":
    case "no more than":
    case "not more than":
    case "maximum of":
    case "a maximum of":
    case "up to":
      return { type: "less-than", count: count + 1 };
    case undefined:
    case "exactly":
    case "precisely":
      return { type: "exactly", count };
    default:
      return { type: "at-least", count };
  }
}

/** The words of a list: quoted ones if there are any, else what stands between commas, "and" and "or". */
export function readList(text: string): string[] {
  const quoted = Array.from(text.matchAll(new RegExp(QUOTED, "gu")), (match) => match.groups?.["quoted"] ?? "");
  const words = quoted.length > 0 ? quoted : text.split(/,|;|\band\b|\bor\b|\bnor\b|&/u);
  const ended = words.map((word) =>
    word.replace(/\s+(?:in|within|throughout|at|into) (?:the|your|it|this|its|any)\b.*$|^\s*(?:but|so|then|no) .*$/u, ""),
  );
  return [...new Set(ended.map((word) => word.replace(/^[\s"“”'‘’.,;:!?]+|[\s"“”'‘’.,;:!?]+$/gu, "")))].filter((word) => word !== "");
}
