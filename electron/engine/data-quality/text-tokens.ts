// Texts as comparisons see them: words without case and punctuation, each a 32-bit number; a character of Chinese, Japanese or
// Korean is a word of its own. Hashed, because 100,000 texts are compared by their sets of word sequences.

const TOKEN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|[\p{L}\p{N}]+/gu;
const ASCII = /^[\x00-\x7f]*$/;
const ASCII_TOKEN = /[a-z0-9]+/g;
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Words in order. Compatibility forms ("ﬁ", full-width letters) are the same as their plain ones. */
export function textTokens(text: string): string[] {
  // Nearly all English text, and several times as fast.
  if (ASCII.test(text)) return text.toLowerCase().match(ASCII_TOKEN) ?? [];
  return text.normalize("NFKC").toLowerCase().match(TOKEN) ?? [];
}

/** What makes two texts the same text: equal words in equal order. */
export function comparableText(text: string): string {
  return textTokens(text).join(" ");
}

export function isMostlyCjk(tokens: readonly string[]): boolean {
  return tokens.filter((token) => token.length <= 2 && CJK.test(token)).length * 2 > tokens.length;
}

export function hashTokens(tokens: readonly string[]): Uint32Array {
  const hashes = new Uint32Array(tokens.length);
  for (const [index, token] of tokens.entries()) {
    let hash = FNV_OFFSET;
    for (let i = 0; i < token.length; i++) hash = Math.imul(hash ^ token.charCodeAt(i), FNV_PRIME);
    hashes[index] = mix(hash);
  }
  return hashes;
}

/** One number a window of `size` words, in order; a shorter text is one window of its own. Two lanes make a 53-bit number. */
export function windowHashes(tokens: Uint32Array, size: number): Float64Array {
  const length = Math.min(size, tokens.length);
  const windows = new Float64Array(tokens.length === 0 ? 0 : tokens.length - length + 1);
  for (let start = 0; start < windows.length; start++) {
    let high = FNV_OFFSET ^ length;
    let low = FNV_PRIME;
    for (let i = start; i < start + length; i++) {
      const token = tokens[i] ?? 0;
      high = Math.imul(high ^ token, FNV_PRIME);
      low = Math.imul(low + token, 0x9e3779b1) ^ (low >>> 15);
    }
    windows[start] = (mix(high) >>> 11) * 0x100000000 + mix(low);
  }
  return windows;
}

/** The windows as an ascending set of 32-bit numbers, for Jaccard similarities. */
export function shingleSet(tokens: Uint32Array, size: number): Uint32Array {
  const windows = windowHashes(tokens, size);
  const sorted = Uint32Array.from(windows, (value) => value % 0x100000000).sort();
  let kept = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[kept++] = sorted[i] ?? 0;
  return sorted.slice(0, kept);
}

/** Size of the intersection over size of the union, 0 to 1. Both sets ascend. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const left = a[i] ?? 0;
    const right = b[j] ?? 0;
    if (left === right) shared++;
    if (left <= right) i++;
    if (right <= left) j++;
  }
  const union = a.length + b.length - shared;
  return union === 0 ? 0 : shared / union;
}

/** Spreads every bit of a 32-bit number over all others. */
export function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x7feb352d);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
