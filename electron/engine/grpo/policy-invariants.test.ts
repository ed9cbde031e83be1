// What must not change the numbers: how a batch is cut, padded or packed; and what must not change the weights: a loss that is
// not finite. Small random models through ONNX Runtime.

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { serializeGraph } from "../onnx/serialize.ts";
import { OnnxSession } from "../onnx/session.ts";
import { Random } from "../tensor/random.ts";
import { float32, int64, type Float32Tensor, type HostTensor } from "../tensor/tensor.ts";
import type { LoraConfig } from "../model/lora.ts";
import { randomParameters, randomTensors, tinyConfig } from "../testing/random-model.ts";
import { OnnxPolicy } from "./onnx-policy.ts";
import { packFeeds, packSequences, type PackingLimits } from "./packing.ts";
import { lossAndGradientGraph, trainableShapes } from "./policy-graphs.ts";
import type { LossSample, LossShape, OptimizerSettings } from "./policy-model.ts";
import { adamWCase, runAdamW, type AdamWCase } from "./testing/adamw-case.ts";
import { TINY_LORA } from "./testing/reference-cases.ts";

const SHAPE: LossShape = { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator: "k3", importanceLevel: "token", temperature: 1 };
const ADAM: OptimizerSettings = { learningRate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 1 };
const config = tinyConfig("qwen3", { tieWordEmbeddings: true });
const parameters = randomParameters(config, 5);
const random = new Random(17);
const ids = (length: number) => Array.from({ length }, () => random.integer(config.vocabSize));

/** Eight samples of mixed lengths; two clone, the others have KL and alternate in sign. */
const SAMPLES: readonly LossSample[] = Array.from({ length: 8 }, (_, i) => {
  const responseIds = ids(1 + ((3 * i) % 7));
  const weights = new Float32Array(responseIds.length).fill(1 / (8 * responseIds.length));
  const sequence = { promptIds: ids(1 + ((5 * i) % 6)), responseIds };
  if (i % 4 === 3) return { ...sequence, advantage: 0, cloningWeights: weights };
  const refLogProbs = Float32Array.from(responseIds, () => -3.5 + random.normal());
  return { ...sequence, advantage: i % 2 === 0 ? 1 : -1, policyWeights: weights, klWeights: weights, refLogProbs };
});

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, what = "", tolerance = 1e-5): void {
  expect(got.length).toBe(expected.length);
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs((got[i] as number) - (expected[i] as number)));
    size = Math.max(size, Math.abs(expected[i] as number));
  }
  expect(difference, what).toBeLessThanOrEqual(tolerance * size);
}

function expectSameTensors(got: ReadonlyMap<string, HostTensor>, expected: ReadonlyMap<string, HostTensor>, tolerance?: number): void {
  expect([...got.keys()]).toEqual([...expected.keys()]);
  for (const [name, { data }] of expected) expectClose(got.get(name)?.data as Float32Array, data as Float32Array, name, tolerance);
}

type PolicyChanges = Partial<Parameters<typeof OnnxPolicy.create>[0]>;
async function withPolicy<T>(changes: PolicyChanges, use: (policy: OnnxPolicy) => Promise<T>): Promise<T> {
  const policy = await OnnxPolicy.create({
    config,
    parameters,
    lossShape: SHAPE,
    seed: 1,
    vocabularyChunk: 16,
    session: { threads: 1 },
    ...changes,
  });
  try {
    return await use(policy);
  } finally {
    policy.dispose();
  }
}

