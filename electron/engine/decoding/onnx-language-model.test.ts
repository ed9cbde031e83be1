import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parameterShapes, PLAIN_DECODER, type DecoderConfig } from "../model/config.ts";
import { referenceLogits } from "../model/reference-forward.ts";
import { OnnxSession } from "../onnx/session.ts";
import { Random } from "../tensor/random.ts";
import { float32, sizeOf, type Float32Tensor } from "../tensor/tensor.ts";
import { generate } from "./generate.ts";
import { OnnxLanguageModel } from "./onnx-language-model.ts";
import type { GenerateSettings } from "./types.ts";

const V = 50;
const YARN = {
  type: "yarn",
  factor: 4,
  originalMaxPositions: 32,
  betaFast: 2,
  betaSlow: 0.5,
  attentionFactor: 1.14,
  truncate: true,
} as const;

function tinyConfig(overrides: Partial<DecoderConfig> = {}): DecoderConfig {
  return {
    ...PLAIN_DECODER,
    modelType: "llama",
    vocabSize: V,
    hiddenSize: 24,
    numLayers: 2,
    numHeads: 4,
    numKvHeads: 2,
    headDim: 8,
    intermediateSize: 40,
    rmsNormEps: 1e-5,
    ropeTheta: 500,
    tieWordEmbeddings: true,
    qkvBias: false,
    qkNorm: false,
    maxPositionEmbeddings: 128,
    eosTokenIds: [],
    bosTokenId: null,
    ...overrides,
  };
}

/** Large enough weights that attention is far from uniform and no bias or norm weight is at its neutral value. */
function randomParameters(config: DecoderConfig, seed: number): Map<string, Float32Tensor> {
  const random = new Random(seed);
  return new Map(
    [...parameterShapes(config)].map(([name, shape]) => {
      const draw = () => (name.includes("norm") ? 1 + 0.3 * random.normal() : 0.25 * random.normal());
      return [name, float32(shape, Float32Array.from({ length: sizeOf(shape) }, draw))];
    }),
  );
}

const greedy: GenerateSettings = { temperature: 0, topK: 0, topP: 1, maxNewTokens: 40, stopTokenIds: [], stopStrings: [] };
const prompts = [[3], [7, 1, 44, 9, 12], [20, 21, 22], [5, 5, 5, 5, 5, 5, 5, 6, 30]];

const open: OnnxLanguageModel[] = [];
let attends: "beside" | "graph" | undefined;
function modelOf(config: DecoderConfig, parameters: ReadonlyMap<string, Float32Tensor>): OnnxLanguageModel {
  const model = new OnnxLanguageModel(config, parameters, { session: { threads: 1 }, ...(attends === undefined ? {} : { attends }) });
  open.push(model);
  return model;
}
afterEach(async () => {
  for (const model of open.splice(0)) await model.dispose();
});

