// Byte-level byte-pair training (Sennrich et al. 2016, over the GPT-2 byte alphabet). Deterministic: the most frequent pair is
// merged first, ties go to the pair that sorts first. Meant for small vocabularies; it recounts all pairs after each merge.

/** GPT-2's printable stand-in for every byte, indexed by byte. */
export function byteAlphabet(): string[] {
  const printable = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}

export interface TrainedPairs {
  /** Token strings in id order: the alphabet first, then one per merge. */
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
}

/** `pieces`: pre-tokens with their counts. Stops early when no pair occurs twice. */
export function trainPairs(pieces: ReadonlyMap<string, number>, vocabularySize: number): TrainedPairs {
  const alphabet = byteAlphabet();
  const encoder = new TextEncoder();
  const words = [...pieces]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([piece, count]) => ({ symbols: [...encoder.encode(piece)].map((byte) => alphabet[byte] ?? ""), count }));
  const tokens = [...alphabet].sort();
  const known = new Set(tokens);
  const merges: [string, string][] = [];
  while (tokens.length < vocabularySize) {
    const best = mostFrequentPair(words);
    if (best === undefined) break;
    const [left, right] = best;
    merges.push([left, right]);
    const joined = left + right;
    if (!known.has(joined)) {
      known.add(joined);
      tokens.push(joined);
    }
    for (const word of words) mergePair(word.symbols, left, right);
  }
  return { tokens, merges };
}

function mostFrequentPair(words: readonly { readonly symbols: readonly string[]; readonly count: number }[]): [string, string] | undefined {
  const counts = new Map<string, number>();
  for (const { symbols, count } of words) {
    for (let i = 1; i < symbols.length; i++) {
      const key = `${symbols[i - 1] ?? ""}\n${symbols[i] ?? ""}`;
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
  }
  let best: string | undefined;
  let most = 1;
  for (const [key, count] of counts) {
    if (count > most || (count === most && best !== undefined && key < best)) [best, most] = [key, count];
  }
  if (best === undefined) return undefined;
  const [left, right] = best.split("\n");
  return [left ?? "", right ?? ""];
}

function mergePair(symbols: string[], left: string, right: string): void {
  for (let i = 0; i < symbols.length - 1; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) symbols.splice(i, 2, left + right);
  }
}
