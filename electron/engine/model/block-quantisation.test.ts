// Quantised matrices as numbers, and in every graph that takes them: against the same weights as float32 and against float64 loops.

import { afterEach, describe, expect, it } from "vitest";
import { OnnxLanguageModel } from "../decoding/onnx-language-model.ts";
import { generate } from "../decoding/generate.ts";
import { OnnxPolicy } from "../grpo/onnx-policy.ts";
import { trainableShapes } from "../grpo/policy-graphs.ts";
import { foldedIn } from "../grpo/testing/reference-cases.ts";
import { Random } from "../tensor/random.ts";
import { float32, type Float32Tensor } from "../tensor/tensor.ts";
import { randomParameters, randomTensors, tinyConfig } from "../testing/random-model.ts";
import {
  dequantised,
  dequantiseMatrix,
  isQuantisable,
  quantisationError,
  quantiseMatrix,
  stackQuantised,
  type BlockFormat,
  type ModelWeights,
} from "./block-quantisation.ts";
import type { DecoderConfig } from "./config.ts";
import { LORA_TARGETS, type LoraConfig } from "./lora.ts";
import { referenceLogits } from "./reference-forward.ts";

const FORMATS: readonly BlockFormat[] = [
  { bits: 4, blockSize: 16 },
  { bits: 4, blockSize: 32 },
  { bits: 8, blockSize: 16 },
];
const config = tinyConfig("qwen2", { hiddenSize: 32, headDim: 8, intermediateSize: 96 });
const lora: LoraConfig = { rank: 3, alpha: 6, dropout: 0, targets: LORA_TARGETS };
const lossShape = { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator: "k3", importanceLevel: "token", temperature: 1 } as const;

function quantised(parameters: ReadonlyMap<string, Float32Tensor>, format: BlockFormat): ModelWeights {
  return new Map(
    [...parameters].map(([name, tensor]) => [name, isQuantisable(name, tensor.shape, format) ? quantiseMatrix(tensor, format) : tensor]),
  );
}

function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(got.length).toBe(expected.length);
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += ((got[i] as number) - (expected[i] as number)) ** 2;
    size += (expected[i] as number) ** 2;
  }
  return Math.sqrt(difference / size);
}

describe.each(FORMATS)("$bits bits in blocks of $blockSize", (format) => {
  it("is off by half a scale at most, and says by how much", () => {
    const random = new Random(4);
    const tensor = float32(
      [5, 96],
      Float32Array.from({ length: 480 }, (_, i) => (i < 64 ? 0 : 1 + Math.floor(i / 100)) * (random.normal() + (i % 3))),
    );
    const matrix = quantiseMatrix(tensor, format);
    const restored = dequantiseMatrix(matrix);
    let largest = 0;
    tensor.data.forEach((value, i) => {
      const error = Math.abs(value - (restored.data[i] as number));
      expect(error).toBeLessThanOrEqual(0.5001 * (matrix.scales[Math.floor(i / format.blockSize)] as number));
      largest = Math.max(largest, error);
    });
    const { relative, largest: stated } = quantisationError(tensor, matrix);
    expect(stated).toBe(largest);
    expect(relative).toBeCloseTo(relativeError(restored.data, tensor.data), 12);
    // Zeros stay zeros, and what is on the grid stays what it is but for the rounding of its scale.
    expect(restored.data.subarray(0, 64)).toEqual(new Float32Array(64));
    expect(relativeError(dequantiseMatrix(quantiseMatrix(restored, format)).data, restored.data)).toBeLessThan(1e-6);
  });

  it("stacks to the same rows", () => {
    const [a, b] = [3, 4].map((rows) =>
      quantiseMatrix(randomTensors(new Map([["w", [rows, 96]]]), rows).get("w") as Float32Tensor, format),
    );
    const whole = dequantiseMatrix(stackQuantised([a, b].flatMap((part) => part ?? []), [2, 1])); // prettier-ignore
    const parts = [a, b].map((part, i) =>
      dequantiseMatrix(part as NonNullable<typeof part>).data.map((value) => (i === 0 ? 2 : 1) * value),
    );
    expect(whole.data).toEqual(Float32Array.from(parts.flatMap((part) => [...part])));
  });

  it("scores and trains an adapter like the same base in float32", async () => {
    const weights = quantised(randomParameters(config, 9), format);
    const adapter = randomTensors(trainableShapes(config, lora), 2);
    const samples = [[4, 9, 1, 30], [7, 7, 2]].map((promptIds, i) => {
      const responseIds = [3, 14, 15, 9, 2, 6];
      return { promptIds, responseIds, advantage: 1 - 2 * i, policyWeights: new Float32Array(6).fill(0.1), cloningWeights: new Float32Array(6).fill(0.2) };
    }); // prettier-ignore
    const results = [];
    for (const parameters of [weights, dequantised(weights)]) {
      const policy = await OnnxPolicy.create({ config, parameters, lossShape, lora, seed: 1, session: { threads: 1 } });
      policy.importState({ parameters: adapter, firstMoments: adapter, secondMoments: adapter, updates: 0 });
      const reference = await policy.logProbs(samples, "reference");
      const output = await policy.accumulate(samples);
      results.push({ reference, output, gradients: policy.gradients() });
      policy.dispose();
    }
    const [got, expected] = results as [(typeof results)[0], (typeof results)[0]];
    got.reference.forEach((row, i) => expect(relativeError(row, expected.reference[i] as Float32Array)).toBeLessThan(1e-5));
    got.output.logProbs.forEach((row, i) => expect(relativeError(row, expected.output.logProbs[i] as Float32Array)).toBeLessThan(1e-5));
    for (const [name, { data }] of expected.gradients) {
      expect(relativeError((got.gradients.get(name) as Float32Tensor).data, data), name).toBeLessThan(1e-4);
    }
  });
});

