// Finding things by a part of their name, the way palettes and searchable lists do.

/**
 * Entries that contain every typed word. First those where the words stand side by side, and where words of the name are or begin with
 * them; the given order otherwise.
 */
export function rankByText<Entry>(typed: string, entries: readonly Entry[], textOf: (entry: Entry) => string): readonly Entry[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return entries;
  return entries
    .map((entry, index) => ({ entry, index, score: scoreText(words, textOf(entry).toLowerCase()) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map(({ entry }) => entry);
}

const LETTER = /[\p{L}\p{N}]$/u;

/** More than what else can be said for a name with as many words. */
const PHRASE = 5;

function plainWords(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

/** 0 where a word is missing. */
function scoreText(words: readonly string[], text: string): number {
  let score = words.length > 1 && ` ${plainWords(text)} `.includes(` ${plainWords(words.join(" "))} `) ? PHRASE : 0;
  for (const word of words) {
    const at = text.indexOf(word);
    if (at < 0) return 0;
    score += at === 0 ? 4 : startsAWord(text, word) ? 2 : 1;
  }
  return score;
}

function startsAWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) if (!LETTER.test(text.slice(0, at))) return true;
  return false;
}