describe("cutting a batch", () => {
  const ONE_A_ROW: PackingLimits = { tokensPerMicroBatch: 1, rowTokens: 1, bundleTokens: 0 };

  it("1 x 8 accumulation equals 8 x 1, in loss, gradients and the updated weights", async () => {
    const { whole, single } = await withPolicy({}, async (policy) => {
      const initial = policy.exportState();
      const run = async (parts: readonly (readonly LossSample[])[]) => {
        policy.importState(initial);
        let loss = 0;
        for (const part of parts) loss += (await policy.accumulate(part)).loss;
        const gradients = new Map([...policy.gradients()].map(([name, { shape, data }]) => [name, float32(shape, data.slice())]));
        const { gradNorm } = await policy.update({ ...ADAM, learningRate: 1e-3 });
        return { loss, gradients, gradNorm, weights: policy.exportState().parameters };
      };
      return { whole: await run([SAMPLES]), single: await run(SAMPLES.map((sample) => [sample])) };
    });
    expectClose([single.loss, single.gradNorm], [whole.loss, whole.gradNorm]);
    expectSameTensors(single.gradients, whole.gradients);
    // The first Adam step is nearly the sign of the gradient, so an entry near 0 may move differently: by the rate at most.
    expectSameTensors(single.weights, whole.weights, 2e-4);
  });

  it("packing rows and micro-batches differently changes nothing", async () => {
    const run = (packing: PackingLimits, lossShape: LossShape) =>
      withPolicy({ packing, lossShape }, async (policy) => ({ output: await policy.accumulate(SAMPLES), gradients: policy.gradients() }));
    for (const importanceLevel of ["token", "sequence"] as const) {
      const shape = { ...SHAPE, importanceLevel };
      const expected = await run(ONE_A_ROW, shape);
      for (const packing of [
        { tokensPerMicroBatch: 1000, rowTokens: 1, bundleTokens: 0 },
        { tokensPerMicroBatch: 1000, rowTokens: 40, bundleTokens: 0 },
      ]) {
        const { output, gradients } = await run(packing, shape);
        expectClose([output.loss, output.kl, output.cloningLoss], [expected.output.loss, expected.output.kl, expected.output.cloningLoss]);
        output.logProbs.forEach((row, i) => expectClose(row, expected.output.logProbs[i] ?? []));
        output.entropies.forEach((row, i) => expectClose(row, expected.output.entropies[i] ?? []));
        expectSameTensors(gradients, expected.gradients);
      }
    }
  });
});

describe("memory that runs out", () => {
  /** The first runs fail as the runtime's allocator does, the others are real. */
  function failing(times: number): void {
    const run = vi.spyOn(OnnxSession.prototype, "run");
    const said = "bfc_arena.cc:359 AllocateRawInternal Failed to allocate memory for requested buffer of size 1";
    for (let i = 0; i < times; i++) run.mockImplementationOnce(() => Promise.reject(new Error(said)));
  }
  afterEach(() => vi.restoreAllMocks());

  it.each([1, 3])("halves micro-batches and goes on with the same gradients; failures: %d", async (failures) => {
    const packing: PackingLimits = { tokensPerMicroBatch: 1000, rowTokens: 14, bundleTokens: 0 };
    const run = async (policy: OnnxPolicy) => ({
      scores: await policy.logProbs(SAMPLES, "policy"),
      output: await policy.accumulate(SAMPLES),
      gradients: policy.gradients(),
    });
    const expected = await withPolicy({ packing }, run);
    await withPolicy({ packing }, async (policy) => {
      failing(failures);
      const got = await run(policy);
      expect(policy.loweredMicroBatch).toBeGreaterThan(0);
      got.scores.forEach((row, i) => expectClose(row, expected.scores[i] ?? []));
      got.output.logProbs.forEach((row, i) => expectClose(row, expected.output.logProbs[i] ?? []));
      expectClose([got.output.loss], [expected.output.loss]);
      expectSameTensors(got.gradients, expected.gradients);
    });
  });

  it("is an error that says what helps where a single sequence is too much, and keeps one session open at a time if told so", async () => {
    await withPolicy({ lowMemory: true }, async (policy) => {
      failing(1);
      const first = SAMPLES.slice(0, 1);
      await expect(policy.accumulate(first)).rejects.toThrow(/one sequence.*activationCheckpointing/);
      expect(policy.loweredMicroBatch).toBeUndefined();
      const [row] = await policy.logProbs(first, "policy");
      expectClose((await policy.accumulate(first)).logProbs[0] ?? [], row ?? []);
    });
  });
}); // prettier-ignore

describe("activation checkpointing", () => {
  it.each([
    ["all weights", {}],
    ["an adapter with dropout", { lora: { ...TINY_LORA, dropout: 0.2 } }],
    ["windows, an unrotated layer and biases", {
      config: tinyConfig("smollm3", { unrotatedLayers: [1], slidingWindow: 3, slidingLayers: [0], outBias: true, qkvBias: true, mlpBias: true }),
    }],
  ] as [string, PolicyChanges][])("gives the same loss and gradients: %s", async (_name, changes) => {
    const parametersOf = changes.config === undefined ? {} : { parameters: randomParameters(changes.config, 3) };
    const run = (activationCheckpointing: boolean) =>
      withPolicy({ ...changes, ...parametersOf, activationCheckpointing }, async (policy) => {
        if (changes.lora !== undefined) {
          const adapter = randomTensors(trainableShapes(config, changes.lora), 8);
          policy.importState({ parameters: adapter, firstMoments: adapter, secondMoments: adapter, updates: 0 });
        }
        return { output: await policy.accumulate(SAMPLES), gradients: policy.gradients() };
      });
    const [kept, again] = [await run(false), await run(true)];
    expect(again.output).toEqual(kept.output);
    expectSameTensors(again.gradients, kept.gradients);
  });
}); // prettier-ignore

