import { describe, expect, it } from "vitest";
import { Random } from "../tensor/random.ts";
import { Sampler, type SamplerSettings } from "./sampler.ts";

const V = 40;

function randomLogits(seed: number, size = V): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: size }, () => 2 * random.normal());
}

/** The definition, by sorting: temperature, then top-k, then the smallest set reaching top-p of what is left. */
function exactProbabilities(logits: Float32Array, { temperature, topK, topP }: SamplerSettings): number[] {
  const ids = [...logits.keys()].sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b);
  let kept = topK > 0 ? ids.slice(0, topK) : ids;
  const weight = (id: number): number => Math.exp(((logits[id] as number) - (logits[ids[0] as number] as number)) / temperature);
  const mass = (of: number[]): number => of.reduce((sum, id) => sum + weight(id), 0);
  let count = 1;
  while (count < kept.length && mass(kept.slice(0, count)) < topP * mass(kept) - 1e-12) count++;
  if (topP < 1) kept = kept.slice(0, count);
  const total = mass(kept);
  return [...logits.keys()].map((id) => (kept.includes(id) ? weight(id) / total : 0));
}

describe("Sampler", () => {
  const cases: SamplerSettings[] = [
    { temperature: 1, topK: 0, topP: 1 },
    { temperature: 0.6, topK: 0, topP: 1 },
    { temperature: 1.5, topK: 7, topP: 1 },
    { temperature: 1, topK: 0, topP: 0.8 },
    { temperature: 0.9, topK: 12, topP: 0.7 },
  ];
  it.each(cases)("draws from the exact distribution (chi-square) at $temperature, $topK, $topP", (settings) => {
    const draws = 40_000;
    const sampler = new Sampler(V, settings);
    const random = new Random(5);
    const logits = randomLogits(17);
    const expected = exactProbabilities(logits, settings);
    const counts = new Array<number>(V).fill(0);
    for (let i = 0; i < draws; i++) {
      const token = sampler.sample(logits, 0, random);
      counts[token] = (counts[token] as number) + 1;
    }
    let chiSquare = 0;
    let degrees = -1;
    expected.forEach((probability, token) => {
      const mean = probability * draws;
      if (mean === 0) expect(counts[token]).toBe(0);
      if (mean < 5) return;
      chiSquare += ((counts[token] as number) - mean) ** 2 / mean;
      degrees++;
    });
    expect(degrees).toBeGreaterThan(1);
    // Wilson-Hilferty: the cube root is close to normal; 4 standard deviations.
    const standard = (Math.cbrt(chiSquare / degrees) - (1 - 2 / (9 * degrees))) / Math.sqrt(2 / (9 * degrees));
    expect(standard).toBeLessThan(4);
  });

  it("keeps the tokens that the definition keeps, ties to the lowest ids", () => {
    for (let seed = 0; seed < 60; seed++) {
      const random = new Random(seed);
      // Few distinct values, so that ties at the cut are the rule.
      const logits = Float32Array.from({ length: V }, () => random.integer(5));
      const settings = { temperature: 1, topK: 1 + random.integer(V - 1), topP: seed % 2 === 0 ? 1 : 0.9 };
      const expected = exactProbabilities(logits, settings);
      const sampler = new Sampler(V, settings);
      const seen = new Set<number>();
      for (let i = 0; i < 400; i++) seen.add(sampler.sample(logits, 0, random));
      for (const token of seen) expect(expected[token], `seed ${seed} token ${token}`).toBeGreaterThan(0);
      // The first and the last kept id are reachable with the extreme uniforms.
      const kept = [...expected.keys()].filter((token) => (expected[token] as number) > 0);
      const at = (uniform: number): number => sampler.sample(logits, 0, { float: () => uniform } as Random);
      expect([at(0), at(1 - 2 ** -53)]).toEqual([kept[0], kept.at(-1)]);
    }
  });

  it("draws one uniform a token, none when greedy", () => {
    const logits = randomLogits(3);
    for (const settings of cases) {
      const random = new Random(11);
      const twin = new Random(11);
      new Sampler(V, settings).sample(logits, 0, random);
      twin.float();
      expect(random.state).toEqual(twin.state);
    }
    const random = new Random(11);
    const greedy = new Sampler(V, { temperature: 0, topK: 0, topP: 1 });
    expect(
      greedy.sample(
        Float32Array.from({ length: V }, (_, i) => (i === 9 || i === 4 ? 2 : 1)),
        0,
        random,
      ),
    ).toBe(4);
    expect(random.state).toEqual(new Random(11).state);
  });

  it("gives the log-probability at the temperature, before the cut", () => {
    const logits = randomLogits(23, 2 * V);
    const sampler = new Sampler(V, { temperature: 0.7, topK: 3, topP: 0.9 });
    const token = sampler.sample(logits, V, new Random(1));
    const row = logits.subarray(V);
    const uncut = exactProbabilities(row, { temperature: 0.7, topK: 0, topP: 1 });
    expect(sampler.logProb).toBeCloseTo(Math.log(uncut[token] as number), 12);
  });

  it("draws the same token from probabilities as from logits", () => {
    const differing = cases.flatMap((settings) => {
      const sampler = new Sampler(V, settings);
      return Array.from({ length: 200 }, (_, seed) => {
        const logits = randomLogits(seed);
        const probabilities = Float32Array.from(exactProbabilities(logits, { ...settings, topK: 0, topP: 1 }));
        const token = sampler.sample(logits, 0, new Random(seed));
        const logProb = sampler.logProb;
        expect(sampler.sampleProbabilities(probabilities, 0, new Random(seed))).toBe(token);
        return Math.abs(sampler.logProb - logProb);
      });
    });
    expect(Math.max(...differing)).toBeLessThan(2e-7);
    const bad = new Float32Array(V).fill(NaN);
    expect(() => new Sampler(V, cases[0] as SamplerSettings).sampleProbabilities(bad, 0, new Random(1))).toThrow(/sampled/);
  });

  it("refuses logits that are not numbers and settings that make no sense", () => {
    const plain = new Sampler(V, { temperature: 1, topK: 0, topP: 1 });
    for (const bad of [NaN, Infinity]) {
      const logits = randomLogits(2);
      logits[30] = bad;
      expect(() => plain.sample(logits, 0, new Random(1))).toThrow(expect.objectContaining({ code: "non-finite" }));
    }
    expect(() => plain.sample(new Float32Array(V).fill(-Infinity), 0, new Random(1))).toThrow(/sampled/);
    const banned = new Float32Array(V).fill(-Infinity);
    banned[6] = 0;
    expect(plain.sample(banned, 0, new Random(1))).toBe(6);
    for (const bad of [{ temperature: -1 }, { temperature: NaN }, { topK: 1.5 }, { topK: -1 }, { topP: 0 }, { topP: 1.1 }])
      expect(() => new Sampler(V, { temperature: 1, topK: 0, topP: 1, ...bad })).toThrow(
        expect.objectContaining({ code: "invalid-argument" }),
      );
  });
});