const open: OnnxLanguageModel[] = [];
afterEach(async () => {
  for (const model of open.splice(0)) await model.dispose();
});

/** Architectures that scale, normalise or leave out the rotation of queries in ways of their own. */
const DECODERS: readonly (readonly [string, DecoderConfig])[] = [
  ["qwen2, biases", config],
  ["qwen3, head norms", tinyConfig("qwen3", { hiddenSize: 32, headDim: 8, intermediateSize: 64 })],
  ["smollm3, an unrotated layer", tinyConfig("smollm3", { hiddenSize: 32, headDim: 8, intermediateSize: 64, unrotatedLayers: [1] })],
];

describe("generation with a quantised base and an adapter beside it", () => {
  it.each(DECODERS)("agrees with float64 loops over the weights as they were stored: %s", async (_name, decoder) => {
    const weights = quantised(randomParameters(decoder, 3), { bits: 4, blockSize: 16 });
    const tensors = randomTensors(trainableShapes(decoder, lora), 6);
    const model = new OnnxLanguageModel(decoder, weights, { session: { threads: 1 } });
    open.push(model);
    await model.setAdapter({ lora, tensors });
    const merged = foldedIn(dequantised(weights), tensors, lora);
    const prompt = [5, 30, 2];
    const batch = await model.prefill([{ promptIds: prompt, rows: 1 }], { maxNewTokens: 8, temperature: 0 });
    const history = [...prompt];
    const expected = () => referenceLogits(decoder, merged, history).at(-1) as Float64Array;
    expect(relativeError(batch.promptLogits, expected())).toBeLessThan(1e-4);
    for (const token of [1, 8, 8, 21]) {
      history.push(token);
      expect(relativeError((await batch.step(Int32Array.of(token))).data, expected())).toBeLessThan(1e-4);
    }
    batch.dispose();
    // Other values of the same adapter need no new sessions; one on fewer layers does.
    const attention: LoraConfig = { ...lora, targets: ["q_proj", "v_proj"] };
    const fewer = new Map([...tensors].filter(([name]) => /[qv]_proj/.test(name)));
    await model.setAdapter({ lora: attention, tensors: fewer });
    const folded = foldedIn(dequantised(weights), fewer, attention);
    const settings = { temperature: 0, topK: 0, topP: 1, maxNewTokens: 6, stopTokenIds: [], stopStrings: [] };
    const [[completion] = []] = await generate(model, [{ promptIds: prompt, seeds: [0] }], settings);
    const greedy = [...prompt];
    for (let i = 0; i < settings.maxNewTokens; i++) {
      const logits = referenceLogits(decoder, folded, greedy).at(-1) as Float64Array;
      greedy.push(logits.indexOf(Math.max(...logits)));
    }
    expect(completion?.tokenIds).toEqual(greedy.slice(prompt.length));
  });

  it.each([4, 8] as const)("many rows agree with float64 loops, and so do the few that are left of them: %i bits", async (bits) => {
    const weights = quantised(randomParameters(config, 5), { bits, blockSize: 16 });
    const model = new OnnxLanguageModel(config, weights, { session: { threads: 1 } });
    open.push(model);
    const exact = dequantised(weights);
    const decode = async (): Promise<Float32Array[]> => {
      const batch = await model.prefill([{ promptIds: [5, 30], rows: 20 }], { maxNewTokens: 8, temperature: 0 });
      const scores: Float32Array[] = [];
      for (const rows of [20, 20, 8, 3]) {
        if (rows < 20) batch.keepRows(Array.from({ length: rows }, (_, row) => row));
        scores.push((await batch.step(Int32Array.from({ length: rows }, (_, row) => row + scores.length))).data.slice());
      }
      batch.dispose();
      return scores;
    };
    const [first, again] = [await decode(), await decode()];
    for (const row of [0, 2]) {
      first.forEach((data, step) => {
        const expected = referenceLogits(config, exact, [5, 30, ...Array.from({ length: step + 1 }, (_, i) => row + i)]).at(-1);
        const got = data.subarray(row * config.vocabSize, (row + 1) * config.vocabSize);
        expect(relativeError(got, expected as Float64Array), `row ${row}, step ${step}`).toBeLessThan(1e-4);
      });
    }
    // Which arithmetic a step takes follows from its batch alone, not from what the model did before.
    expect(again).toEqual(first);
  });

  it.each([
    [4, 0.5],
    [8, 0.03],
  ] as const)("keeps logits in %i bits within what the layers' stated errors allow", (bits, limit) => {
    const parameters = randomParameters(config, 1);
    const weights = quantised(parameters, { bits, blockSize: 32 });
    let worst = 0;
    for (const [name, weight] of weights) {
      if (weight.dtype === "blocks") worst = Math.max(worst, quantisationError(parameters.get(name) as Float32Tensor, weight).relative);
    }
    const ids = [1, 2, 3, 4, 5, 6];
    const [exact, rounded] = [parameters, dequantised(weights)].map((of) => referenceLogits(config, of, ids).flatMap((row) => [...row]));
    const error = relativeError(rounded as number[], exact as number[]);
    // Errors of independent products add up like their squares: two per residual branch, two branches a layer, some gain.
    expect(error).toBeLessThan(2 * worst * Math.sqrt(4 * config.numLayers));
    expect(error).toBeLessThan(limit);
    expect(error).toBeGreaterThan(0);
  });
});
