// Which stretches of a reasoning also stand in the prompt, word by word: every run of three words that the prompt has too. The share
// of such runs is the overlap among the depth figures; this says where they are.

import type { MarkedRange } from "./span-segments.ts";

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

function wordsOf(text: string): Word[] {
  return [...text.matchAll(/[\p{L}\p{N}]+/gu)].map((match) => ({
    text: match[0].toLowerCase(),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

const RUN = 3;

function runAt(words: readonly Word[], index: number): string {
  return words
    .slice(index, index + RUN)
    .map(({ text }) => text)
    .join(" ");
}

/** Ranges of the reasoning that repeat the prompt, in order and apart. Case and punctuation do not matter. */
export function repeatedRanges(reasoning: string, prompt: string): MarkedRange<"repeated">[] {
  const promptWords = wordsOf(prompt);
  const known = new Set(promptWords.slice(RUN - 1).map((_, index) => runAt(promptWords, index)));
  const words = wordsOf(reasoning);
  const ranges: { start: number; end: number; mark: "repeated" }[] = [];
  for (let index = 0; index + RUN <= words.length; index++) {
    if (!known.has(runAt(words, index))) continue;
    const { start } = words[index]!;
    const { end } = words[index + RUN - 1]!;
    const last = ranges.at(-1);
    if (last !== undefined && start <= last.end) last.end = end;
    else ranges.push({ start, end, mark: "repeated" });
  }
  return ranges;
}
