import { afterEach, expect, test, vi } from "vitest";
import { randomParameters, tinyConfig } from "../testing/random-model.ts";
import { Random } from "../tensor/random.ts";
import { float32 } from "../tensor/tensor.ts";
import { WorkThread } from "../threads/work-thread.ts";
import { generate } from "./generate.ts";
import type { LanguageModelWork } from "./language-model-thread.ts";
import { OnnxLanguageModel } from "./onnx-language-model.ts";
import { ThreadedLanguageModel } from "./threaded-language-model.ts";
import type { Completion, GenerateSettings, GenerationGroup } from "./types.ts";

const config = tinyConfig("qwen2", { tieWordEmbeddings: true });
const parameters = randomParameters(config, 5);
const random = new Random(3);
const settings: GenerateSettings = { temperature: 1, topK: 0, topP: 1, maxNewTokens: 12, stopTokenIds: [2], stopStrings: [] };
const groups: readonly GenerationGroup[] = [4, 1, 6, 3].map((rows, group) => ({
  promptIds: Array.from({ length: 1 + 3 * group }, () => random.integer(config.vocabSize)),
  seeds: Array.from({ length: rows }, (_, row) => 100 * group + row),
}));

const open: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const model of open.splice(0)) await model.dispose();
});
function threaded(weights = parameters, threads = 2): ThreadedLanguageModel {
  const model = new ThreadedLanguageModel(config, weights, threads, { session: { threads: 1 } });
  open.push(model);
  return model;
}
function single(weights = parameters): OnnxLanguageModel {
  const model = new OnnxLanguageModel(config, weights, { session: { threads: 1 } });
  open.push(model);
  return model;
}

/** The same tokens; log-probabilities up to the rounding of products of other sizes. */
function expectAlike(got: readonly Completion[][], expected: readonly Completion[][]): void {
  const plain = (rows: readonly Completion[][]) => rows.map((group) => group.map(({ tokenIds, finish }) => ({ tokenIds, finish })));
  expect(plain(got)).toEqual(plain(expected));
  got.forEach((rows, group) =>
    rows.forEach(({ logProbs }, row) => {
      const other = expected[group]?.[row]?.logProbs ?? new Float32Array();
      logProbs.forEach((value, i) => expect(value).toBeCloseTo(other[i] as number, 4));
    }),
  );
}

test("samples what a model on one thread samples, tells its tokens as they come, and repeats its bits", async () => {
  const model = threaded();
  const told: number[][][] = groups.map(({ seeds }) => seeds.map(() => []));
  const first = await generate(model, groups, settings, { onToken: ({ group, row, tokenId }) => told[group]?.[row]?.push(tokenId) });
  expectAlike(first, await generate(single(), groups, settings));
  expect(told).toEqual(first.map((rows) => rows.map(({ tokenIds }) => tokenIds)));
  expect(await generate(model, groups, settings)).toEqual(first);
  expect(await generate(threaded(), groups, settings)).toEqual(first);
});

test("takes new weights, works after a release, and with more threads than rows", async () => {
  const other = randomParameters(config, 6);
  const model = threaded(parameters, 3);
  const few = groups.slice(1, 2).map(({ promptIds }) => ({ promptIds, seeds: [1, 2] }));
  await generate(model, few, settings);
  await model.setParameters(other);
  expectAlike(await generate(model, few, settings), await generate(single(other), few, settings));
  await model.release();
  const one = [{ promptIds: [1, 2], seeds: [7] }];
  expectAlike(await generate(model, one, settings), await generate(single(other), one, settings));
});

test("an abort ends every row within a token of when it is heard", async () => {
  const abort = new AbortController();
  let told = 0;
  const completions = await generate(
    threaded(),
    groups,
    { ...settings, stopTokenIds: [], maxNewTokens: 60 },
    {
      signal: abort.signal,
      onToken: () => {
        if (++told === 20) abort.abort();
      },
    },
  );
  const rows = completions.flat();
  expect(rows.map(({ finish }) => finish)).toEqual(rows.map(() => "cancelled"));
  expect(Math.max(...rows.map(({ tokenIds }) => tokenIds.length))).toBeLessThan(60);
  const none = await generate(threaded(), groups, settings, { signal: AbortSignal.abort() });
  expect(none.flat().every(({ tokenIds, finish }) => tokenIds.length === 0 && finish === "cancelled")).toBe(true);
});

test("what goes wrong in a thread is thrown as what it is", async () => {
  const broken = new Map(parameters).set("model.norm.weight", float32([config.hiddenSize], new Float32Array(config.hiddenSize).fill(NaN)));
  await expect(generate(threaded(broken), groups, settings)).rejects.toMatchObject({ code: "non-finite" });
  const missing = new Map(parameters);
  missing.delete("model.norm.weight");
  await expect(generate(threaded(missing), groups, settings)).rejects.toMatchObject({ code: "missing-weights" });
});

test("a thread that dies is an error of what it was doing, and the next rows find all threads with their weights", async () => {
  const model = threaded();
  const threads = model["threads"] as WorkThread<LanguageModelWork>[];
  threads[1] = new WorkThread(new URL("testing/dying-language-model-thread", import.meta.url));
  // A thread gets the environment of the moment when it starts.
  vi.stubEnv("RAIF_TEST_THREAD_DIES", "1");
  await expect(generate(model, groups, settings)).rejects.toThrow(/language-model-thread has ended/);
  vi.unstubAllEnvs();
  expectAlike(await generate(model, groups, settings), await generate(single(), groups, settings));
});

test("a dispose waits for rows that are being sampled", async () => {
  const model = threaded();
  const begun = Promise.withResolvers<undefined>();
  const sampling = generate(model, groups, settings, { onToken: () => begun.resolve(undefined) });
  await begun.promise;
  await model.dispose();
  expectAlike(await sampling, await generate(single(), groups, settings));
});
