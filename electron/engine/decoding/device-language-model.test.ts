// Generation on a device against generation on the CPU: greedy continuations are the same tokens, log-probabilities agree to 1e-4,
// draws with the same keys are the same tokens, and memory comes back to where it was.

import { describe, expect, it } from "vitest";
import { isQuantisable, quantiseMatrix, type ModelWeights } from "../model/block-quantisation.ts";
import type { DecoderConfig } from "../model/config.ts";
import { sequenceLogits } from "../model/logits-graph.ts";
import { initialiseLora, mergeLora } from "../model/lora.ts";
import { deviceMemory, disposeAll } from "../onnx/device-tensor.ts";
import { upload } from "../onnx/device-transfer.ts";
import { OnnxSession, type SessionOptions } from "../onnx/session.ts";
import { Random } from "../tensor/random.ts";
import { float32, int32, int64, type HostTensor } from "../tensor/tensor.ts";
import { randomParameters, randomTensors, tinyConfig } from "../testing/random-model.ts";
import { webGpuForTests } from "../testing/webgpu.ts";
import { DeviceLanguageModel } from "./device-language-model.ts";
import { generate } from "./generate.ts";
import { OnnxLanguageModel } from "./onnx-language-model.ts";
import { openScoringModel } from "./open-language-model.ts";
import { samplingGraph } from "./sampling-graph.ts";
import type { GenerateSettings } from "./types.ts";

const webgpu = await webGpuForTests();
const session: SessionOptions = webgpu ?? {};

/** Rows of different lengths that end at different times; the longest outgrows the cache's first capacity. */
const PROMPTS = [[3], [7, 1, 34, 9, 12], [20, 21, 22], [5, 5, 5, 5, 5, 6, 30]];
/** The device's attention wants heads of a multiple of 8. */
const DEVICE = { maxPositionEmbeddings: 128, headDim: 8 };
const GROUPS = PROMPTS.map((promptIds, group) => ({ promptIds, seeds: group === 1 ? [1, 2] : [0] }));
const GREEDY: GenerateSettings = { temperature: 0, topK: 0, topP: 1, maxNewTokens: 66, stopTokenIds: [11, 12], stopStrings: [] };

async function sameAsOnCpu(config: DecoderConfig, maxNewTokens: number): Promise<void> {
  const settings = { ...GREEDY, maxNewTokens };
  const parameters = randomParameters(config, 5);
  const cpu = new OnnxLanguageModel(config, parameters, { session: { threads: 1 } });
  const expected = await generate(cpu, GROUPS, settings);
  await cpu.dispose();
  const before = deviceMemory();
  const gpu = await DeviceLanguageModel.load(config, parameters, { session });
  const held = deviceMemory();
  const got = await generate(gpu, GROUPS, settings);
  expect(deviceMemory()).toMatchObject({ tensors: held.tensors, bytes: held.bytes });
  await gpu.dispose();
  expect(deviceMemory()).toMatchObject({ tensors: before.tensors, bytes: before.bytes });
  expected.forEach((rows, group) =>
    rows.forEach(({ tokenIds, logProbs, finish }, row) => {
      const other = got[group]?.[row];
      expect(other?.tokenIds).toEqual(tokenIds);
      expect(other?.finish).toBe(finish);
      logProbs.forEach((value, t) => expect(Math.abs((other?.logProbs[t] as number) - value)).toBeLessThan(1e-4));
    }),
  );
  expect(Math.max(...expected.flat().map((row) => row.tokenIds.length))).toBe(maxNewTokens);
}