describe.each(["beside", "graph"] as const)("OnnxLanguageModel that attends %s", (where) => {
  beforeEach(() => {
    attends = where;
  });

  const configs: [string, DecoderConfig][] = [
    ["llama, grouped heads, tied", tinyConfig()],
    ["llama, one key head per head, untied", tinyConfig({ numKvHeads: 4, tieWordEmbeddings: false })],
    ["qwen2, biases", tinyConfig({ modelType: "qwen2", qkvBias: true, numKvHeads: 1 })],
    ["qwen3, head norms", tinyConfig({ modelType: "qwen3", qkNorm: true, headDim: 16, numKvHeads: 4 })],
    ["mistral, window", tinyConfig({ modelType: "mistral", slidingWindow: 7, slidingLayers: [0, 1] })],
    ["qwen2, window in the last layer", tinyConfig({ modelType: "qwen2", qkvBias: true, slidingWindow: 34, slidingLayers: [1] })],
    [
      "smollm3, an unrotated layer",
      tinyConfig({ modelType: "smollm3", unrotatedLayers: [1], outBias: true, qkvBias: true, mlpBias: true }),
    ],
    ["llama, YaRN and an unrotated layer", tinyConfig({ unrotatedLayers: [0], ropeScaling: YARN })],
    ["llama, heads of a size that no kernel is made for", tinyConfig({ headDim: 6 })],
  ];

  it.each(configs)("agrees with full recomputation in float64 while the cache grows and rows leave: %s", async (_name, config) => {
    const parameters = randomParameters(config, 8);
    const batch = await modelOf(config, parameters).prefill(
      prompts.map((promptIds, group) => ({ promptIds, rows: 1 + (group % 3) })),
      { maxNewTokens: 70, temperature: 0 },
    );
    let histories = prompts.flatMap((promptIds, group) => Array.from({ length: 1 + (group % 3) }, () => [...promptIds]));
    let largest = 0;
    const compare = (logits: Float32Array, of: readonly (readonly number[])[]) =>
      of.forEach((history, row) => {
        const expected = referenceLogits(config, parameters, history).at(-1) as Float64Array;
        expected.forEach((value, token) => (largest = Math.max(largest, Math.abs(value - (logits[row * V + token] as number)))));
      });
    compare(batch.promptLogits, prompts);
    const random = new Random(12);
    // Rows of group 1 leave first (the whole group by step 20), then others; 32 and 64 stored tokens make the cache grow.
    const keepAfterStep = new Map([
      [4, [0, 6, 2, 3, 4, 5]],
      [20, [0, 5, 4, 3]],
      [40, [2, 3]],
    ]);
    for (let step = 1; step <= 66; step++) {
      const tokens = Int32Array.from(histories, () => random.integer(V));
      histories = histories.map((history, row) => [...history, tokens[row] as number]);
      const { data: logits } = await batch.step(tokens);
      if (step < 8 || step % 9 === 5 || step > 62) compare(logits, histories);
      const keep = keepAfterStep.get(step);
      if (keep === undefined) continue;
      batch.keepRows(keep);
      histories = keep.map((from) => histories[from] as number[]);
    }
    batch.dispose();
    expect(largest).toBeLessThan(2e-5);
  });

  it("decodes greedily what full recomputation would", async () => {
    const config = tinyConfig();
    const parameters = randomParameters(config, 2);
    const results = await generate(
      modelOf(config, parameters),
      prompts.map((promptIds) => ({ promptIds, seeds: [0] })),
      greedy,
    );
    results.forEach(([completion], group) => {
      const tokens: number[] = [];
      while (tokens.length < greedy.maxNewTokens) {
        const logits = referenceLogits(config, parameters, [...(prompts[group] ?? []), ...tokens]).at(-1) as Float64Array;
        tokens.push(logits.indexOf(Math.max(...logits)));
      }
      expect(completion?.tokenIds).toEqual(tokens);
    });
  });

  it("gives a row nearly the same logits whatever else is in the batch", async () => {
    const config = tinyConfig({ hiddenSize: 64, headDim: 16, intermediateSize: 128 });
    const model = modelOf(config, randomParameters(config, 3));
    const prompt = prompts[1] as number[];
    const fed = [4, 8, 15, 16, 23, 42];
    const logitsOf = async (others: readonly { promptIds: readonly number[]; rows: number }[]) => {
      const batch = await model.prefill([{ promptIds: prompt, rows: 1 }, ...others], { maxNewTokens: fed.length + 1, temperature: 0 });
      const rows = 1 + others.reduce((sum, group) => sum + group.rows, 0);
      const seen: number[] = [...batch.promptLogits.subarray(0, V)];
      for (const token of fed) seen.push(...(await batch.step(new Int32Array(rows).fill(token))).data.subarray(0, V));
      batch.dispose();
      return seen;
    };
    const alone = await logitsOf([]);
    let largest = 0;
    for (const rows of [1, 3, 15, 63]) {
      const together = await logitsOf([{ promptIds: prompts[3] as number[], rows }]);
      together.forEach((value, i) => (largest = Math.max(largest, Math.abs(value - (alone[i] as number)))));
    }
    console.log(`largest difference of logits between batch compositions: ${largest.toExponential(2)}`);
    expect(largest).toBeLessThan(1e-5);
  });

  it("attends to heads of a size that has a kernel beside the graph only where one thread computes", async () => {
    const config = tinyConfig();
    const sessions = vi.spyOn(OnnxSession, "openBeside");
    const model = new OnnxLanguageModel(config, randomParameters(config, 3), { session: { threads: where === "beside" ? 1 : 2 } });
    open.push(model);
    await generate(model, [{ promptIds: [1], seeds: [1] }], { ...greedy, maxNewTokens: 2 });
    expect(sessions.mock.calls.map(([graph]) => graph.name)).toEqual(
      where === "beside" ? ["decode-0", "decode-1", "decode-2"] : ["decode"],
    );
    sessions.mockRestore();
  });

  it("answers with probabilities at the temperature", async () => {
    const config = tinyConfig();
    const model = modelOf(config, randomParameters(config, 9));
    const scoresAt = async (temperature: number) => {
      const batch = await model.prefill([{ promptIds: prompts[3] as number[], rows: 2 }], { maxNewTokens: 3, temperature });
      const scores = await batch.step(Int32Array.of(4, 9));
      batch.dispose();
      return scores;
    };
    const [logits, probabilities] = [await scoresAt(0), await scoresAt(0.7)];
    expect([logits.type, probabilities.type]).toEqual(["logits", "probabilities"]);
    for (const row of [0, 1]) {
      const weights = [...logits.data.subarray(row * V, (row + 1) * V)].map((logit) => Math.exp(logit / 0.7));
      const total = weights.reduce((a, b) => a + b, 0);
      weights.forEach((weight, token) => expect(probabilities.data[row * V + token]).toBeCloseTo(weight / total, 6));
    }
  });

  it("uses new weights after they are set", async () => {
    const config = tinyConfig();
    const [before, after] = [randomParameters(config, 4), randomParameters(config, 5)];
    const model = modelOf(config, before);
    const groups = [{ promptIds: prompts[1] as number[], seeds: [1, 2] }];
    await generate(model, groups, greedy);
    await model.setParameters(after);
    expect(await generate(model, groups, greedy)).toEqual(await generate(modelOf(config, after), groups, greedy));
  });

  it("stops at numbers that are not finite and works again afterwards", async () => {
    const config = tinyConfig();
    const good = randomParameters(config, 6);
    const bad = new Map(good).set("model.layers.1.mlp.up_proj.weight", float32([40, 24], new Float32Array(40 * 24).fill(NaN)));
    const groups = [{ promptIds: prompts[1] as number[], seeds: [1, 2] }];
    const model = modelOf(config, good);
    const expected = await generate(model, groups, greedy);
    await model.setParameters(bad);
    await expect(generate(model, groups, greedy)).rejects.toMatchObject({ code: "non-finite" });
    await model.setParameters(good);
    expect(await generate(model, groups, greedy)).toEqual(expected);
  });

  it("names a missing or misshapen parameter", () => {
    const config = tinyConfig();
    const parameters = randomParameters(config, 7);
    const name = "model.layers.1.self_attn.k_proj.weight";
    const misshapen = new Map(parameters).set(name, float32([24, 24]));
    expect(() => modelOf(config, misshapen)).toThrow(
      expect.objectContaining({ code: "invalid-model", message: expect.stringContaining(name) }),
    );
    parameters.delete(name);
    expect(() => modelOf(config, parameters)).toThrow(
      expect.objectContaining({ code: "missing-weights", message: expect.stringContaining(name) }),
    );
  });
});
