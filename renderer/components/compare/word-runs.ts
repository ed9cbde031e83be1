// Which words several texts share in the same order, so that what only some of them say can be marked. For texts that the host has not
// compared, such as responses generated just now.

import type { DiffRun } from "../../../shared/domain/comparison.ts";

/** Beyond this many words a text is compared by its beginning: the table of a comparison has a cell for each pair of words. */
const MOST_WORDS = 3000;

/** Words with the white space that follows them; joined they are the text. */
function wordsOf(text: string): readonly string[] {
  return text.match(/^\s+|\S+\s*/g) ?? [];
}

/** Longest common subsequence of two lists, as positions in the first. */
function commonPositions(first: readonly string[], second: readonly string[]): readonly number[] {
  const width = second.length + 1;
  // lengths[i * width + j]: longest common subsequence of first[i..] and second[j..].
  const lengths = new Uint16Array((first.length + 1) * width);
  for (let i = first.length - 1; i >= 0; i--) {
    for (let j = second.length - 1; j >= 0; j--) {
      const below = lengths[(i + 1) * width + j] ?? 0;
      const right = lengths[i * width + j + 1] ?? 0;
      lengths[i * width + j] = first[i] === second[j] ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(below, right);
    }
  }
  const positions: number[] = [];
  for (let i = 0, j = 0; i < first.length && j < second.length;) {
    if (first[i] === second[j]) {
      positions.push(i);
      i += 1;
      j += 1;
    } else if ((lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)) i += 1;
    else j += 1;
  }
  return positions;
}

/** One list of runs a text, which joined are the text. A text alone, or with none to compare, is all its own. */
export function sharedRuns(texts: readonly string[]): readonly (readonly DiffRun[])[] {
  const words = texts.map(wordsOf);
  const keys = words.map((list) => list.slice(0, MOST_WORDS).map((word) => word.trim().toLowerCase()));
  let common: readonly string[] = keys[0] ?? [];
  for (const list of keys.slice(1)) {
    const before = common;
    common = commonPositions(before, list).map((position) => before[position] ?? "");
  }
  return words.map((list, index) => {
    const shared = texts.length < 2 ? new Set<number>() : new Set(commonPositions(keys[index] ?? [], common));
    return joinRuns(list.map((text, position) => ({ text, type: shared.has(position) ? "shared" : "own" })));
  });
}

function joinRuns(words: readonly DiffRun[]): readonly DiffRun[] {
  const runs: DiffRun[] = [];
  for (const word of words) {
    const last = runs.at(-1);
    if (last?.type === word.type) runs[runs.length - 1] = { ...last, text: last.text + word.text };
    else runs.push(word);
  }
  return runs;
}
