import { afterEach, describe, expect, it, vi } from "vitest";
import { Random } from "../tensor/random.ts";
import type { HostTensor } from "../tensor/tensor.ts";
import { randomParameters, tinyConfig } from "../testing/random-model.ts";
import { OnnxPolicy } from "./onnx-policy.ts";
import type { PolicyOptions } from "./micro-batch-feeds.ts";
import { shareOut } from "./packing.ts";
import type { LossSample, OptimizerSettings } from "./policy-model.ts";
import { TINY_LORA } from "./testing/reference-cases.ts";
import type * as WorkThreads from "../threads/work-thread.ts";
import { ThreadedPolicy } from "./threaded-policy.ts";

const ADAM: OptimizerSettings = { learningRate: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.1, maxGradNorm: 1 };
const config = tinyConfig("qwen3", { tieWordEmbeddings: true });
const OPTIONS: PolicyOptions = {
  config,
  parameters: randomParameters(config, 5),
  lossShape: { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator: "k3", importanceLevel: "token", temperature: 1 },
  seed: 1,
  vocabularyChunk: 16,
  session: { threads: 1 },
  packing: { tokensPerMicroBatch: 30, rowTokens: 14, bundleTokens: 20 },
};
const random = new Random(17);
const ids = (length: number) => Array.from({ length }, () => random.integer(config.vocabSize));
const SAMPLES: readonly LossSample[] = Array.from({ length: 9 }, (_, i) => {
  const responseIds = ids(1 + ((3 * i) % 7));
  const weights = new Float32Array(responseIds.length).fill(1 / (9 * responseIds.length));
  const sequence = { promptIds: ids(1 + ((5 * i) % 6)), responseIds };
  if (i % 4 === 3) return { ...sequence, advantage: 0, cloningWeights: weights };
  const refLogProbs = Float32Array.from(responseIds, () => -3.5 + random.normal());
  return { ...sequence, advantage: i % 2 === 0 ? 1 : -1, policyWeights: weights, klWeights: weights, refLogProbs };
});

/** Where it is set, threads run this program instead of theirs. */
const stead = vi.hoisted((): { program: URL | undefined } => ({ program: undefined }));
vi.mock(import("../threads/work-thread.ts"), async (importOriginal) => {
  const { WorkThread } = await importOriginal();
  class InStead<Does extends WorkThreads.Work> extends WorkThread<Does> {
    constructor(program: URL) {
      super(stead.program ?? program);
    }
  }
  return { WorkThread: InStead };
});
afterEach(() => {
  stead.program = undefined;
});

const opened: { dispose(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const policy of opened.splice(0)) await policy.dispose();
});
async function threaded(changes: Partial<PolicyOptions> = {}, count = 2): Promise<ThreadedPolicy> {
  const policy = await ThreadedPolicy.create({ ...OPTIONS, ...changes }, count);
  opened.push(policy);
  return policy;
}
async function single(changes: Partial<PolicyOptions> = {}): Promise<OnnxPolicy> {
  const policy = await OnnxPolicy.create({ ...OPTIONS, ...changes });
  opened.push(policy);
  return policy;
}

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, what = ""): void {
  expect(got.length, what).toBe(expected.length);
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs((got[i] as number) - (expected[i] as number)));
    size = Math.max(size, Math.abs(expected[i] as number));
  }
  expect(difference, what).toBeLessThanOrEqual(1e-5 * size);
}

function expectSameTensors(got: ReadonlyMap<string, HostTensor>, expected: ReadonlyMap<string, HostTensor>): void {
  expect([...got.keys()]).toEqual([...expected.keys()]);
  for (const [name, { data }] of expected) expectClose(got.get(name)?.data as Float32Array, data as Float32Array, name);
}

async function threeUpdates(policy: OnnxPolicy | ThreadedPolicy) {
  const outputs = [];
  for (const samples of [SAMPLES, SAMPLES.slice(0, 1), SAMPLES.slice(2)]) {
    // Twice into one update, as accumulation over batches does.
    const first = await policy.accumulate(samples);
    const second = await policy.accumulate(SAMPLES.slice(1, 4));
    outputs.push({ first, second, ...(await policy.update(ADAM)) });
  }
  const scored = [await policy.logProbs(SAMPLES, "policy"), await policy.logProbs(SAMPLES, "reference")];
  return { outputs, scored, state: policy.exportState(), merged: policy.mergedParameters() };
}

