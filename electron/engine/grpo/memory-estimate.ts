// How much memory a training takes in each of its phases, from the architecture and the settings alone, before anything is loaded.
// Weights and optimiser state are counted exactly, intermediate values from the graphs' own shapes; the few factors for what
// the runtime adds are measured (docs/models.md). Host memory, as the CPU device uses it; for WebGPU: device-memory-estimate.ts.

import { buildDecodeGraph } from "../decoding/decode-graph.ts";
import { decoderWeightOutlines } from "../decoding/decoder-weights.ts";
import { buildPrefillGraph } from "../decoding/prefill-graph.ts";
import { workersForBytes } from "../decoding/worker-count.ts";
import { isQuantisable, type BlockFormat } from "../model/block-quantisation.ts";
import { parameterShapes, type DecoderConfig } from "../model/config.ts";
import { LORA_TARGETS, type LoraConfig } from "../model/lora.ts";
import type { MatrixFormat } from "../model/quantised-linear.ts";
import { peakIntermediateBytes, type SymbolSizes } from "../onnx/peak-memory.ts";
import { sizeOf } from "../tensor/tensor.ts";
import type { TrainingConfig } from "./config.ts";
import { blockSizes, enoughTokens, type TokenSpan } from "./attention-plan.ts";
import { DEFAULT_PACKING, DEFAULT_VOCABULARY_CHUNK } from "./micro-batch-feeds.ts";
import { quantisedWithoutAdapter } from "./onnx-policy.ts";
import { sharedLimits, type PackingLimits } from "./packing.ts";
import { lossAndGradientGraph, logProbGraph, trainableShapes, type PolicyGraphOptions } from "./policy-graphs.ts";
import type { LossShape } from "./policy-model.ts";

export interface MemoryPart {
  readonly name: string;
  readonly bytes: number;
}

export interface MemoryPhase {
  readonly name: "rollout" | "score" | "update";
  readonly parts: readonly MemoryPart[];
  readonly totalBytes: number;
}

export interface MemoryEstimate {
  readonly phases: readonly MemoryPhase[];
  readonly peakBytes: number;
  readonly tokensPerMicroBatch: number;
  readonly lowMemory: boolean;
  /** Float32 matrices are held a second time while sampling, in the form that the runtime multiplies fastest. */
  readonly preparesFloats: boolean;
}

/** A base whose float32 weights are larger is run with as little memory as possible, at some cost in speed. */
const LARGE_MODEL_BYTES = 256 * 2 ** 20;
/** Node, the runtime's library, the code, the data and the graphs. */
export const PROCESS_BYTES = 345e6;
/** Each thread with sessions of its own: its heap, the code once more, its graphs. */
const WORKER_BYTES = 75e6;
/** The runtime takes memory in growing pieces and rounds what it gives. */
const ARENA_FACTOR = 1.17;
/** Where it also lays out runs at once, which takes memory beside what the first run took; measured with batches of several sizes. */
const PATTERN_FACTOR = 1.5;
/** A session's constants in the form that the runtime multiplies fastest, of float32 weights and of blocks. */
const FLOAT_COPIES = 1.1;
const BLOCK_COPIES: Readonly<Record<BlockFormat["bits"], number>> = { 4: 1.5, 8: 1 };
/** Arrays of finished decode steps that wait to be collected. */
const MOST_GARBAGE_BYTES = 128e6;
/** Prompt tokens of one prefill run, as the language model cuts them. */
export const PREFILL_TOKENS = 4096;
export const MOST_ROWS = 64;

/** Whether training runs with one session at a time: for large models, and where memory is traded for arithmetic anyway. */
export function needsLowMemory(
  config: DecoderConfig,
  { activationCheckpointing }: Pick<TrainingConfig, "activationCheckpointing">,
): boolean {
  return activationCheckpointing || isLarge(config);
}

function isLarge(config: DecoderConfig): boolean {
  return totalBytes(parameterShapes(config)) > LARGE_MODEL_BYTES;
}

/**
 * How an update's sequences are packed. As many responses as a micro-batch holds share one copy of their prompt: in blocks attention costs
 * no more for it (nor for filling a micro-batch as one row), and in rows with a mask, as devices take them, a token of a large model costs
 * far more than its attention.
 */
export function updatePacking(config: DecoderConfig, tokensPerMicroBatch: number, inBlocks: boolean): PackingLimits {
  const shared = inBlocks || isLarge(config) ? { bundleTokens: Math.max(DEFAULT_PACKING.bundleTokens, tokensPerMicroBatch) } : {};
  return { ...DEFAULT_PACKING, tokensPerMicroBatch, ...shared, ...(inBlocks ? { rowTokens: tokensPerMicroBatch } : {}) };
}

