// Whether two maths answers are equal, as the public maths toolkit's grader decides it (RAIF and Qwen2.5-Math evaluate with it): the same
// text, the same number up to 1e-4 and a factor of 100, the same parts of tuples and matrices, the same equation, the same expression.
// Owns evaluation; training rewards are stricter, see ../rewards/math.ts.

import { compareExpressions } from "./algebra.ts";
import { Budget } from "./budget.ts";
import { choiceOf } from "./extract-answer.ts";
import { pythonFloat } from "./python-float.ts";

export interface EqualOptions {
  /** Longest time in algebra, over all parts of the answers; 2 seconds unless given. */
  readonly limitMs?: number;
}

const TOLERANCE = 1e-4;
const MATRIX_OPENING = /^\\begin\{[pb]matrix\}/;
const MATRIX_CLOSING = /\\end\{[pb]matrix\}$/;

/** Takes answers as extractAnswer and normaliseAnswer give them. What is not decided within the limit is not equal. Never throws. */
export function answersEqual(prediction: string, reference: string, { limitMs }: EqualOptions = {}): boolean {
  return equal(prediction, reference, new Budget(limitMs));
}

function equal(prediction: string, reference: string, budget: Budget): boolean {
  if (!budget.look()) return false;
  const given = prediction.trim();
  const wanted = reference.trim();
  if (given.toLowerCase() === wanted.toLowerCase()) return true;
  if (/^[A-E]$/.test(reference) && choiceOf(prediction) === reference) return true;
  const [x, y] = [asNumber(prediction), asNumber(reference)];
  if (x !== undefined && y !== undefined) return [y / 100, y, y * 100].some((value) => isClose(x, value));
  if (prediction === "") return false;
  const target = given.includes("pmatrix") && !wanted.includes("pmatrix") ? setAsMatrix(wanted) : wanted;
  return (
    sameWithoutBrackets(given, target) ||
    sameParts(given, target, budget) ||
    sameMatrix(given, target, budget) ||
    sameEquation(given, target, budget) ||
    sameSymbols(given, target, budget)
  );
}

/** Thousands separators go; a percent sign divides by 100. */
function asNumber(text: string): number | undefined {
  const plain = text.replaceAll(",", "");
  const number = pythonFloat(plain);
  if (number !== undefined || !plain.endsWith("%")) return number;
  const share = pythonFloat(plain.slice(0, -1).replace(/\\$/, ""));
  return share === undefined ? undefined : share / 100;
}

function isClose(a: number, b: number): boolean {
  if (a === b) return true;
  return Number.isFinite(a) && Number.isFinite(b) && Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}

/** Each {1,2} of the text as a matrix. */
function setAsMatrix(text: string): string {
  const sets = text.match(/\{.*,.*\}/g) ?? [];
  return sets.map((set) => `\\begin{pmatrix}${set.replace(/^[{}]+|[{}]+$/g, "").replaceAll(",", "\\")}\\end{pmatrix}`).join(", ");
}

/** Braces and round brackets never count; outer square ones neither, unless the other side has round ones. */
function sameWithoutBrackets(given: string, wanted: string): boolean {
  const wrapped = (open: string, close: string, other: string): boolean =>
    given.startsWith(open) && given.endsWith(close) && !wanted.startsWith(other);
  const bare = wrapped("[", "]", "(") || wrapped("(", ")", "[");
  const [a, b] = [given, wanted].map((text) =>
    (bare ? text.replace(/^[[\]()]+|[[\]()]+$/g, "") : text).replace(/[{}()]/g, "").toLowerCase(),
  );
  return a === b;
}

/** Tuples and intervals part by part; which brackets they have does not count. */
function sameParts(given: string, wanted: string, budget: Budget): boolean {
  const bracketed = /^[([].+[)\]]/;
  if (!bracketed.test(given) || !bracketed.test(wanted)) return false;
  return allEqual(given.slice(1, -1).split(","), wanted.slice(1, -1).split(","), budget);
}

function sameMatrix(given: string, wanted: string, budget: Budget): boolean {
  if (![given, wanted].every((text) => MATRIX_OPENING.test(text) && MATRIX_CLOSING.test(text))) return false;
  const rows = (text: string): string[][] =>
    text
      .replace(MATRIX_OPENING, "")
      .replace(MATRIX_CLOSING, "")
      .split("\\\\")
      .map((row) => row.trim())
      .filter((row) => row !== "")
      .map((row) => row.split("&"));
  const [a, b] = [rows(given), rows(wanted)];
  return a.length === b.length && a.every((row, index) => allEqual(row, b[index] ?? [], budget));
}

function allEqual(given: readonly string[], wanted: readonly string[], budget: Budget): boolean {
  return given.length === wanted.length && given.every((part, index) => equal(part, wanted[index] ?? "", budget));
}

/** Two equations by their difference up to the sign; a name of up to two characters before "=" does not count against a plain value. */
function sameEquation(given: string, wanted: string, budget: Budget): boolean {
  const [a, b] = [given.split("="), wanted.split("=")];
  if (a.length === 2 && b.length === 2) {
    const [x, y] = [difference(a), difference(b)];
    return sameSymbols(x, y, budget) || sameSymbols(`-(${x})`, y, budget);
  }
  const named = (sides: readonly string[]): boolean => sides.length === 2 && (sides[0] ?? "").trim().length <= 2;
  if (named(a) && b.length === 1) return equal(a[1] ?? "", wanted, budget);
  return named(b) && a.length === 1 && equal(given, b[1] ?? "", budget);
}

function difference([left = "", right = ""]: readonly string[]): string {
  return `${left.trim()} - (${right.trim()})`;
}

function sameSymbols(a: string, b: string, budget: Budget): boolean {
  return compareExpressions(a, b, "tolerant", budget) === "equal";
}
