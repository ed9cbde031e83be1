// Pairs of similar sets among many, without comparing all: MinHash signatures (Broder 1997) cut into bands, so that sets sharing a
// band meet; each pair that meets is then compared exactly, so that no false pair comes out. Own code because the libraries on the
// registry hash strings one at a time and are an order of magnitude too slow for 100,000 rows.

import { jaccard, mix } from "./text-tokens.ts";

/** 16 bands of 4: a pair of similarity 0.8 is met with probability 0.9998, one of 0.5 with 0.64. */
const BANDS = 16;
const ROWS_PER_BAND = 4;
const HASHES = BANDS * ROWS_PER_BAND;
/** Of sets that share a band, each is compared with so many at most: the first ones and the newest. */
const MAX_COMPARED = 32;
/** A signature estimates the similarity with a standard error of at most 0.0625. */
const ESTIMATE_SLACK = 0.2;

const PAUSE_EVERY = 500;

export interface NearPair {
  /** first < second, positions in the input. */
  readonly first: number;
  readonly second: number;
  /** Exact Jaccard similarity. */
  readonly similarity: number;
}

/** Pairs at or above the threshold. Sets ascend and are not empty. Deterministic; pauses every few hundred sets. */
export function* findNearPairs(sets: readonly Uint32Array[], threshold: number): Generator<void, NearPair[]> {
  const signatures = new Uint32Array(sets.length * HASHES);
  for (const [position, set] of sets.entries()) {
    if (position % PAUSE_EVERY === 0) yield;
    sign(set, signatures.subarray(position * HASHES, (position + 1) * HASHES));
  }
  const compared = new Set<number>();
  const pairs: NearPair[] = [];
  for (let band = 0; band < BANDS; band++) {
    const buckets = new Map<number, number[]>();
    for (let position = 0; position < sets.length; position++) {
      if (position % PAUSE_EVERY === 0) yield;
      const key = bandKey(signatures, position * HASHES + band * ROWS_PER_BAND);
      const bucket = buckets.get(key);
      if (bucket === undefined) {
        buckets.set(key, [position]);
        continue;
      }
      for (const other of companions(bucket)) {
        const pair = other * sets.length + position;
        if (compared.has(pair) || estimate(signatures, other, position) < threshold - ESTIMATE_SLACK) continue;
        compared.add(pair);
        const similarity = jaccard(sets[other] as Uint32Array, sets[position] as Uint32Array);
        if (similarity >= threshold) pairs.push({ first: other, second: position, similarity });
      }
      bucket.push(position);
    }
  }
  return pairs.sort((a, b) => a.first - b.first || a.second - b.second);
}

function sign(set: Uint32Array, signature: Uint32Array): void {
  signature.fill(0xffffffff);
  for (const element of set) {
    // Two independent hashes give all the others (Kirsch and Mitzenmacher 2006); the final mix keeps them from being ordered alike.
    const base = mix(element);
    const step = mix(element ^ 0x5bd1e995) | 1;
    for (let i = 0, value = base; i < HASHES; i++, value = (value + step) | 0) {
      const hashed = (Math.imul(value ^ (value >>> 15), 0x2c1b3c6d) ^ (value >>> 13)) >>> 0;
      if (hashed < (signature[i] ?? 0)) signature[i] = hashed;
    }
  }
}

function bandKey(signatures: Uint32Array, offset: number): number {
  let high = 0x811c9dc5;
  let low = 0x9e3779b1;
  for (let i = offset; i < offset + ROWS_PER_BAND; i++) {
    high = mix(high ^ (signatures[i] ?? 0));
    low = Math.imul(low ^ (signatures[i] ?? 0), 0x01000193);
  }
  return (high >>> 11) * 0x100000000 + (low >>> 0);
}

function companions(bucket: readonly number[]): readonly number[] {
  return bucket.length <= MAX_COMPARED ? bucket : [...bucket.slice(0, MAX_COMPARED / 2), ...bucket.slice(-MAX_COMPARED / 2)];
}

function estimate(signatures: Uint32Array, a: number, b: number): number {
  let equal = 0;
  for (let i = 0; i < HASHES; i++) if (signatures[a * HASHES + i] === signatures[b * HASHES + i]) equal++;
  return equal / HASHES;
}