/**
 * `baseFormat`: how the layers' matrices are stored, undefined = float32. Of `usableBytes`, float32 matrices are prepared for sampling
 * where memory is low only if there is room; blocks are chosen to save memory, so beside them they are not. Throws "invalid-config"
 * for blocks without an adapter.
 */
export function estimateMemory(
  config: DecoderConfig,
  baseFormat: BlockFormat | undefined,
  training: TrainingConfig,
  usableBytes: number,
): MemoryEstimate {
  if (baseFormat !== undefined && !training.lora.enabled) throw quantisedWithoutAdapter();
  const lowMemory = needsLowMemory(config, training);
  const workers = plannedWorkers(config, baseFormat, training, lowMemory);
  const plan = { config, baseFormat, training, lowMemory, workers, ...sequencePlan(config, training, workers, true) };
  const fast = lowMemory && baseFormat !== undefined ? undefined : phasesOf({ ...plan, preparesFloats: true });
  if (fast !== undefined && (!lowMemory || fast.peakBytes <= usableBytes)) return fast;
  return phasesOf({ ...plan, preparesFloats: false });
}

function phasesOf(plan: Plan): MemoryEstimate {
  const { training, lowMemory, preparesFloats } = plan;
  const resident = residentParts(plan);
  const [rollout, score, update] = [rolloutParts(plan), scoreParts(plan), updateParts(plan)];
  // Sessions that stay open keep what their largest run took.
  const kept = (...others: readonly (readonly MemoryPart[])[]) => (lowMemory ? [] : others.flat());
  const phases =
    training.method === "sft"
      ? [phaseOf("update", [...resident, ...update])]
      : [
          phaseOf("rollout", [...resident, ...rollout, ...kept(score, update)]),
          ...(score.length > 0 ? [phaseOf("score", [...resident, ...score, ...kept(rollout, update)])] : []),
          phaseOf("update", [...resident, ...update, ...kept(rollout, score)]),
        ];
  const peakBytes = Math.max(...phases.map(({ totalBytes: bytes }) => bytes));
  return { phases, peakBytes, tokensPerMicroBatch: plan.tokensPerMicroBatch, lowMemory, preparesFloats };
}

export function phaseOf(name: MemoryPhase["name"], parts: readonly MemoryPart[]): MemoryPhase {
  return { name, parts: parts.filter((part) => part.bytes > 0), totalBytes: parts.reduce((sum, part) => sum + part.bytes, 0) };
}

function plannedWorkers(config: DecoderConfig, baseFormat: BlockFormat | undefined, training: TrainingConfig, lowMemory: boolean): number {
  if (baseFormat !== undefined || (lowMemory && training.workers === 0)) return 1;
  return workersForBytes(training.workers, totalBytes(parameterShapes(config)));
}

interface Plan extends SequencePlan {
  /** Threads that each have sessions of their own. */
  readonly workers: number;
  readonly config: DecoderConfig;
  readonly baseFormat: BlockFormat | undefined;
  readonly training: TrainingConfig;
  readonly lowMemory: boolean;
  readonly preparesFloats: boolean;
}

export interface SequencePlan {
  readonly tokensPerMicroBatch: number;
  /** The longest prompt and response that can come. */
  readonly promptTokens: number;
  readonly newTokens: number;
  /** Sizes of the largest micro-batch. */
  readonly microBatch: SymbolSizes;
  /** Responses that share a prompt in it. */
  readonly sharing: number;
}

/** The largest sequences and micro-batches that can come. */
export function sequencePlan(config: DecoderConfig, training: TrainingConfig, workers: number, inBlocks: boolean): SequencePlan {
  const context = config.maxPositionEmbeddings;
  const supervised = training.method === "sft";
  const newTokens = Math.min(supervised ? training.sft.maxSequenceTokens : training.maxNewTokens, context - 1);
  const promptTokens = supervised ? 1 : Math.max(1, Math.min(training.maxPromptTokens, context - newTokens));
  const tokensPerMicroBatch = training.tokensPerMicroBatch || DEFAULT_PACKING.tokensPerMicroBatch;
  const limits = sharedLimits(updatePacking(config, tokensPerMicroBatch, inBlocks), workers);
  const { tokensPerMicroBatch: atOnce, rowTokens, bundleTokens } = limits;
  // A bundle of responses to one prompt, as far as there are so many.
  const fitting = Math.floor((bundleTokens - promptTokens) / newTokens);
  const together = supervised ? 1 : Math.max(1, Math.min(fitting, training.numGenerations));
  const bundle = promptTokens + together * newTokens;
  const T = Math.max(bundle, Math.min(rowTokens, atOnce));
  const B = Math.max(1, Math.floor(atOnce / T));
  const S = B * together * Math.max(1, Math.floor(T / bundle));
  return { tokensPerMicroBatch, promptTokens, newTokens, microBatch: { B, T, S, M: Math.min(B * T, S * newTokens) }, sharing: together };
}

