// One spelling for a maths answer, as the public maths toolkit writes it (RAIF and Qwen2.5-Math evaluate with it): units, degrees, dollars
// and percent signs go, fractions and roots get their braces. Owns no equality. What surprises in it is kept, because labels and
// published scores were made with it; docs/verifiers.md lists it.

import { numberFromWords } from "./number-words.ts";
import { withoutUnits } from "./units.ts";

export interface NormaliseOptions {
  /** False keeps words that look like units. */
  readonly dropUnits?: boolean;
}

/** The normalised answer; "" where nothing is left. Never throws. */
export function normaliseAnswer(answer: string, { dropUnits = true }: NormaliseOptions = {}): string {
  let text = withoutTrailingText(oneCommandEach(answer.trim().replaceAll("\n", "").replace(/\.+$/, "")));
  if (dropUnits) text = withoutUnits(text);
  for (const mark of ["^{\\circ}", "^\\circ", "\\$", "$", "\\(", "\\)"]) text = text.replaceAll(mark, "");
  text = numberFromWords(text) ?? text;
  text = withoutSignsAndNames(text);
  text = withoutZeroDecimals(withInfinity(text));
  if (text === "") return text;
  if (text.startsWith(".")) text = `0${text}`;
  text = withoutShortLeftSide(text);
  text = text.replace(/\\sqrt([\p{L}\p{N}_]+)/gu, "\\sqrt{$1}").replaceAll(" ", "");
  return slashAsFraction(bracedFractions(text));
}

/** Spellings of the same command: fractions, matrices, relations, brackets. */
function oneCommandEach(text: string): string {
  return text
    .replaceAll("\\!", "")
    .replace(/\\begin\{array\}\{.*?\}/g, "\\begin{pmatrix}")
    .replace(/\\end\{array\}/g, "\\end{pmatrix}")
    .replaceAll("bmatrix", "pmatrix")
    .replaceAll("tfrac", "frac")
    .replaceAll("dfrac", "frac")
    .replaceAll("\\neq", "\\ne")
    .replaceAll("\\leq", "\\le")
    .replaceAll("\\geq", "\\ge")
    .replaceAll("\\left", "")
    .replaceAll("\\right", "")
    .replaceAll("\\{", "{")
    .replaceAll("\\}", "}");
}

/** "5 \text{ miles}" is 5; a text that stands alone stays. */
function withoutTrailingText(text: string): string {
  const rest = text.replace(/\\text\{.*?\}$/, "").trim();
  return rest === "" ? text : rest;
}

function withoutSignsAndNames(text: string): string {
  let rest = text.replace(/\\text\{(.*?)\}/g, "$1");
  for (const name of ["x=", "y=", "z=", "x\\in", "y\\in", "z\\in", "x\\to", "y\\to", "z\\to"]) rest = rest.replaceAll(name, "");
  return rest
    .replaceAll("\\emptyset", "{}")
    .replaceAll("(-\\infty,\\infty)", "\\mathbb{R}")
    .replaceAll("\\%", "")
    .replaceAll("%", "")
    .replaceAll(" .", " 0.")
    .replaceAll("{.", "{0.");
}

function withInfinity(text: string): string {
  let rest = text.replaceAll("infinity", "\\infty");
  if (!rest.includes("\\infty")) rest = rest.replaceAll("inf", "\\infty");
  rest = rest
    .replaceAll("and", "")
    .replaceAll("\\mathbf", "")
    .replace(/\\mbox\{.*?\}/g, "");
  return rest.includes("j") && !rest.includes("i") ? rest.replaceAll("j", "i") : rest;
}

/** 3.0 is 3, 3.0x is 3x; 2.50 stays. */
function withoutZeroDecimals(text: string): string {
  return text.replace(/(\p{Nd}+)\.0*(\P{Nd})/gu, "$1$2").replace(/(\p{Nd}+)\.0*$/u, "$1");
}

/** "k = 5" answers 5: a left side of up to two characters goes. */
function withoutShortLeftSide(text: string): string {
  const [left = "", right, ...more] = text.split("=");
  return right !== undefined && more.length === 0 && Array.from(left).length <= 2 ? right : text;
}

/** \frac12, \frac1{72} and \frac{1}2 as far as the toolkit braces them; a command at the end of the text leaves everything as it is. */
function bracedFractions(text: string): string {
  const [head = "", ...pieces] = text.split("\\frac");
  let braced = head;
  for (const piece of pieces) {
    const [top, bottom, ...rest] = piece;
    if (top === "{") braced += `\\frac${piece}`;
    else if (top === undefined || bottom === undefined) return text;
    else braced += bottom === "{" ? `\\frac{${top}}{${rest.join("")}` : `\\frac{${top}}{${bottom}}${rest.join("")}`;
  }
  return braced;
}

/** 3/4 is \frac{3}{4}, for whole numbers in their shortest spelling and roots. */
function slashAsFraction(text: string): string {
  const parts = text.split("/");
  const [top, bottom] = parts;
  if (parts.length !== 2 || top === undefined || bottom === undefined) return text;
  const readable = (part: string): boolean => part.includes("sqrt") || /^(?:0|-?[1-9]\d*)$/.test(part);
  return readable(top) && readable(bottom) ? `\\frac{${top}}{${bottom}}` : text;
}
