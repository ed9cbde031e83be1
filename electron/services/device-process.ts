// A process that examines one device: what it can do, or where the nodes of a model's graphs would run. ONNX Runtime tells some of
// that only in its log, on standard error, and a bad driver may end a process; device-report.ts starts this one and reads both.

import { writeSync } from "node:fs";
import { deviceDecodeGraph, devicePrefillGraph, joinCachesGraph, spreadCacheGraph } from "../engine/decoding/device-graphs.ts";
import { samplingGraph } from "../engine/decoding/sampling-graph.ts";
import { adamWGraph, gradientSumGraph, logProbGraph, lossAndGradientGraph, trainableShapes } from "../engine/grpo/policy-graphs.ts";
import type { LossShape } from "../engine/grpo/policy-model.ts";
import { DEFAULT_BLOCK_SIZE, isQuantisable, type BlockFormat } from "../engine/model/block-quantisation.ts";
import { parameterShapes, type DecoderConfig } from "../engine/model/config.ts";
import { readModelConfig } from "../engine/model/hf-folder.ts";
import { LORA_TARGETS, type LoraConfig } from "../engine/model/lora.ts";
import { Graph } from "../engine/onnx/graph.ts";
import { hasHalfPrecision } from "../engine/onnx/half-precision.ts";
import { OnnxSession, type SessionOptions } from "../engine/onnx/session.ts";
import { float32 } from "../engine/tensor/tensor.ts";
import { measureDevice } from "./choose-device.ts";
import { GRAPH_MARK, type DeviceMeasurements, type DeviceTask } from "./device-report.ts";

const LORA: LoraConfig = { rank: 8, alpha: 16, dropout: 0.05, targets: LORA_TARGETS };
const LOSS: LossShape = { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator: "k3", importanceLevel: "sequence", temperature: 1 };
const VOCABULARY_CHUNK = 4096;
/** Numbers of float32 that a device refuses naming a limit: of a buffer, and of the buffers that such a tensor is spread over. */
const TOO_MANY = [1e9, 2 ** 33];

const session: SessionOptions = { device: "webgpu", verbose: true };

/** Asks for a tensor that is too large, whose refusal names a limit. */
async function provokeLimit(count: number): Promise<void> {
  const graph = new Graph("limits");
  const large = graph.op("Expand", [graph.input("x", "float32", [1])], { shape: [count] });
  graph.output(graph.op("ReduceSum", [large], { axes: [0], keepDims: false }), "y");
  const opened = await OnnxSession.open(graph, session);
  try {
    await opened.run({ x: float32([1], [1]) });
  } catch (error) {
    writeSync(2, `${(error as Error).message}\n`);
  } finally {
    await opened.dispose();
  }
}

async function measure(): Promise<DeviceMeasurements> {
  const shaderF16 = await hasHalfPrecision(session);
  const gflops = await measureDevice("webgpu", { verbose: true });
  for (const count of TOO_MANY) await provokeLimit(count);
  return { shaderF16, gflops };
}

function blocksOf(config: DecoderConfig, format: BlockFormat): ReadonlyMap<string, BlockFormat> {
  const matrices = [...parameterShapes(config)].filter(([name, shape]) => isQuantisable(name, shape, format));
  return new Map(matrices.map(([name]) => [name, format]));
}

/** The graphs of training and generation on a device, full and with an adapter. */
function deviceGraphs(config: DecoderConfig): Readonly<Record<string, Graph>> {
  const options = { config, maxPositions: config.maxPositionEmbeddings, vocabularyChunk: VOCABULARY_CHUNK, onDevice: true };
  const adapted = { ...options, lora: LORA };
  const [four, eight] = ([4, 8] as const).map((bits) => ({ quantised: blocksOf(config, { bits, blockSize: DEFAULT_BLOCK_SIZE }) }));
  const cut = { random: true, topK: true, topP: true };
  return {
    "loss and gradients": lossAndGradientGraph(options, LOSS),
    "loss and gradients, adapter": lossAndGradientGraph(adapted, LOSS),
    "loss and gradients, adapter over 4 bits": lossAndGradientGraph({ ...adapted, ...four }, LOSS),
    "loss and gradients, adapter over 8 bits": lossAndGradientGraph({ ...adapted, ...eight }, LOSS),
    "log-probabilities": logProbGraph(options, false),
    "log-probabilities, adapter": logProbGraph(adapted, true),
    "sum of gradients": gradientSumGraph(trainableShapes(config, LORA)),
    AdamW: adamWGraph(trainableShapes(config, LORA)),
    prefill: devicePrefillGraph({ config }),
    "prefill, adapter": devicePrefillGraph({ config, lora: LORA }),
    decode: deviceDecodeGraph({ config }),
    "decode, adapter": deviceDecodeGraph({ config, lora: LORA }),
    "decode, adapter over 4 bits": deviceDecodeGraph({ config, lora: LORA, ...four }),
    "cache, rows": spreadCacheGraph(config),
    "cache, joined": joinCachesGraph(config),
    "sampling, greedy": samplingGraph(config.vocabSize, { random: false, topK: false, topP: false }).graph,
    "sampling, top-k and top-p": samplingGraph(config.vocabSize, cut).graph,
  };
}

async function placeGraphs(modelFolder: string): Promise<void> {
  for (const [name, graph] of Object.entries(deviceGraphs(await readModelConfig(modelFolder)))) {
    writeSync(2, `\n${GRAPH_MARK}${name}\n`);
    await (await OnnxSession.open(graph, session)).dispose();
  }
}

const task = JSON.parse(process.argv[2] ?? "null") as DeviceTask;
try {
  if (task.type === "graphs") await placeGraphs(task.modelFolder);
  process.send?.(task.type === "features" ? { measured: await measure() } : {});
} catch (error) {
  process.send?.({ failed: (error as Error).message });
}
process.disconnect?.();