describe("responses of one prompt", () => {
  /** Two prompts, four responses each, interleaved with a prompt of its own. */
  const shared: readonly LossSample[] = SAMPLES.map((sample, i) =>
    i === 7 ? sample : { ...sample, promptIds: SAMPLES[i % 2]?.promptIds ?? [] },
  );

  it("that share one copy of it score and learn as if each had its own", async () => {
    const run = (packing: PackingLimits) =>
      withPolicy({ packing }, async (policy) => ({ output: await policy.accumulate(shared), gradients: policy.gradients() }));
    const expected = await run({ tokensPerMicroBatch: 1000, rowTokens: 1, bundleTokens: 0 });
    for (const bundleTokens of [12, 200]) {
      const { output, gradients } = await run({ tokensPerMicroBatch: 1000, rowTokens: 1, bundleTokens });
      expectClose([output.loss, output.kl, output.cloningLoss], [expected.output.loss, expected.output.kl, expected.output.cloningLoss]);
      output.logProbs.forEach((row, i) => expectClose(row, expected.output.logProbs[i] ?? []));
      expectSameTensors(gradients, expected.gradients);
    }
  });

  it("are packed into fewer tokens", () => {
    const tokens = (bundleTokens: number) =>
      packSequences(shared, { tokensPerMicroBatch: 1000, rowTokens: 1, bundleTokens })
        .map((batch) => packFeeds(shared, batch).feeds["segments"]?.data as Float32Array)
        .reduce((sum, segments) => sum + segments.filter((segment) => segment !== 0).length, 0);
    const lengths = shared.map(({ promptIds, responseIds }) => [promptIds.length, responseIds.length] as const);
    expect(tokens(0)).toBe(lengths.reduce((sum, [prompt, response]) => sum + prompt + response, 0));
    const repeated = lengths.slice(2, 7).reduce((sum, [prompt]) => sum + prompt, 0);
    expect(tokens(1000)).toBe(tokens(0) - repeated);
  });
});

describe("padding", () => {
  const sequences = [ids(9), ids(5), ids(7)];
  let session: OnnxSession;
  beforeAll(async () => {
    const graph = lossAndGradientGraph({ config, maxPositions: config.maxPositionEmbeddings, vocabularyChunk: 64 }, SHAPE);
    session = await OnnxSession.create(serializeGraph(graph), { threads: 1 });
  });
  afterAll(() => session.dispose());

  /** Rows of `width` places filled with sequences at given offsets; every token after a sequence's first is scored. */
  async function run(width: number, rows: readonly (readonly { readonly sequence: number; readonly offset: number }[])[]) {
    const size = rows.length * width;
    // Padding holds a real token's id on purpose.
    const [inputIds, positions] = [new BigInt64Array(size).fill(9n), new BigInt64Array(size)];
    const [steps, segments] = [new Float32Array(size), new Float32Array(size)];
    const places = new Map<number, number>();
    rows.forEach((row, r) =>
      row.forEach(({ sequence, offset }, segment) => {
        places.set(sequence, r * width + offset);
        sequences[sequence]?.forEach((id, i) => {
          const at = r * width + offset + i;
          [inputIds[at], positions[at], steps[at], segments[at]] = [BigInt(id), BigInt(i), i, segment + 1];
        });
      }),
    );
    // Scored in the order of the sequences, wherever they lie.
    const scored = sequences.flatMap((sequence, s) =>
      sequence.slice(1).map((target, i) => ({ row: (places.get(s) as number) + i, target })),
    );
    const M = scored.length;
    const column = (value: number) => float32([M], new Float32Array(M).fill(value));
    const out = await session.run({
      ...Object.fromEntries(parameters),
      ids: int64([rows.length, width], inputIds),
      positions: int64([rows.length, width], positions),
      steps: float32([rows.length, width], steps),
      segments: float32([rows.length, width], segments),
      scoredRows: int64([M], scored.map(({ row }) => row)), // prettier-ignore
      targets: int64([M], scored.map(({ target }) => target)), // prettier-ignore
      inverseTemperature: float32([], [1]),
      advantages: column(1),
      oldLogProbs: column(0),
      hasOld: column(0),
      refLogProbs: column(-3),
      hasRef: column(1),
      policyWeights: column(1 / M),
      klWeights: column(0.3 / M),
      cloningWeights: column(0.1 / M),
      sampleIndex: int64([M], new Array<number>(M).fill(0)),
      inverseLengths: float32([1], [1 / M]),
    });
    return new Map(Object.entries(out));
  }

  it("left, right and no padding and packed rows give the same log-probabilities, loss and gradients", async () => {
    const lengths = sequences.map((sequence) => sequence.length);
    const offsets = (place: (length: number) => number) => lengths.map((length, sequence) => [{ sequence, offset: place(length) }]);
    const right = await run(9, offsets(() => 0)); // prettier-ignore
    const others = {
      left: await run(9, offsets((length) => 9 - length)), // prettier-ignore
      both: await run(14, offsets(() => 3)), // prettier-ignore
      packedWithoutPadding: await run(21, [[{ sequence: 2, offset: 0 }, { sequence: 0, offset: 7 }, { sequence: 1, offset: 16 }]]), // prettier-ignore
    };
    for (const [layout, other] of Object.entries(others)) {
      expectSameTensors(new Map([...other].map(([name, tensor]) => [name, tensor])), right);
      expect(other.get("logProbs")?.shape, layout).toEqual([18]);
    }
  });

  it("a token's log-probability depends on no later token and on no other sequence", async () => {
    const rows = [[{ sequence: 0, offset: 0 }, { sequence: 1, offset: 9 }, { sequence: 2, offset: 14 }]]; // prettier-ignore
    const before = (await run(21, rows)).get("logProbs")?.data as Float32Array;
    const changed = sequences[0] as number[];
    const last = changed[8] as number;
    changed[8] = (last + 1) % config.vocabSize;
    const after = (await run(21, rows)).get("logProbs")?.data as Float32Array;
    changed[8] = last;
    expect([...after.subarray(0, 7)]).toEqual([...before.subarray(0, 7)]);
    expect(after[7]).not.toBe(before[7]);
    expect([...after.subarray(8)]).toEqual([...before.subarray(8)]);
  });
});

