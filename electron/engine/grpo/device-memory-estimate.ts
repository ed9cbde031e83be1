// How much memory of a WebGPU device a training takes, phase by phase, and how much the process takes beside it. What the program keeps
// on the device (weights, state, gradients, caches, logits) is counted exactly as its account does (onnx/device-tensor.ts); what a run
// takes besides follows from the graphs' own shapes.

import { deviceDecodeGraph, devicePrefillGraph } from "../decoding/device-graphs.ts";
import { samplingGraph } from "../decoding/sampling-graph.ts";
import { parameterShapes, type DecoderConfig } from "../model/config.ts";
import type { MatrixFormat } from "../model/quantised-linear.ts";
import { peakIntermediateBytes } from "../onnx/peak-memory.ts";
import { sizeOf } from "../tensor/tensor.ts";
import type { TrainingConfig } from "./config.ts";
import {
  formatsOf,
  loraOf,
  lossShapeOf,
  MOST_ROWS,
  phaseOf,
  PREFILL_TOKENS,
  PROCESS_BYTES,
  rowsPlan,
  scoresUnderPolicy,
  sequencePlan,
  totalBytes,
  type MemoryPart,
  type MemoryPhase,
  type SequencePlan,
} from "./memory-estimate.ts";
import { DEFAULT_VOCABULARY_CHUNK } from "./micro-batch-feeds.ts";
import { quantisedWithoutAdapter } from "./onnx-policy.ts";
import { lossAndGradientGraph, logProbGraph, trainableShapes, type PolicyGraphOptions } from "./policy-graphs.ts";

export interface DevicePhase extends MemoryPhase {
  /** Of the total, most that is kept between runs at one moment. */
  readonly keptBytes: number;
}

export interface DeviceMemoryEstimate {
  readonly phases: readonly DevicePhase[];
  readonly peakBytes: number;
  /** Of the process, at most: the weights on their way to the device, and the state on its way to a checkpoint. */
  readonly hostBytes: number;
  readonly tokensPerMicroBatch: number;
}

/** How the projections under an adapter are stored on the device; undefined: float32. */
export type DeviceBase = MatrixFormat | undefined;

interface DevicePlan {
  readonly config: DecoderConfig;
  readonly base: DeviceBase;
  readonly training: TrainingConfig;
  readonly sequences: SequencePlan;
}

/** Throws "invalid-config" for blocks or halves without an adapter. */
export function estimateDeviceMemory(config: DecoderConfig, base: DeviceBase, training: TrainingConfig): DeviceMemoryEstimate {
  if (base !== undefined && !training.lora.enabled) throw quantisedWithoutAdapter();
  const sequences = sequencePlan(config, training, 1, false);
  const plan: DevicePlan = { config, base, training, sequences };
  const resident = residentParts(plan);
  const phases = [
    ...(training.method === "sft" ? [] : [rolloutPhase(plan, resident), ...scorePhase(plan, resident)]),
    updatePhase(plan, resident),
  ];
  const stored = totalBytes(parameterShapes(config), base === "float16" ? undefined : base);
  return {
    phases,
    peakBytes: Math.max(...phases.map(({ totalBytes: bytes }) => bytes)),
    hostBytes: PROCESS_BYTES + Math.max(stored + 3 * trainedBytes(plan), 6 * trainedBytes(plan)),
    tokensPerMicroBatch: sequences.tokensPerMicroBatch,
  };
}

function trainedBytes({ config, training }: DevicePlan): number {
  return totalBytes(trainableShapes(config, loraOf(training)));
}

/** Kept from the beginning to the end. */
function residentParts(plan: DevicePlan): MemoryPart[] {
  const { config, base, training } = plan;
  const trained = trainedBytes(plan);
  const state = { name: "optimiser", bytes: 2 * trained };
  if (training.lora.enabled) return [{ name: "base weights", bytes: baseBytes(config, base) }, { name: "adapter", bytes: trained }, state];
  const hasReference = training.method !== "sft" && training.beta > 0;
  return [{ name: "trained weights", bytes: trained }, { name: "reference weights", bytes: hasReference ? trained : 0 }, state];
}

