// Attention in WebAssembly against softmax attention written down in float64, over prompts that rows share and tokens of their own.

import { describe, expect, it } from "vitest";
import { PLAIN_DECODER, type DecoderConfig } from "../model/config.ts";
import { Random } from "../tensor/random.ts";
import { AttentionCache, type MemoryPool } from "./attention-cache.ts";
import { RotaryTables } from "./rotary-tables.ts";

const shape = (numHeads: number, numKvHeads: number, headDim: number, more: Partial<DecoderConfig> = {}): DecoderConfig => ({
  ...PLAIN_DECODER,
  modelType: "llama",
  vocabSize: 10,
  hiddenSize: 16,
  numLayers: 2,
  numHeads,
  numKvHeads,
  headDim,
  intermediateSize: 16,
  rmsNormEps: 1e-5,
  ropeTheta: 100,
  tieWordEmbeddings: true,
  qkvBias: false,
  qkNorm: false,
  maxPositionEmbeddings: 4096,
  eosTokenIds: [],
  bosTokenId: null,
  ...more,
});

/** Turned to its position as Su et al. 2021 say, halves as pairs. */
function turned(x: readonly number[], position: number, config: DecoderConfig): number[] {
  const half = x.length / 2;
  return x.map((value, i) => {
    const angle = position * config.ropeTheta ** (-(i % half) / half);
    const other = i < half ? -(x[i + half] as number) : (x[i - half] as number);
    return value * Math.cos(angle) + other * Math.sin(angle);
  });
}

interface Token {
  readonly k: readonly number[][];
  readonly v: readonly number[][];
}

/** Every query head over what it sees. */
function reference(q: readonly number[][], seen: readonly Token[], config: DecoderConfig): number[] {
  const perKeyHead = config.numHeads / config.numKvHeads;
  return q.flatMap((query, head) => {
    const keyHead = Math.floor(head / perKeyHead);
    const scores = seen.map(({ k }) => (k[keyHead] as number[]).reduce((sum, value, i) => sum + value * (query[i] as number), 0));
    const most = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - most));
    const total = weights.reduce((a, b) => a + b, 0);
    return query.map((_, i) => seen.reduce((sum, { v }, t) => sum + ((weights[t] as number) * (v[keyHead]?.[i] as number)) / total, 0));
  });
}

/** Decodes random tokens and gives the largest difference from the reference, relative to values of about 1. */
function largestDifference(config: DecoderConfig, pool: MemoryPool, seed: number, size = 1): number {
  const { numHeads, numKvHeads, headDim, numLayers } = config;
  const random = new Random(seed);
  const heads = (count: number) => Array.from({ length: count }, () => Array.from({ length: headDim }, () => size * random.normal()));
  const promptLengths = [3, 9, 1];
  let promptOfRow = [0, 1, 1, 2, 1];
  const longest = Math.max(...promptLengths);
  const cache = AttentionCache.open(
    config,
    { promptOfRow, promptLengths, mostSteps: 30 },
    new RotaryTables(config),
    pool,
  ) as AttentionCache;
  const layers = Array.from({ length: numLayers }, (_, layer) => {
    const prompts = promptLengths.map((length) => Array.from({ length }, (): Token => ({ k: heads(numKvHeads), v: heads(numKvHeads) })));
    const flat = (at: (prompt: number, head: number, token: number, i: number) => number, transposed: boolean) =>
      Float32Array.from({ length: promptLengths.length * numKvHeads * longest * headDim }, (_value, place) => {
        const [inner, outer] = transposed ? [longest, headDim] : [headDim, longest];
        const [a, b] = [Math.floor(place / inner) % outer, place % inner];
        const slice = Math.floor(place / (inner * outer));
        return at(Math.floor(slice / numKvHeads), slice % numKvHeads, transposed ? b : a, transposed ? a : b);
      });
    const of = (kind: "k" | "v") => (prompt: number, head: number, token: number, i: number) =>
      prompts[prompt]?.[token]?.[kind][head]?.[i] ?? 1e6;
    // In two parts, as a prefill in several runs gives them.
    const [key, value] = [flat(of("k"), true), flat(of("v"), false)];
    const first = numKvHeads * longest * headDim;
    cache.storePrompts(layer, 0, { key: key.subarray(0, first), value: value.subarray(0, first) });
    cache.storePrompts(layer, 1, { key: key.subarray(first), value: value.subarray(first) });
    return prompts;
  });
  let histories: Token[][][] = promptOfRow.map((prompt) => layers.map((prompts) => [...(prompts[prompt] as Token[])]));
  let largest = 0;
  for (let step = 0; step < 30; step++) {
    for (let layer = 0; layer < numLayers; layer++) {
      const rows = promptOfRow.map(() => ({ q: heads(numHeads), k: heads(numKvHeads), v: heads(numKvHeads) }));
      cache.mix(layer, Float32Array.from(rows.flatMap(({ q, k, v }) => [...q, ...k, ...v].flat())));
      const mixed = cache.mixed;
      rows.forEach(({ q, k, v }, row) => {
        const history = histories[row]?.[layer] as Token[];
        const position = history.length;
        const turn = (x: number[]) => (config.unrotatedLayers.includes(layer) ? x : turned(x, position, config));
        history.push({ k: k.map(turn), v });
        const window = config.slidingLayers.includes(layer) ? (config.slidingWindow as number) : Infinity;
        const expected = reference(q.map(turn), history.slice(Math.max(0, position + 1 - window)), config);
        expected.forEach((value, i) => {
          largest = Math.max(largest, Math.abs(value - (mixed[row * numHeads * headDim + i] as number)) / size);
        });
      });
    }
    cache.advance();
    if (step === 11) {
      const kept = [4, 1, 3];
      cache.keepRows(kept);
      promptOfRow = kept.map((row) => promptOfRow[row] as number);
      histories = kept.map((row) => histories[row] as Token[][]);
    }
  }
  expect(() => cache.mix(0, new Float32Array(promptOfRow.length * (numHeads + 2 * numKvHeads) * headDim))).toThrow("no room for 31 tokens");
  cache.release(pool);
  return largest;
}

describe("AttentionCache", () => {
  it.each([
    ["one key head a head", shape(4, 4, 8)],
    ["grouped heads of 64", shape(6, 2, 64)],
    ["heads of 40", shape(2, 1, 40)],
    ["a window shorter than prompts, in one layer", shape(2, 2, 16, { slidingWindow: 5, slidingLayers: [1] })],
    ["a layer without rotation", shape(2, 1, 24, { unrotatedLayers: [0] })],
  ])("mixes what softmax attention does: %s", (_name, config) => {
    const pool: MemoryPool = [];
    expect(largestDifference(config, pool, 3)).toBeLessThan(1e-5);
    // Again on the same memory, which is full of old numbers.
    expect(largestDifference(config, pool, 4)).toBeLessThan(1e-5);
    expect(pool).toHaveLength(1);
  });

  it("keeps to one token where scores lie hundreds of nats apart", () => {
    // Scores in the thousands have an error of about 1e-4 in float32, and so have the weights.
    expect(largestDifference(shape(2, 2, 32), [], 5, 8)).toBeLessThan(1e-3);
  });

  it("says where one memory cannot hold the caches", () => {
    const size = { promptOfRow: [0, 0], promptLengths: [4], mostSteps: 40_000_000 };
    expect(AttentionCache.open(shape(2, 2, 32), size, new RotaryTables(shape(2, 2, 32)), [])).toBeUndefined();
  });
});