describe("the last layer", () => {
  it("goes on with scored tokens alone, but for dropout, whose masks are of all", () => {
    const rowsOf = (changes: { readonly lora?: LoraConfig }) => {
      const graph = lossAndGradientGraph({ config, maxPositions: 48, vocabularyChunk: 64, ...changes }, SHAPE);
      return graph.nodes.filter(({ op }) => op === "QuickGelu").map(({ outputs }) => outputs[0]?.shape[0]);
    };
    expect(rowsOf({})).toEqual(["B*T", "M"]);
    expect(rowsOf({ lora: TINY_LORA })).toEqual(["B*T", "M"]);
    expect(rowsOf({ lora: { ...TINY_LORA, dropout: 0.1 } })).toEqual(["B*T", "B*T"]);
  });
});

describe("adapters", () => {
  const adapter = randomTensors(trainableShapes(config, TINY_LORA), 6);
  const zeros = new Map([...adapter].map(([name, { shape }]) => [name, float32(shape)]));
  const state = { parameters: adapter, firstMoments: zeros, secondMoments: zeros, updates: 0 };

  it("folded into the weights give what they give beside them; left off, the reference", async () => {
    const { on, off, merged } = await withPolicy({ lora: TINY_LORA }, async (policy) => {
      policy.importState(state);
      return {
        on: await policy.logProbs(SAMPLES, "policy"),
        off: await policy.logProbs(SAMPLES, "reference"),
        merged: policy.mergedParameters(),
      };
    });
    const scores = (weights: ReadonlyMap<string, Float32Tensor>) =>
      withPolicy({ parameters: weights }, (policy) => policy.logProbs(SAMPLES, "policy"));
    const [folded, base] = [await scores(merged), await scores(parameters)];
    SAMPLES.forEach((_, i) => {
      expectClose(on[i] ?? [], folded[i] ?? []);
      expectClose(off[i] ?? [], base[i] ?? []);
    });
    expect(Math.abs((on[0]?.[0] as number) - (off[0]?.[0] as number))).toBeGreaterThan(1e-3);
  });

  it("with dropout the loss depends on the seed alone; scoring has no dropout", async () => {
    const run = (seed: number, dropout: number) =>
      withPolicy({ lora: { ...TINY_LORA, dropout }, seed }, async (policy) => {
        policy.importState(state);
        const { logProbs } = await policy.accumulate(SAMPLES);
        return { trained: logProbs[0], scored: (await policy.logProbs(SAMPLES, "policy"))[0] };
      });
    const [first, again, other] = [await run(1, 0.5), await run(1, 0.5), await run(2, 0.5)];
    expect(again).toEqual(first);
    expect(other.trained).not.toEqual(first.trained);
    expect(other.scored).toEqual(first.scored);
    expect(first.trained).not.toEqual(first.scored);
  });

  it("keeps the initial policy as reference while all weights train", async () => {
    await withPolicy({}, async (policy) => {
      const before = await policy.logProbs(SAMPLES, "reference");
      await policy.accumulate(SAMPLES);
      await policy.update(ADAM);
      expect(await policy.logProbs(SAMPLES, "reference")).toEqual(before);
      expect(await policy.logProbs(SAMPLES, "policy")).not.toEqual(before);
    });
  });
});

