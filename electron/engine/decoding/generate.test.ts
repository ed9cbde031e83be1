import { describe, expect, it } from "vitest";
import { Random } from "../tensor/random.ts";
import { FakeLanguageModel } from "./fake-language-model.ts";
import { generate } from "./generate.ts";
import { Sampler } from "./sampler.ts";
import type { GenerateSettings, GenerationGroup } from "./types.ts";

const V = 24;
const settings: GenerateSettings = {
  temperature: 1,
  topK: 0,
  topP: 0.95,
  maxNewTokens: 30,
  stopTokenIds: [7],
  stopStrings: [],
};

function someGroups(): GenerationGroup[] {
  const random = new Random(4);
  return Array.from({ length: 9 }, (_, group) => ({
    promptIds: Array.from({ length: 1 + random.integer(12) }, () => random.integer(V)),
    seeds: Array.from({ length: 1 + (group % 4) }, (_, row) => group * 100 + row),
  }));
}

/** One row alone, no batching at all: the oracle. */
function oneRow(model: FakeLanguageModel, promptIds: readonly number[], seed: number): number[] {
  const sampler = new Sampler(V, settings);
  const random = new Random(seed);
  const tokens: number[] = [];
  while (tokens.length < settings.maxNewTokens && tokens.at(-1) !== 7)
    tokens.push(sampler.sample(model.logitsAfter([...promptIds, ...tokens]), 0, random));
  return tokens;
}

describe("generate", () => {
  it.each([1, 2, 5, 64])("samples the same tokens as a row on its own, with at most %i rows together", async (maxConcurrentRows) => {
    const model = new FakeLanguageModel(V);
    const groups = someGroups();
    const results = await generate(model, groups, { ...settings, maxConcurrentRows });
    groups.forEach(({ promptIds, seeds }, group) =>
      seeds.forEach((seed, row) => expect(results[group]?.[row]?.tokenIds).toEqual(oneRow(model, promptIds, seed))),
    );
    const finishes = new Set(results.flat().map((completion) => completion.finish));
    expect(finishes).toEqual(new Set(["stop", "length"]));
    expect(Math.max(...model.stepRows)).toBeLessThanOrEqual(maxConcurrentRows);
    expect(model.openBatches).toBe(0);
    const lengths = model.prefillLengths.flat();
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
  });

  it("lets finished rows leave: no row is stepped after its end", async () => {
    const model = new FakeLanguageModel(V);
    const results = await generate(model, someGroups(), settings);
    // The first token comes from the prefill, and the last one is never fed back.
    const fed = results.flat().reduce((sum, completion) => sum + completion.tokenIds.length - 1, 0);
    expect(model.stepRows.reduce((sum, rows) => sum + rows, 0)).toBe(fed);
    expect(model.stepRows).toEqual(model.stepRows.toSorted((a, b) => b - a));
  });

  it("streams every token in order with its log-probability", async () => {
    const seen = new Map<string, { tokens: number[]; logProbs: number[] }>();
    const results = await generate(new FakeLanguageModel(V), someGroups(), settings, {
      onToken: ({ group, row, tokenId, logProb }) => {
        const entry = seen.get(`${group}.${row}`) ?? { tokens: [], logProbs: [] };
        seen.set(`${group}.${row}`, entry);
        entry.tokens.push(tokenId);
        entry.logProbs.push(logProb);
      },
    });
    results.forEach((group, g) =>
      group.forEach((completion, r) => {
        expect(seen.get(`${g}.${r}`)?.tokens).toEqual(completion.tokenIds);
        expect(Float32Array.from(seen.get(`${g}.${r}`)?.logProbs ?? [])).toEqual(completion.logProbs);
      }),
    );
  });

  it("ends a row at the token that completes a stop string, also across tokens", async () => {
    const decodeText = (ids: readonly number[]): string => ids.map((id) => "abcdefghijklmnopqrstuvwx"[id]).join("");
    const stopStrings = ["ab", "cde", "q"];
    const withStops = { ...settings, stopTokenIds: [], stopStrings, maxNewTokens: 300 };
    const results = await generate(new FakeLanguageModel(V), someGroups(), withStops, { decodeText });
    const free = await generate(new FakeLanguageModel(V), someGroups(), { ...withStops, stopStrings: [] });
    let crossing = 0;
    results.flat().forEach((completion, index) => {
      const text = decodeText(free.flat()[index]?.tokenIds ?? []);
      const ends = stopStrings.map((stop) => (text.includes(stop) ? text.indexOf(stop) + stop.length : Infinity));
      const end = Math.min(...ends, 300);
      expect(completion.tokenIds).toHaveLength(end);
      expect(completion.finish).toBe(Math.min(...ends) <= 300 ? "stop" : "length");
      if (end !== ends[2]) crossing++;
    });
    expect(crossing).toBeGreaterThan(0);
  });

  it("stops within one token of an abort that arrives through the event loop", async () => {
    const model = new FakeLanguageModel(V);
    const abort = new AbortController();
    let tokensAtAbort = -1;
    let tokens = 0;
    const results = await generate(
      model,
      someGroups(),
      { ...settings, stopTokenIds: [], maxConcurrentRows: 8 },
      {
        signal: abort.signal,
        onToken: () => {
          if (++tokens === 8 * 5)
            setImmediate(() => {
              tokensAtAbort = tokens;
              abort.abort();
            });
        },
      },
    );
    expect(tokensAtAbort).toBeGreaterThan(0);
    expect(tokens - tokensAtAbort).toBeLessThanOrEqual(8);
    expect(results.flat().every((completion) => completion.finish === "cancelled")).toBe(true);
    expect(results.flat().some((completion) => completion.tokenIds.length === 0)).toBe(true);
    expect(results.flat().reduce((sum, completion) => sum + completion.tokenIds.length, 0)).toBe(tokens);
    expect(model.openBatches).toBe(0);
  });

  it("ends rows where the context is full and refuses prompts that leave no room", async () => {
    const model = new FakeLanguageModel(V, 10);
    const [[completion] = []] = await generate(model, [{ promptIds: [1, 2, 3, 4], seeds: [1] }], { ...settings, stopTokenIds: [] });
    expect(completion).toMatchObject({ finish: "length" });
    expect(completion?.tokenIds).toHaveLength(6);
    const tooLong = generate(model, [{ promptIds: new Array<number>(10).fill(1), seeds: [1] }], settings);
    await expect(tooLong).rejects.toMatchObject({ code: "prompt-too-long" });
    const outside = generate(model, [{ promptIds: [V], seeds: [1] }], settings);
    await expect(outside).rejects.toMatchObject({ code: "invalid-argument" });
  });
});
