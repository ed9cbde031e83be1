// The shape of a reasoned response: <think>...</think><answer>...</answer>. Owns splitting, the format check and the instruction
// that asks for it; the numbers paid for it are in reward.ts.

import { SPACE_CLASS } from "../constraints/python-pattern.ts";
import { isBlank, strippedRange } from "../constraints/text.ts";

/** Asks for reasoning; goes into the system message, or the first user turn where a template has no system role. */
export const THINKING_INSTRUCTION =
  "First think inside <think></think> about every rule of the request, then write only the final answer inside <answer></answer>.";

/**
 * "lenient": each tag exactly once and in order, anything around them. "strict": nothing but white space around the two blocks.
 * "think-only": for models that reason natively; one think pair, the answer is what follows it.
 */
export type FormatMode = "lenient" | "strict" | "think-only";

export interface ParsedResponse {
  readonly formatOk: boolean;
  /** Reasoning without outer white space; empty if there is none. */
  readonly think: string;
  /** Answer without outer white space. When the format is broken, the most likely answer, for display. */
  readonly answer: string;
  /** UTF-16 offset of `answer` in the text. */
  readonly answerStart: number;
}

const TAGS = ["<think>", "</think>", "<answer>", "</answer>"] as const;
const STRICT = new RegExp(`^[${SPACE_CLASS}]*<think>[^]*</think>[${SPACE_CLASS}]*<answer>[^]*</answer>[${SPACE_CLASS}]*$`, "u");

/** `text` is the assistant turn: pre-fill and generated text, template tokens removed. */
export function parseResponse(text: string, mode: FormatMode = "lenient"): ParsedResponse {
  const required = mode === "think-only" ? TAGS.slice(0, 2) : TAGS;
  const positions = required.map((tag) => text.indexOf(tag));
  const once = required.every((tag, index) => (positions[index] ?? -1) >= 0 && text.indexOf(tag, (positions[index] ?? 0) + 1) < 0);
  const inOrder = positions.every((position, index) => index === 0 || position > (positions[index - 1] ?? -1));
  const formatOk = once && inOrder && (mode !== "strict" || STRICT.test(text));
  const thinkRange = findThink(text);
  const answerRange = mode === "think-only" ? { start: thinkRange.after, end: text.length } : findAnswer(text, thinkRange.after);
  const answer = trimmed(text, answerRange.start, answerRange.end);
  return { formatOk, think: trimmed(text, thinkRange.start, thinkRange.end).text, answer: answer.text, answerStart: answer.start };
}

/** Reasoning that says nothing: blank, without any letter or digit, or only a stand-in such as "[reasoning here]". */
export function isPlaceholder(think: string): boolean {
  if (isBlank(think) || !/[\p{L}\p{N}]/u.test(think)) return true;
  return /^[[(<{]?\s*(?:none|n\/a|empty|todo|(?:my|your|the)?\s*(?:reasoning|thinking|thoughts?|analysis)(?:\s+(?:process|goes|here))*)\s*[\])>}]?[.…:]*$/iu.test(
    think.trim(),
  );
}

function findThink(text: string): { start: number; end: number; after: number } {
  const open = text.indexOf("<think>");
  const close = text.indexOf("</think>");
  if (close >= 0) return { start: open >= 0 && open < close ? open + "<think>".length : 0, end: close, after: close + "</think>".length };
  if (open < 0) return { start: 0, end: 0, after: 0 };
  // Reasoning that never ends: it runs to the answer, or to the end of the text.
  const answer = text.indexOf("<answer>", open);
  const end = answer >= 0 ? answer : text.length;
  return { start: open + "<think>".length, end, after: end };
}

function findAnswer(text: string, afterThink: number): { start: number; end: number } {
  const open = text.lastIndexOf("<answer>");
  const start = open >= 0 ? open + "<answer>".length : afterThink;
  const close = text.indexOf("</answer>", start);
  return { start, end: close >= 0 ? close : text.length };
}

function trimmed(text: string, start: number, end: number): { text: string; start: number } {
  const part = text.slice(start, end);
  const range = strippedRange(part);
  return { text: part.slice(range.start, range.end), start: start + range.start };
}