/** AdamW with decoupled decay and clipping by global norm, in float64, from its definition (Loshchilov and Hutter 2019, algorithm 2). */
function referenceAdamW(problem: AdamWCase): { parameters: Record<string, number[]>; gradNorms: number[] } {
  const names = Object.keys(problem.parameters);
  const flat = (rows: Readonly<Record<string, number[][]>>, name: string) => (rows[name] ?? []).flat();
  const parameters = Object.fromEntries(names.map((name) => [name, flat(problem.parameters, name)]));
  const first = Object.fromEntries(names.map((name) => [name, flat(problem.parameters, name).map(() => 0)]));
  const second = Object.fromEntries(names.map((name) => [name, flat(problem.parameters, name).map(() => 0)]));
  const gradNorms = problem.gradients.map((step, t) => {
    const norm = Math.hypot(...names.flatMap((name) => flat(step, name)));
    const clip = problem.maxGradNorm > 0 ? Math.min(1, problem.maxGradNorm / (norm + 1e-6)) : 1;
    for (const name of names) {
      const [p, m, v] = [parameters[name], first[name], second[name]] as [number[], number[], number[]];
      flat(step, name).forEach((value, i) => {
        const g = clip * value;
        m[i] = problem.beta1 * (m[i] as number) + (1 - problem.beta1) * g;
        v[i] = problem.beta2 * (v[i] as number) + (1 - problem.beta2) * g * g;
        const [mHat, vHat] = [m[i] / (1 - problem.beta1 ** (t + 1)), v[i] / (1 - problem.beta2 ** (t + 1))];
        p[i] =
          (p[i] as number) * (1 - problem.learningRate * problem.weightDecay) -
          (problem.learningRate * mHat) / (Math.sqrt(vHat) + problem.epsilon);
      });
    }
    return norm;
  });
  return { parameters, gradNorms };
}

describe("AdamW", () => {
  it.each([1, 0])("agrees with float64 over several steps, decay and clipping at %d", async (maxGradNorm) => {
    const problem = { ...adamWCase(), maxGradNorm };
    const [got, expected] = [await runAdamW(problem), referenceAdamW(problem)];
    for (const [name, values] of Object.entries(expected.parameters)) expectClose(got.parameters.get(name)?.data ?? [], values, name);
    expectClose(got.gradNorms, expected.gradNorms);
  });
});

describe("numbers that are not finite", () => {
  const spoiled = (weight: number): LossSample => ({
    ...(SAMPLES[0] as LossSample),
    policyWeights: new Float32Array(SAMPLES[0]?.responseIds.length ?? 0).fill(weight),
  });
  const copy = (policy: OnnxPolicy) => structuredClone(policy.exportState());

  it("in the loss stop the step; the weights stay and nothing of the batch lingers", async () => {
    await withPolicy({ packing: { tokensPerMicroBatch: 1, rowTokens: 1, bundleTokens: 0 } }, async (policy) => {
      const before = copy(policy);
      for (const weight of [Infinity, NaN]) {
        // The longer sample has a row of its own and goes first, so a sound gradient has been accumulated before.
        const batch = [SAMPLES[1] as LossSample, spoiled(weight)];
        await expect(policy.accumulate(batch)).rejects.toMatchObject({ code: "non-finite" });
        expect(policy.exportState()).toEqual(before);
      }
      await policy.accumulate(SAMPLES);
      const gradients = new Map(policy.gradients());
      await withPolicy({ packing: { tokensPerMicroBatch: 1, rowTokens: 1, bundleTokens: 0 } }, async (fresh) => {
        await fresh.accumulate(SAMPLES);
        expectSameTensors(gradients, fresh.gradients(), 0);
      });
    });
  });

  it("in the gradient of a finite loss stop the update; the weights stay", async () => {
    await withPolicy({}, async (policy) => {
      const before = copy(policy);
      expect((await policy.accumulate([spoiled(3e38)])).loss).toBeLessThan(0);
      await expect(policy.update(ADAM)).rejects.toMatchObject({ code: "non-finite" });
      expect(policy.exportState()).toEqual(before);
    });
  });
});