describe.skipIf(webgpu === undefined)("the language model on WebGPU", () => {
  it.each([
    ["qwen2, biases, while the caches grow and rows leave", tinyConfig("qwen2", { ...DEVICE }), 66],
    ["qwen3, head norms, tied", tinyConfig("qwen3", { ...DEVICE, tieWordEmbeddings: true }), 12],
    ["mistral, a window of 6", tinyConfig("mistral", { ...DEVICE, slidingWindow: 6, slidingLayers: [0, 1] }), 12],
  ])("continues greedily as on the CPU: %s", (_name, config, maxNewTokens) => sameAsOnCpu(config, maxNewTokens));

  it("shares weights with an adapter beside them as if it were merged in", async () => {
    const config = tinyConfig("llama", { ...DEVICE });
    const lora = { rank: 3, alpha: 6, dropout: 0, targets: ["q_proj", "v_proj", "down_proj"] } as const;
    const parameters = randomParameters(config, 6);
    const adapter = randomTensors(new Map([...initialiseLora(config, lora, 1)].map(([name, { shape }]) => [name, shape])), 9);
    const settings = { ...GREEDY, maxNewTokens: 12, stopTokenIds: [] };
    const cpu = new OnnxLanguageModel(config, mergeLora(parameters, adapter, lora), { session: { threads: 1 } });
    const expected = await generate(cpu, GROUPS, settings);
    await cpu.dispose();
    const weights = await upload(new Map([...parameters, ...adapter]), session);
    const gpu = DeviceLanguageModel.sharing(config, () => weights, { session, lora });
    const got = await generate(gpu, GROUPS, settings);
    await gpu.dispose();
    disposeAll(weights.values());
    expect(got.flat().map((row) => row.tokenIds)).toEqual(expected.flat().map((row) => row.tokenIds));
  });

  it("takes a base in blocks of 4 bits", async () => {
    const config = tinyConfig("llama", { ...DEVICE, hiddenSize: 32, intermediateSize: 64 });
    const format = { bits: 4, blockSize: 32 } as const;
    const weights: ModelWeights = new Map(
      [...randomParameters(config, 7)].map(([name, tensor]) => [
        name,
        isQuantisable(name, tensor.shape, format) ? quantiseMatrix(tensor, format) : tensor,
      ]),
    );
    const settings = { ...GREEDY, maxNewTokens: 12, stopTokenIds: [] };
    const cpu = new OnnxLanguageModel(config, weights, { session: { threads: 1 } });
    const expected = await generate(cpu, GROUPS, settings);
    await cpu.dispose();
    const gpu = await DeviceLanguageModel.load(config, weights, { session });
    const got = await generate(gpu, GROUPS, settings);
    await gpu.dispose();
    expect(got.flat().map((row) => row.tokenIds)).toEqual(expected.flat().map((row) => row.tokenIds));
  });

  it("gives its scores to those who ask, as the CPU does", async () => {
    const config = tinyConfig("qwen2", DEVICE);
    const parameters = randomParameters(config, 5);
    const [cpu, gpu] = [
      await openScoringModel(config, parameters, { threads: 1 }),
      await openScoringModel(config, parameters, { ...session, device: "webgpu" }),
    ];
    const held = deviceMemory();
    const groups = PROMPTS.map((promptIds, group) => ({ promptIds, rows: group === 1 ? 2 : 1 }));
    const batches = [
      await cpu.prefill(groups, { maxNewTokens: 2, temperature: 0 }),
      await gpu.prefill(groups, { maxNewTokens: 2, temperature: 0 }),
    ];
    const expectSame = (both: readonly Float32Array[]) => {
      const [here, there] = both as [Float32Array, Float32Array];
      expect(there.length).toBe(here.length);
      here.forEach((value, i) => expect(Math.abs(value - (there[i] as number))).toBeLessThan(1e-4 * Math.max(1, Math.abs(value))));
    };
    expectSame(batches.map(({ promptLogits }) => promptLogits));
    const steps = async (tokenIds: readonly number[]) => {
      const both = [];
      for (const batch of batches) both.push((await batch.step(Int32Array.from(tokenIds))).data);
      expectSame(both);
    };
    await steps([1, 2, 3, 4, 5]);
    for (const batch of batches) batch.keepRows([1, 2, 4]);
    await steps([6, 7, 8]);
    for (const batch of batches) batch.dispose();
    expect(deviceMemory()).toMatchObject({ tensors: held.tensors, bytes: held.bytes });
    for (const model of [cpu, gpu]) await model.dispose();
  });

  it("gives the logits of the CPU", async () => {
    const config = tinyConfig("qwen2", DEVICE);
    const parameters = randomParameters(config, 5);
    const ids = PROMPTS.flat();
    const [there, here] = [
      await sequenceLogits(config, parameters, ids, session),
      await sequenceLogits(config, parameters, ids, { threads: 1 }),
    ];
    const size = here.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    here.data.forEach((value, i) => expect(Math.abs(value - (there.data[i] as number))).toBeLessThan(1e-4 * size));
  });

  it("draws what the same keys draw on the CPU", async () => {
    const random = new Random(4);
    const [rows, vocabulary] = [200, 37];
    const keys = () =>
      int32(
        [rows, 1],
        Int32Array.from({ length: rows }, () => random.uint32() | 0),
      );
    const feeds: Record<string, HostTensor> = {
      logits: float32(
        [rows, vocabulary],
        Float32Array.from({ length: rows * vocabulary }, () => 2 * random.normal()),
      ),
      rows: int64(
        [rows],
        Array.from({ length: rows }, (_, row) => row),
      ),
      inverseTemperature: float32([], [0.8]),
      keyA: keys(),
      keyB: keys(),
      topK: float32([], [9]),
      topP: float32([], [0.9]),
    };
    const run = async (options: SessionOptions) => {
      const { graph, ids } = samplingGraph(vocabulary, { random: true, topK: true, topP: true });
      const sampling = await OnnxSession.open(graph, options);
      const out = await sampling.run(feeds);
      await sampling.dispose();
      return { ids: [...(out[ids]?.data as BigInt64Array)], logProbs: out["logProbs"]?.data as Float32Array };
    };
    const [there, here] = [await run({ ...session, deviceOnly: true }), await run({ threads: 1 })];
    expect(there.ids).toEqual(here.ids);
    there.logProbs.forEach((value, row) => expect(Math.abs(value - (here.logProbs[row] as number))).toBeLessThan(1e-5));
  });

  it("gives a row the same text whatever else is in the batch, and the same again with the same seed", async () => {
    const config = tinyConfig("qwen2", { ...DEVICE });
    const model = await DeviceLanguageModel.load(config, randomParameters(config, 5), { session });
    const settings = { ...GREEDY, temperature: 1, maxNewTokens: 10 };
    const together = await generate(model, GROUPS, settings);
    const alone = await generate(model, [GROUPS[1] as (typeof GROUPS)[number]], settings);
    await model.dispose();
    expect(alone[0]?.map((row) => row.tokenIds)).toEqual(together[1]?.map((row) => row.tokenIds));
    expect(together[1]?.[0]?.tokenIds).not.toEqual(together[1]?.[1]?.tokenIds);
  });
});
