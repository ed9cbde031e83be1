// Whether a text that was made again is the same, and where it first is not.

export interface Likeness {
  readonly identical: boolean;
  /** Tokens at the beginning that are the same. */
  readonly sameTokens: number;
  /** UTF-16 units at the beginning of both texts that are the same, cut at a whole character. */
  readonly sameText: number;
}

export function likeness(stored: { readonly tokenIds: readonly number[]; readonly text: string }, again: typeof stored): Likeness {
  const sameTokens = commonLength(stored.tokenIds, again.tokenIds);
  let sameText = commonLength(stored.text, again.text);
  if (sameText > 0 && /[\ud800-\udbff]/.test(stored.text[sameText - 1] ?? "")) sameText -= 1;
  const identical = sameTokens === stored.tokenIds.length && sameTokens === again.tokenIds.length && stored.text === again.text;
  return { identical, sameTokens, sameText };
}

function commonLength(a: ArrayLike<number | string>, b: ArrayLike<number | string>): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index++) if (a[index] !== b[index]) return index;
  return shorter;
}
