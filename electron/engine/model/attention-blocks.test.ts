// Attention in blocks against attention in rows with a mask: loss and every gradient of a policy, for packings of several blocks.

import { expect, it } from "vitest";
import { packFeeds, packInBlocks, packSequences, type MicroBatch } from "../grpo/packing.ts";
import { lossFeeds } from "../grpo/micro-batch-feeds.ts";
import { lossAndGradientGraph, trainableShapes, type PolicyGraphOptions } from "../grpo/policy-graphs.ts";
import type { LossSample, LossShape } from "../grpo/policy-model.ts";
import { TINY_LORA } from "../grpo/testing/reference-cases.ts";
import { OnnxSession } from "../onnx/session.ts";
import { Random } from "../tensor/random.ts";
import { float32, type HostTensor } from "../tensor/tensor.ts";
import { randomParameters, randomTensors, tinyConfig } from "../testing/random-model.ts";
import type { DecoderConfig } from "./config.ts";

const SHAPE: LossShape = { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator: "k3", importanceLevel: "token", temperature: 1 };
const random = new Random(23);
const ids = (length: number) => Array.from({ length }, () => random.integer(37));
const PROMPTS = [ids(50), ids(9), ids(31)];

/** Groups of 6, 2 and 1 responses of 5 to 60 tokens. */
const SAMPLES: readonly LossSample[] = [0, 0, 0, 0, 0, 0, 1, 1, 2].map((prompt, i) => {
  const responseIds = ids(5 + ((i * 23) % 56));
  const weights = new Float32Array(responseIds.length).fill(1 / (9 * responseIds.length));
  const refLogProbs = Float32Array.from(responseIds, () => -3.5 + random.normal());
  const promptIds = PROMPTS[prompt] as number[];
  return { promptIds, responseIds, advantage: (i % 3) - 1, policyWeights: weights, klWeights: weights, refLogProbs };
});

async function derive(options: PolicyGraphOptions, inBlocks: boolean, batch: MicroBatch): Promise<Record<string, HostTensor>> {
  const { config, lora } = options;
  const session = await OnnxSession.open(lossAndGradientGraph({ ...options, inBlocks }, SHAPE), { threads: 1 });
  const packed = inBlocks ? packInBlocks(SAMPLES, batch, config.slidingWindow) : packFeeds(SAMPLES, batch);
  const out = await session.run({
    ...packed.feeds,
    ...lossFeeds(SAMPLES, packed),
    ...Object.fromEntries(randomParameters(config, 5)),
    ...(lora === undefined ? {} : Object.fromEntries(randomTensors(trainableShapes(config, lora), 6))),
    inverseTemperature: float32([], [1]),
  });
  await session.dispose();
  return out;
}

it.each([
  ["grouped queries, responses that share a prompt", tinyConfig("qwen3"), {}, 512],
  ["every head its own key, each response with a copy of its prompt", tinyConfig("llama", { numKvHeads: 4 }), {}, 0],
  ["a window in one layer, an adapter", tinyConfig("qwen2", { slidingWindow: 40, slidingLayers: [1] }), { lora: TINY_LORA }, 512],
  ["one key for all, what a layer keeps computed again", tinyConfig("mistral", { numKvHeads: 1 }), { activationCheckpointing: true }, 200],
] as [string, DecoderConfig, Partial<PolicyGraphOptions>, number][])("%s", async (_name, config, changes, bundleTokens) => {
  const options = { config: { ...config, maxPositionEmbeddings: 512 }, maxPositions: 1024, vocabularyChunk: 64, ...changes };
  const [batch] = packSequences(SAMPLES, { tokensPerMicroBatch: 4096, rowTokens: 128, bundleTokens });
  const got = await derive(options, true, batch as MicroBatch);
  const expected = await derive(options, false, batch as MicroBatch);
  for (const [name, { data }] of Object.entries(expected)) {
    const [values, others] = [data as Float32Array, got[name]?.data as Float32Array];
    const size = Math.max(...values.map(Math.abs));
    expect(others).toHaveLength(values.length);
    values.forEach((value, i) => expect(Math.abs((others[i] as number) - value), `${name}[${i}]`).toBeLessThanOrEqual(1e-5 * size));
  }
});