export function totalBytes(shapes: Iterable<readonly [string, readonly number[]]>, format?: BlockFormat): number {
  let bytes = 0;
  for (const [name, shape] of shapes) bytes += weightBytesOf(name, shape, format);
  return bytes;
}

function weightBytesOf(name: string, shape: readonly number[], format: BlockFormat | undefined): number {
  const size = sizeOf(shape);
  if (format === undefined || !isQuantisable(name, shape, format)) return 4 * size;
  return (size * format.bits) / 8 + (size / format.blockSize) * (4 + format.bits / 8);
}

export function loraOf({ lora }: TrainingConfig): LoraConfig | undefined {
  if (!lora.enabled) return undefined;
  return { ...lora, targets: lora.targets === "attention" ? LORA_TARGETS.slice(0, 4) : LORA_TARGETS };
}

/** What is there in every phase. */
function residentParts({ config, baseFormat, training, lowMemory, workers }: Plan): MemoryPart[] {
  const shapes = parameterShapes(config);
  const lora = loraOf(training);
  const trained = totalBytes(trainableShapes(config, lora));
  const isProjection = (name: string) => name.endsWith("_proj.weight");
  const projections = [...shapes].filter(([name]) => isProjection(name));
  const attention = [...shapes].filter(([name]) => /[qkv]_proj\./.test(name));
  // An adapter over small float32 weights makes the adapted matrices anew with every update, elsewhere it stands beside them.
  const isFolded = baseFormat === undefined && !lowMemory;
  const sampled = lora === undefined ? totalBytes(shapes) : isFolded ? totalBytes(projections) : 0;
  const generates = training.method !== "sft";
  return [
    { name: "process", bytes: PROCESS_BYTES + (workers > 1 ? workers * WORKER_BYTES : 0) },
    { name: "base weights", bytes: totalBytes(shapes, baseFormat) },
    { name: lora === undefined ? "trained weights" : "adapter", bytes: trained },
    { name: "optimiser", bytes: 2 * trained },
    { name: "weights that sample", bytes: generates ? sampled + totalBytes(attention, baseFormat) : 0 },
  ];
}

/** Rows and prompts that a batch decodes together. */
export function rowsPlan(training: TrainingConfig, workers: number, mostRows: number): { readonly R: number; readonly P: number } {
  const { thinkSamples, emptySamples, enabled } = training.superiorCot;
  const perPrompt = Math.max(training.numGenerations, enabled ? thinkSamples + emptySamples : 0);
  const R = Math.min(Math.ceil((training.promptsPerStep * perPrompt) / workers), mostRows);
  // The request and the same with the reasoning forced empty are prompts of their own.
  return { R, P: Math.min(Math.ceil((training.promptsPerStep * (enabled && emptySamples > 0 ? 2 : 1)) / workers), R) };
}

function rolloutParts(plan: Plan): MemoryPart[] {
  const { config, baseFormat, training, promptTokens, newTokens } = plan;
  if (training.method === "sft") return [];
  const cacheToken = 2 * 4 * config.numLayers * config.numKvHeads * config.headDim;
  const { workers } = plan;
  const { R, P } = rowsPlan(training, workers, cacheToken * newTokens * MOST_ROWS <= 96 * 2 ** 20 ? MOST_ROWS : MOST_ROWS / 2);
  const perRun = Math.max(1, Math.min(P, Math.floor(PREFILL_TOKENS / promptTokens)));
  const weights = decoderWeightOutlines(config, baseFormat);
  const slots = Math.ceil(R / P) * (config.numHeads / config.numKvHeads);
  const prefill = peakIntermediateBytes(buildPrefillGraph(config, weights).graph, { P: perRun, T: promptTokens, positions: 1 });
  const decode = peakIntermediateBytes(buildDecodeGraph(config, weights, () => "input").graph, {
    R,
    P,
    M: slots,
    Tp: promptTokens,
    C: newTokens,
    positions: 1,
  });
  const shapes = parameterShapes(config);
  const inBlocks = baseFormat === undefined ? [] : [...shapes].filter(([name, shape]) => isQuantisable(name, shape, baseFormat));
  const all = totalBytes(shapes, baseFormat);
  const blockBytes = totalBytes(inBlocks, baseFormat);
  // A tied embedding is looked up in as well, so the runtime keeps it as it was too.
  const lookedUp = config.tieWordEmbeddings ? 4 * config.vocabSize * config.hiddenSize : 0;
  const blockCopies = baseFormat === undefined ? 0 : BLOCK_COPIES[baseFormat.bits];
  const floatBytes = plan.preparesFloats ? all - blockBytes + lookedUp : 0;
  const stepBytes = 4 * workers * R * (config.vocabSize + 2 * config.numLayers * config.numKvHeads * config.headDim);
  return [
    { name: "KV cache", bytes: workers * cacheToken * (R * newTokens + P * promptTokens) },
    { name: "prepared weights", bytes: workers * (blockCopies * blockBytes + FLOAT_COPIES * floatBytes) },
    {
      name: "activations",
      bytes: workers * (plan.lowMemory ? ARENA_FACTOR * Math.max(prefill, decode) : PATTERN_FACTOR * (prefill + decode)),
    },
    {
      name: "results of steps",
      bytes: 4 * config.vocabSize * P * workers + Math.max(stepBytes, Math.min(stepBytes * newTokens, MOST_GARBAGE_BYTES)),
    },
  ];
}

