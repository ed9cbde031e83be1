// Adapters as pieces: dropout masks and fresh tensors. That adapters compute and train rightly is tested with the whole policy.

import { describe, expect, it } from "vitest";
import { Graph } from "../onnx/graph.ts";
import { serializeGraph } from "../onnx/serialize.ts";
import { OnnxSession } from "../onnx/session.ts";
import { Random } from "../tensor/random.ts";
import { float32, type Float32Tensor, type HostTensor } from "../tensor/tensor.ts";
import { tinyConfig } from "../testing/random-model.ts";
import { adaptedLayers, initialiseLora, LORA_TARGETS, loraLinear, type LoraConfig } from "./lora.ts";

const FEATURES = 64;
const TOKENS = 4000;
const config = tinyConfig("llama", { hiddenSize: FEATURES, headDim: FEATURES / 4 });
const LAYERS = ["model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.q_proj"] as const;

/**
 * What reaches the adapter of two layers when every input is 1, [TOKENS, FEATURES] each: with W zero, A and B the identity and
 * alpha = rank the layer's output is its dropped input.
 */
async function droppedOnes(probability: number, keySeed: number): Promise<Float32Array[]> {
  const lora: LoraConfig = { rank: FEATURES, alpha: FEATURES, dropout: probability, targets: ["q_proj"] };
  const graph = new Graph("dropout");
  const identity = graph.initializer(
    "identity",
    float32(
      [FEATURES, FEATURES],
      Float32Array.from({ length: FEATURES ** 2 }, (_, i) => (i % (FEATURES + 1) === 0 ? 1 : 0)),
    ),
  );
  const zero = graph.initializer("zero", float32([FEATURES, FEATURES]));
  const x = graph.input("x", "float32", [TOKENS, FEATURES]);
  const tokenKeys = graph.input("tokenKeys", "float32", [TOKENS, 1]);
  const linear = loraLinear(graph, config, lora, (name) => (name.includes("lora") ? identity : zero), { tokenKeys });
  LAYERS.forEach((layer, i) => graph.output(linear(layer, x, false), `y${i}`));
  const session = await OnnxSession.create(serializeGraph(graph), { threads: 1 });
  const random = new Random(keySeed);
  const keys = Float32Array.from({ length: TOKENS }, () => 4096 * random.float());
  const out = await session.run({
    x: float32([TOKENS, FEATURES], new Float32Array(TOKENS * FEATURES).fill(1)),
    tokenKeys: float32([TOKENS, 1], keys),
  });
  await session.dispose();
  return LAYERS.map((_, i) => (out[`y${i}`] as HostTensor).data as Float32Array);
}

const share = (values: Float32Array) => values.reduce((count, value) => count + (value === 0 ? 0 : 1), 0) / values.length;

describe("adapter dropout", () => {
  it.each([0.05, 0.3])("keeps 1 - %d of the features, of every feature and of every layer, and the mean", async (probability) => {
    for (const data of await droppedOnes(probability, 1)) {
      expect(share(data)).toBeCloseTo(1 - probability, 2);
      expect(data.reduce((sum, value) => sum + value, 0) / data.length).toBeCloseTo(1, 2);
      expect(new Set(data)).toEqual(new Set([0, Math.fround(1 / (1 - probability))]));
      const keptOf = new Float64Array(FEATURES);
      data.forEach((value, i) => (keptOf[i % FEATURES] = (keptOf[i % FEATURES] as number) + (value === 0 ? 0 : 1 / TOKENS)));
      // Five standard deviations of a share among so many independent draws.
      const deviation = Math.sqrt((probability * (1 - probability)) / TOKENS);
      keptOf.forEach((kept, feature) => expect(Math.abs(kept - (1 - probability)), `feature ${feature}`).toBeLessThan(5 * deviation));
    }
  });

  it("drops features of a token, and layers, independently", async () => {
    const p = 0.3;
    const [first, second] = (await droppedOnes(p, 2)) as [Float32Array, Float32Array];
    const kept = Array.from({ length: TOKENS }, (_, t) => FEATURES * share(first.subarray(t * FEATURES, (t + 1) * FEATURES)));
    const mean = kept.reduce((a, b) => a + b) / TOKENS;
    const variance = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / TOKENS;
    expect(variance / (FEATURES * p * (1 - p))).toBeGreaterThan(0.7);
    expect(variance / (FEATURES * p * (1 - p))).toBeLessThan(1.4);
    expect(share(first.map((value, i) => value * (second[i] as number)))).toBeCloseTo((1 - p) ** 2, 2);
  });

  it("is the same for the same keys and another for others", async () => {
    const [first, again, other] = [await droppedOnes(0.3, 3), await droppedOnes(0.3, 3), await droppedOnes(0.3, 4)];
    expect(again).toEqual(first);
    expect(share((first[0] as Float32Array).map((value, i) => value * (other[0]?.[i] as number)))).toBeCloseTo(0.49, 2);
  });
});

describe("fresh adapters", () => {
  const lora: LoraConfig = { rank: 3, alpha: 6, dropout: 0, targets: LORA_TARGETS };
  it("start as no change: B is zero, A is not, on every linear layer", () => {
    const adapter = initialiseLora(config, lora, 7);
    expect(adapter.size).toBe(2 * 7 * config.numLayers);
    for (const [name, { data }] of adapter)
      expect(
        data.every((value) => value === 0),
        name,
      ).toBe(name.endsWith("lora_B.weight"));
    expect(initialiseLora(config, lora, 7)).toEqual(adapter);
    const other: ReadonlyMap<string, Float32Tensor> = initialiseLora(config, lora, 8);
    expect(other.get(`${LAYERS[0]}.lora_A.weight`)).not.toEqual(adapter.get(`${LAYERS[0]}.lora_A.weight`));
  });

  it("sit on the chosen layers only, and refuse a rank that is none", () => {
    expect(adaptedLayers(config, { ...lora, targets: ["q_proj"] })).toEqual(LAYERS);
    expect(() => adaptedLayers(config, { ...lora, rank: 0 })).toThrow(/rank.*positive integer.*got: 0/);
  });
});
