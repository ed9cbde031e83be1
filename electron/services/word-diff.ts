// Which words several texts have in common at the same place, for showing them side by side.

import { diffArrays } from "diff";
import type { DiffRun } from "../../shared/domain/comparison.ts";

/** A difference that takes longer is not looked for; then nothing counts as shared. */
const LIMIT_MS = 500;

interface Word {
  readonly word: string;
  /** With the white space around it; joined they are the text. */
  readonly text: string;
}

/** The texts cut into runs, one list a text; the runs of a text joined are the text. One text alone shares nothing. */
export function alignedDiff(texts: readonly string[]): DiffRun[][] {
  const all = texts.map(wordsOf);
  const [first, ...others] = all;
  if (first === undefined) return [];
  const pairings = others.map((other) => pairing(first, other));
  const isShared = first.map((_, index) => pairings.length > 0 && pairings.every((pairs) => pairs.has(index)));
  const sharedOf = (pairs: ReadonlyMap<number, number>): ReadonlySet<number> =>
    new Set([...pairs].filter(([index]) => isShared[index] === true).map(([, partner]) => partner));
  const shared = [new Set(isShared.flatMap((yes, index) => (yes ? [index] : []))), ...pairings.map(sharedOf)];
  return all.map((words, text) => runsOf(words, shared[text] as ReadonlySet<number>));
}

function wordsOf(text: string): Word[] {
  return (text.match(/\s*\S+\s*?(?=\s|$)|\s+$/g) ?? []).map((piece) => ({ word: piece.trim(), text: piece }));
}

/** Positions in `a` with their partners in `b`. */
function pairing(a: readonly Word[], b: readonly Word[]): ReadonlyMap<number, number> {
  const options = { comparator: (left: Word, right: Word) => left.word === right.word, timeout: LIMIT_MS };
  const changes = diffArrays([...a], [...b], options);
  const pairs = new Map<number, number>();
  let [inA, inB] = [0, 0];
  // Undefined where the time was over; its type does not say so for every version.
  for (const { added, removed, count } of changes ?? []) {
    if (added) inB += count;
    else if (removed) inA += count;
    else for (let i = 0; i < count; i++) pairs.set(inA++, inB++);
  }
  return pairs;
}

function runsOf(words: readonly Word[], shared: ReadonlySet<number>): DiffRun[] {
  const runs: { text: string; type: DiffRun["type"] }[] = [];
  words.forEach(({ text }, index) => {
    const type = shared.has(index) ? "shared" : "own";
    const last = runs.at(-1);
    if (last?.type === type) last.text += text;
    else runs.push({ text, type });
  });
  return runs;
}
