// Maths answers in training: finding the last \boxed{} and deciding equality. Exact on rationals and on lists of them; other expressions
// are equal when their normalised LaTeX is, or when computer algebra says so. Stricter than evaluation (../maths/answers-equal.ts): no
// tolerance, no factor of 100, no sum left for the reader to add up, because a reward teaches whatever it pays for.

import { compareExpressions } from "../maths/algebra.ts";
import { Budget } from "../maths/budget.ts";
import { divide, equalRationals, parseRational, type Rational } from "./rational.ts";

export interface BoxedAnswer {
  readonly text: string;
  /** UTF-16 range of the whole command in the text. */
  readonly start: number;
  readonly end: number;
}

const BOX = "\\boxed";
/** Brackets within which the order does not count. */
const SET = "\\{\\}";
const HUNDRED: Rational = { numerator: 100n, denominator: 1n };

/** The last \boxed{...} whose braces balance, or undefined. One pass, so that a runaway response costs no more than its length. */
export function lastBoxed(text: string): BoxedAnswer | undefined {
  const openBraces: number[] = [];
  let last: BoxedAnswer | undefined;
  for (const { 0: brace, index } of text.matchAll(/[{}]/g)) {
    if (brace === "{") {
      openBraces.push(index);
      continue;
    }
    const open = openBraces.pop();
    if (open === undefined || !text.endsWith(BOX, open)) continue;
    const start = open - BOX.length;
    if (last === undefined || start > last.start) last = { text: text.slice(open + 1, index), start, end: index + 1 };
  }
  return last;
}

/**
 * Whether two answers are the same number, the same list, or the same expression. Where algebra has to decide it blocks for at most its
 * time limit, and what it cannot decide in that time is not equal.
 */
export function equalMathAnswers(given: string, reference: string): boolean {
  return equal(given, reference, new Budget());
}

function equal(given: string, reference: string, budget: Budget): boolean {
  if (!budget.look()) return false;
  const [a, b] = withoutVariable(normaliseMath(given), normaliseMath(reference));
  if (a === b) return a !== "";
  const numbersA = values(a);
  const numbersB = values(b);
  if (numbersA.length > 0 && numbersB.length > 0) return numbersA.some((x) => numbersB.some((y) => equalRationals(x, y)));
  const partsA = listParts(a);
  const partsB = listParts(b);
  if (partsA === undefined && partsB === undefined) return equalByAlgebra(a, b, numbersA.length + numbersB.length > 0, budget);
  if (partsA === undefined || partsB === undefined || partsA.brackets !== partsB.brackets) return false;
  if (partsA.items.length !== partsB.items.length) return false;
  if (partsA.brackets === SET) return isSubset(partsA.items, partsB.items, budget) && isSubset(partsB.items, partsA.items, budget);
  return partsA.items.every((item, index) => equal(item, partsB.items[index] ?? "", budget));
}

/** One spelling for the many ways of writing the same LaTeX: spacing, size commands, units, dollars and a final full stop removed. */
export function normaliseMath(text: string): string {
  return text
    .trim()
    .replace(/\\[()[\]]/g, "")
    .replace(/(?<!\\)\\(?:left|right|displaystyle|[!,;: ])/g, "")
    .replace(/\\\$|\$/g, "")
    .replace(/[dt]frac/g, "frac")
    .replace(/\\(?:text|mbox|mathrm|textbf|mathbf)\{([^{}]*)\}/g, (match, inside: string, offset: number) =>
      offset === 0 ? inside : unitOrText(match, inside),
    )
    .replace(/\^\{?\\circ\}?|°/g, "")
    .replace(/\{,\}/g, ",")
    .replace(/\\%/g, "%")
    .replace(/[\s~]+/g, "")
    .replace(/\.$/, "")
    .replace(/\\frac(\d)(\d)/g, "\\frac{$1}{$2}")
    .replace(/\\frac(\d)\{/g, "\\frac{$1}{")
    .replace(/\\sqrt(\w)/g, "\\sqrt{$1}");
}

/** A root, a power or another function of numbers: what a plain number may be written with. An exclamation mark may be just that. */
const FUNCTION = /[\^π]|\\(?:sqrt|[dt]?binom|pi|log|ln|lg|exp|arc(?:sin|cos|tan)|sin|cos|tan|cot|sec|csc|lfloor|lceil)(?![a-zA-Z])/;

/** A plain number has to be worked out, 2+3 is no answer where 5 is one. Words are no products of their letters. */
function equalByAlgebra(a: string, b: string, oneIsNumber: boolean, budget: Budget): boolean {
  const word = (text: string): boolean => /^[a-zA-Z]+$/.test(text);
  // A percent sign starts a comment in LaTeX, and a box inside a box is no answer.
  const unreadable = (text: string): boolean => text === "" || /%|\\boxed/.test(text);
  if (unreadable(a) || unreadable(b) || (word(a) && word(b))) return false;
  if (oneIsNumber && !FUNCTION.test(a) && !FUNCTION.test(b)) return false;
  return compareExpressions(a, b, "exact", budget) === "equal";
}

/** "x=5" answers "5"; but where both name a variable it has to be the same. */
function withoutVariable(a: string, b: string): readonly [string, string] {
  const named = /^[a-zA-Z](?:_\{?\w+\}?)?=(.+)$/;
  const valueA = named.exec(a)?.[1];
  const valueB = named.exec(b)?.[1];
  return valueA !== undefined && valueB !== undefined ? [a, b] : [valueA ?? a, valueB ?? b];
}

/** Text after a number is a unit and goes; elsewhere it stays. */
function unitOrText(match: string, inside: string): string {
  return /^\s*[a-zA-Z. ]+\s*$/.test(inside) ? "" : match;
}

/** The values a text may stand for: with a percent sign both 50 and 1/2. Empty if it is no number. */
function values(text: string): Rational[] {
  const percent = text.endsWith("%");
  const value = parseRational(percent ? text.slice(0, -1) : text);
  if (value === undefined) return [];
  const share = percent ? divide(value, HUNDRED) : undefined;
  return share === undefined ? [value] : [value, share];
}

function listParts(text: string): { brackets: string; items: string[] } | undefined {
  const wrapped = /^([([]|\\\{)(.*)([)\]]|\\\})$/.exec(text);
  const items = splitOutsideBraces(wrapped?.[2] ?? text);
  return items.length < 2 ? undefined : { brackets: `${wrapped?.[1] ?? ""}${wrapped?.[3] ?? ""}`, items };
}

function isSubset(items: readonly string[], others: readonly string[], budget: Budget): boolean {
  return items.every((item) => others.some((other) => equal(item, other, budget)));
}

function splitOutsideBraces(text: string): string[] {
  const items = [""];
  let level = 0;
  for (const character of text) {
    if ("([{".includes(character)) level += 1;
    if (")]}".includes(character)) level -= 1;
    if (character === "," && level === 0) items.push("");
    else items.push((items.pop() ?? "") + character);
  }
  return items;
}
