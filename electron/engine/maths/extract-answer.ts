// The answer a response ends with, as the public maths toolkit finds it: a declared final answer, the last box, "the answer is", the last
// number. Owns no equality. Rewards do not use it: they want a box (../rewards/math.ts).

import { normaliseAnswer } from "./normalise-answer.ts";

export interface ExtractOptions {
  /** Name of the data set: those of multiple choice answer with a letter, some keep units. Default "math". */
  readonly dataset?: string;
}

const CHOICE_SETS = ["mmlu_stem", "sat_math", "aqua", "gaokao2023"];
const SETS_WITH_UNITS = ["carp_en", "minerva_math"];

/** The normalised answer, "" where there is none. Never throws. */
export function extractAnswer(response: string, { dataset = "math" }: ExtractOptions = {}): string {
  const text = response.replaceAll("\u043a\u0438", "");
  if (CHOICE_SETS.includes(dataset)) return declaredChoice(text);
  const found = findAnswer(text);
  const chosen = dataset.includes("mmlu") ? (choices(found).at(-1) ?? trimDots(found.trim())) : found;
  const line = chosen.replace(/\n\s*/g, "").replace(/^:/, "").replace(/\.$/, "").replace(/\/$/, "");
  return normaliseAnswer(line, { dropUnits: !SETS_WITH_UNITS.includes(dataset) });
}

/** The letter a multiple-choice answer names: the last of A to E that stands alone, ignoring case; else the text without its dots. */
export function choiceOf(answer: string): string {
  const text = withoutEnds(answer);
  return (choices(text).at(-1) ?? trimDots(text.trim())).replace(/\.+$/, "").replace(/\/+$/, "");
}

function findAnswer(text: string): string {
  const opening = "final answer is $";
  if (text.includes(opening) && text.includes("$. I hope")) {
    const after = text.slice(text.indexOf(opening) + opening.length);
    return (after.split("$. I hope")[0] ?? "").trim();
  }
  const box = after(text, "boxed");
  if (box !== undefined) return insideBox(box);
  const said = after(text, "he answer is") ?? after(text, "final answer is");
  if (said !== undefined) return said.trim();
  const chinese = text.split("答案是")[1];
  if (chinese !== undefined) return (chinese.trim().split("\n\n")[0] ?? "").trim();
  return (
    text
      .replaceAll(",", "")
      .match(/-?\p{Nd}*\.?\p{Nd}+/gu)
      ?.at(-1) ?? ""
  );
}

/** What follows the last occurrence of a phrase. */
function after(text: string, phrase: string): string | undefined {
  const at = text.lastIndexOf(phrase);
  return at < 0 ? undefined : text.slice(at + phrase.length);
}

/** Up to the brace that closes the box; of a box cut off, all of it. Without a brace up to the next dollar sign. */
function insideBox(rest: string): string {
  if (!rest.startsWith("{")) return (rest.split("$")[0] ?? "").trim();
  let level = 0;
  for (let index = 0; index < rest.length; index += 1) {
    if (rest[index] === "{") level += 1;
    if (rest[index] === "}") level -= 1;
    if (level === 0) return rest.slice(1, index);
  }
  return rest.slice(1);
}

/** Multiple choice: the first letter after "answer is" or "choice is", else the last letter. */
function declaredChoice(response: string): string {
  const text = response.replace(/^\n+|\n+$/g, "");
  const worked = ["choice is", "answer is"].some((phrase) => text.split(phrase).length > 2);
  const pieces = (worked ? (text.split("\n\n")[0] ?? "") : text).split(/choice is|answer is/);
  const last = pieces.at(-1) ?? "";
  return (pieces.length > 1 ? choices(withoutEnds(last))[0] : undefined) ?? choiceOf(last);
}

/** Without line breaks, full stops, slashes, spaces and colons around it. */
function withoutEnds(text: string): string {
  return text
    .replace(/^\n+|\n+$/g, "")
    .replace(/\.+$/, "")
    .replace(/\/+$/, "")
    .replace(/^ +| +$/g, "")
    .replace(/^:+/, "");
}

function choices(text: string): string[] {
  return text.toUpperCase().match(/(?<![\p{L}\p{N}_])[A-E](?![\p{L}\p{N}_])/gu) ?? [];
}

function trimDots(text: string): string {
  return text.replace(/^\.+|\.+$/g, "");
}