function baseBytes(config: DecoderConfig, base: DeviceBase): number {
  const shapes = parameterShapes(config);
  if (base !== "float16") return totalBytes(shapes, base);
  const halves = [...shapes].filter(([name]) => formatsOf(config, base).has(name));
  return totalBytes(shapes) - 2 * halves.reduce((sum, [, shape]) => sum + sizeOf(shape), 0);
}

function devicePhase(
  name: MemoryPhase["name"],
  resident: readonly MemoryPart[],
  kept: readonly MemoryPart[],
  runs: MemoryPart,
): DevicePhase {
  const keptBytes = [...resident, ...kept].reduce((sum, { bytes }) => sum + bytes, 0);
  return { ...phaseOf(name, [...resident, ...kept, runs]), keptBytes };
}

/** At its end every row has the longest prompt and response: a step keeps the caches before and after it, and its logits. */
function rolloutPhase(plan: DevicePlan, resident: readonly MemoryPart[]): DevicePhase {
  const { config, training, sequences } = plan;
  const { promptTokens, newTokens } = sequences;
  const { R, P } = rowsPlan(training, 1, MOST_ROWS);
  const caches = R * (promptTokens + newTokens) * 2 * 4 * config.numLayers * config.numKvHeads * config.headDim;
  const logits = 4 * R * config.vocabSize;
  const perRun = Math.max(1, Math.min(P, Math.floor(PREFILL_TOKENS / promptTokens)));
  const model = { config, quantised: formatsOf(config, plan.base), ...adapterOf(training) };
  const kind = { random: training.temperature > 0, topK: training.topK > 0, topP: training.topP < 1 };
  const prefill = peakIntermediateBytes(devicePrefillGraph(model), { B: perRun, T: promptTokens });
  // Outputs of a step are kept, and counted there.
  const decode = peakIntermediateBytes(deviceDecodeGraph(model), { R, C: promptTokens + newTokens }) - caches - logits;
  const sampling = peakIntermediateBytes(samplingGraph(config.vocabSize, kind).graph, { L: R, R });
  return devicePhase(
    "rollout",
    resident,
    [
      { name: "caches of keys and values", bytes: 2 * caches },
      { name: "logits", bytes: logits },
    ],
    { name: "activations", bytes: Math.max(prefill - caches, decode, sampling) },
  );
}

function scorePhase(plan: DevicePlan, resident: readonly MemoryPart[]): DevicePhase[] {
  const { training, sequences } = plan;
  if (training.beta === 0 && !scoresUnderPolicy(training)) return [];
  const bytes = peakIntermediateBytes(logProbGraph(deviceGraphOptions(plan), true), sequences.microBatch);
  return [devicePhase("score", resident, [], { name: "scoring activations", bytes })];
}

/** An update keeps the gradient, and the new weights and moments beside the old ones until they are all there. */
function updatePhase(plan: DevicePlan, resident: readonly MemoryPart[]): DevicePhase {
  const { training, sequences } = plan;
  const bytes = peakIntermediateBytes(lossAndGradientGraph(deviceGraphOptions(plan), lossShapeOf(training)), sequences.microBatch);
  return devicePhase("update", resident, [{ name: "gradients and next state", bytes: 4 * trainedBytes(plan) }], {
    name: "activations and their gradients",
    bytes,
  });
}

function adapterOf(training: TrainingConfig): Pick<PolicyGraphOptions, "lora"> {
  const lora = loraOf(training);
  return lora === undefined ? {} : { lora };
}

function deviceGraphOptions({ config, base, training, sequences }: DevicePlan): PolicyGraphOptions {
  return {
    config,
    ...adapterOf(training),
    maxPositions: sequences.microBatch["T"] ?? 1,
    vocabularyChunk: DEFAULT_VOCABULARY_CHUNK,
    activationCheckpointing: training.activationCheckpointing,
    quantised: formatsOf(config, base),
    onDevice: true,
  };
}