/** The layers' matrices that are stored like that, by name. */
export function formatsOf(config: DecoderConfig, format: MatrixFormat | undefined): ReadonlyMap<string, MatrixFormat> {
  if (format === undefined) return new Map();
  const isStored = (name: string, shape: readonly number[]) =>
    format === "float16" ? name.endsWith("_proj.weight") : isQuantisable(name, shape, format);
  return new Map([...parameterShapes(config)].flatMap(([name, shape]) => (isStored(name, shape) ? [[name, format] as const] : [])));
}

function graphOptions({ config, baseFormat, training, microBatch }: Plan): PolicyGraphOptions {
  const lora = loraOf(training);
  return {
    config,
    ...(lora === undefined ? {} : { lora }),
    // Tables of positions are constants, which are counted elsewhere, and making long ones takes time.
    maxPositions: microBatch["T"] ?? 1,
    vocabularyChunk: DEFAULT_VOCABULARY_CHUNK,
    activationCheckpointing: training.activationCheckpointing,
    quantised: formatsOf(config, baseFormat),
    inBlocks: true,
  };
}

/** Sizes of a policy graph at its largest micro-batch: rows of bundles, and what a row has left as a sequence of its own. */
function graphSizes({ microBatch, sharing, promptTokens, newTokens }: Plan): SymbolSizes {
  const { B = 1, T = 1 } = microBatch;
  const bundle = promptTokens + sharing * newTokens;
  const spans: TokenSpan[] = [];
  let offset = 0;
  const span = (tokens: number, prompt?: TokenSpan) => {
    const written = { start: offset, end: offset + tokens, ...(prompt === undefined ? {} : { prompt }) };
    if (tokens > 0) spans.push(written);
    offset += tokens;
    return written;
  };
  for (let row = 0; row < B; row++) {
    for (let used = bundle; used <= T; used += bundle) {
      const prompt = span(sharing > 1 ? promptTokens : bundle);
      for (let i = 0; sharing > 1 && i < sharing; i++) span(newTokens, prompt);
    }
    span(T % bundle);
  }
  return { ...microBatch, ...blockSizes(enoughTokens(spans)) };
}

/** Of all threads. Twice where the runtime lays out a run at once, which it does beside what the first run took. */
function sessionBytes(plan: Plan, intermediateBytes: number): number {
  return plan.workers * intermediateBytes * (plan.lowMemory ? ARENA_FACTOR : PATTERN_FACTOR);
}

/** Whether responses are also scored under the policy that sampled them. */
export function scoresUnderPolicy({ optimizerStepsPerRollout, importanceCorrection }: TrainingConfig): boolean {
  return optimizerStepsPerRollout > 1 || importanceCorrection.enabled;
}

/** Log-probabilities under the reference, and under the policy where several updates follow one rollout. */
function scoreParts(plan: Plan): MemoryPart[] {
  const { training } = plan;
  const policy = scoresUnderPolicy(training);
  const sessions = (training.beta > 0 ? 1 : 0) + (policy && training.lora.enabled ? 1 : 0);
  if (training.method === "sft" || (sessions === 0 && !policy)) return [];
  const bytes = peakIntermediateBytes(logProbGraph(graphOptions(plan), true), graphSizes(plan));
  return [{ name: "scoring activations", bytes: sessionBytes(plan, bytes) * (plan.lowMemory ? 1 : Math.max(1, sessions)) }];
}

/** Only what decides about the graph's values counts; the numbers in it do not. */
export function lossShapeOf({ importanceLevel }: TrainingConfig): LossShape {
  return { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator: "k3", importanceLevel, temperature: 1 };
}

function updateParts(plan: Plan): MemoryPart[] {
  const { config, training } = plan;
  const graph = lossAndGradientGraph(graphOptions(plan), lossShapeOf(training));
  return [
    { name: "activations and their gradients", bytes: sessionBytes(plan, peakIntermediateBytes(graph, graphSizes(plan))) },
    // The sum and the newest micro-batch's.
    { name: "gradients", bytes: 2 * plan.workers * totalBytes(trainableShapes(config, loraOf(training))) },
  ];
}