describe("a policy on several threads", () => {
  it.each([
    ["all weights", {}, 3],
    ["an adapter", { lora: TINY_LORA }, 2],
  ] as const)("learns what one on a single thread learns: %s", async (_name, changes, count) => {
    const [got, expected] = [await threeUpdates(await threaded(changes, count)), await threeUpdates(await single(changes))];
    got.outputs.forEach((output, i) => {
      const other = expected.outputs[i] as typeof output;
      for (const key of ["loss", "policyLoss", "kl", "cloningLoss"] as const) expectClose([output.first[key]], [other.first[key]], key);
      expectClose([output.gradNorm], [other.gradNorm], "norm");
      for (const which of ["first", "second"] as const) {
        output[which].logProbs.forEach((row, sample) => expectClose(row, other[which].logProbs[sample] ?? []));
        output[which].entropies.forEach((row, sample) => expectClose(row, other[which].entropies[sample] ?? []));
      }
    });
    got.scored.forEach((rows, which) => rows.forEach((row, sample) => expectClose(row, expected.scored[which]?.[sample] ?? [])));
    expectSameTensors(got.state.parameters, expected.state.parameters);
    expectSameTensors(got.state.firstMoments, expected.state.firstMoments);
    expectSameTensors(got.merged, expected.merged);
    expect(got.state.updates).toBe(3);
  });

  it("repeats its bits, also from a state in the middle, and with dropout", async () => {
    const lora = { ...TINY_LORA, dropout: 0.3 };
    for (const changes of [{}, { lora }]) {
      const policy = await threaded(changes);
      await policy.accumulate(SAMPLES);
      await policy.update(ADAM);
      const middle = policy.exportState();
      const on = async (from: ThreadedPolicy) => {
        await from.accumulate(SAMPLES);
        await from.update(ADAM);
        return from.exportState();
      };
      const end = await on(policy);
      expect(end.parameters).not.toEqual(middle.parameters);
      const other = await threaded({ ...changes, seed: OPTIONS.seed });
      await other.accumulate(SAMPLES.slice(0, 3));
      other.importState(middle);
      expect(await on(other)).toEqual(end);
    }
  });

  it("lets nothing linger of a batch whose loss is not finite, and changes no weight; refuses a state that does not fit", async () => {
    const policy = await threaded();
    const before = policy.exportState();
    const spoiled = (weight: number): LossSample => ({
      ...(SAMPLES[0] as LossSample),
      policyWeights: new Float32Array(SAMPLES[0]?.responseIds.length ?? 0).fill(weight),
    });
    await expect(policy.accumulate([...SAMPLES, spoiled(NaN)])).rejects.toMatchObject({ code: "non-finite" });
    await expect(policy.update(ADAM)).rejects.toThrow("without an accumulated gradient");
    await policy.accumulate([spoiled(3e38)]);
    await expect(policy.update(ADAM)).rejects.toMatchObject({ code: "non-finite" });
    expect(policy.exportState()).toEqual(before);
    const parameters = new Map(before.parameters);
    parameters.delete("model.norm.weight");
    expect(() => policy.importState({ ...before, parameters })).toThrow(/does not fit.*model\.norm\.weight/);
    await policy.accumulate(SAMPLES);
    const { gradNorm } = await policy.update(ADAM);
    const fresh = await threaded();
    await fresh.accumulate(SAMPLES);
    expect(await fresh.update(ADAM)).toEqual({ gradNorm });
    expect(policy.exportState()).toEqual(fresh.exportState());
  });
});

describe("threads that fail or end", () => {
  it("halve the micro-batch that memory does not suffice for, say so, and learn the same", async () => {
    const wide = { packing: { tokensPerMicroBatch: 1000, rowTokens: 14, bundleTokens: 0 } };
    const lowered: number[] = [];
    stead.program = new URL("testing/short-of-memory-policy-thread", import.meta.url);
    const policy = await threaded({ ...wide, onMicroBatchLowered: (tokens) => lowered.push(tokens) });
    const got = await policy.accumulate(SAMPLES);
    const expected = await (await single(wide)).accumulate(SAMPLES);
    expectClose([got.loss], [expected.loss]);
    got.logProbs.forEach((row, sample) => expectClose(row, expected.logProbs[sample] ?? []));
    expect(lowered.length).toBeGreaterThan(0);
    expect(policy.loweredMicroBatch).toBe(Math.min(...lowered));
  });

  it("end what they are doing before a dispose ends them", async () => {
    const policy = await threaded();
    const waiting = policy.accumulate(SAMPLES);
    await policy.dispose();
    const expected = await (await single()).accumulate(SAMPLES);
    expectClose([(await waiting).loss], [expected.loss]);
  });
});

describe("sharing samples out", () => {
  it("gives each sample to one thread and every thread about as many tokens", () => {
    const samples = Array.from({ length: 200 }, (_, i) => ({ promptIds: ids(20 + (i % 5)), responseIds: ids(1 + random.integer(80)) }));
    const shares = shareOut(samples, { tokensPerMicroBatch: 2048, rowTokens: 256, bundleTokens: 512 }, 3);
    expect(shares.flat().sort((a, b) => a - b)).toEqual(samples.map((_, i) => i));
    const tokens = shares.map((share) => share.reduce((sum, i) => sum + 20 + (samples[i]?.responseIds.length ?? 0), 0));
    expect(Math.max(...tokens) / Math.min(...tokens)).toBeLessThan(1.2);
  });

  it("get few prompts twice where groups are many, and groups in parts where they are few", () => {
    const group = (tokens: number) => {
      const promptIds = ids(tokens);
      return Array.from({ length: 8 }, (_, i) => ({ promptIds, responseIds: ids(40 + ((i * 17) % 30)) }));
    };
    const limits = { tokensPerMicroBatch: 1024, rowTokens: 1024, bundleTokens: 1024 };
    const threadsOf = (samples: ReturnType<typeof group>, count: number) => {
      const shares = shareOut(samples, limits, count);
      const prompts = shares.map((share) => new Set(share.map((i) => samples[i]?.promptIds)).size);
      return { used: shares.filter((share) => share.length > 0).length, prompts: prompts.reduce((a, b) => a + b, 0) };
    };
    const many = [100, 120, 90, 110, 105, 95, 100, 100].flatMap(group);
    expect(threadsOf(many, 2)).toEqual({ used: 2, prompts: 8 });
    expect(threadsOf(many.slice(0, 8), 4).used).toBe(4);
  });
});
