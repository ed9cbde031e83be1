// What every trainable policy on ONNX Runtime does alike, wherever its tensors lie: cut samples into micro-batches, make their
// feeds, and put per-token results back in their place. Owns no weights and no sessions.

import { WorkbenchError } from "../../../shared/errors.ts";
import type { ModelWeights } from "../model/block-quantisation.ts";
import type { DecoderConfig } from "../model/config.ts";
import type { LoraConfig } from "../model/lora.ts";
import { matrixFormats } from "../model/quantised-linear.ts";
import type { SessionOptions } from "../onnx/session.ts";
import { mixSeed, Random } from "../tensor/random.ts";
import { float32, int64, sizeOf, type HostTensor } from "../tensor/tensor.ts";
import { packSequences, splitMicroBatch, type MicroBatch, type PackedFeeds, type PackedSequence, type PackingLimits } from "./packing.ts";
import type { PolicyGraphOptions } from "./policy-graphs.ts";
import type { LossSample, LossShape, OptimizerSettings } from "./policy-model.ts";

export interface PolicyOptions {
  readonly config: DecoderConfig;
  /** Initial weights by Hugging Face name; copied when trained in full, kept by reference under an adapter on CPU. Only there may matrices be quantised. */
  readonly parameters: ModelWeights;
  readonly lossShape: LossShape;
  readonly lora?: LoraConfig;
  /** Seeds a fresh adapter and adapter dropout. */
  readonly seed: number;
  readonly session?: SessionOptions;
  readonly packing?: PackingLimits;
  /** Vocabulary entries a chunk of the log-probability computation. */
  readonly vocabularyChunk?: number;
  /** Less memory for a third more arithmetic: see PolicyGraphOptions. */
  readonly activationCheckpointing?: boolean;
  /** Keep only one session open and no memory beyond what it needs: slower, for models that would not fit otherwise. CPU only. */
  readonly lowMemory?: boolean;
  /** Store the base's projections under an adapter as float16: WebGPU only, and only where the device has it. */
  readonly halfBase?: boolean;
  /** Keep a frozen copy of the initial weights for "reference" (full training only; an adapter is simply left off). */
  readonly keepReference?: boolean;
  /** Told when memory ran out and micro-batches hold at most so many tokens from now on. */
  readonly onMicroBatchLowered?: (tokensPerMicroBatch: number) => void;
}

export const DEFAULT_PACKING: PackingLimits = { tokensPerMicroBatch: 2048, rowTokens: 256, bundleTokens: 512 };
export const DEFAULT_VOCABULARY_CHUNK = 4096;

export function policyGraphOptions({
  config,
  lora,
  packing = DEFAULT_PACKING,
  vocabularyChunk,
  parameters,
  activationCheckpointing,
  halfBase = false,
}: PolicyOptions): PolicyGraphOptions & Required<Pick<PolicyGraphOptions, "quantised">> {
  return {
    config,
    ...(lora === undefined ? {} : { lora }),
    // Rows hold several sequences and may be longer than the context; the runtime wants a table row for each of their places.
    maxPositions: Math.max(config.maxPositionEmbeddings, packing.rowTokens, packing.bundleTokens),
    vocabularyChunk: vocabularyChunk ?? DEFAULT_VOCABULARY_CHUNK,
    activationCheckpointing: activationCheckpointing ?? false,
    quantised: matrixFormats(parameters, halfBase),
  };
}

/**
 * Runs the samples in micro-batches. Where memory does not suffice for one, it is run as two and those to come hold half as much;
 * `lowered` is what they held last, and `onLowered` is told when it changes. Throws "prompt-too-long", and "out-of-memory" where a
 * single sequence is too much.
 */
export async function eachMicroBatch(
  samples: readonly PackedSequence[],
  options: PolicyOptions,
  lowered: number | undefined,
  pack: (batch: MicroBatch) => PackedFeeds,
  run: (packed: PackedFeeds) => Promise<void>,
  onLowered: (tokensPerMicroBatch: number) => void | Promise<void>,
): Promise<void> {
  const waiting = microBatches(samples, options, lowered);
  for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
    try {
      await run(pack(batch));
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      const halves = splitMicroBatch(samples, batch);
      if (halves === undefined) throw outOfMemory(batch, error);
      const tokens = Math.max(1, Math.floor((batch.rows.length * batch.length) / 2));
      await onLowered(tokens);
      options.onMicroBatchLowered?.(tokens);
      waiting.unshift(...halves);
    }
  }
}

function microBatches(
  samples: readonly PackedSequence[],
  { config, packing = DEFAULT_PACKING }: PolicyOptions,
  lowered: number | undefined,
): MicroBatch[] {
  const limit = config.maxPositionEmbeddings;
  for (const sample of samples) {
    const length = sample.promptIds.length + sample.responseIds.length;
    if (length <= limit) continue;
    throw new WorkbenchError("prompt-too-long", "a sequence is longer than the model's context", {
      expected: `at most ${limit} tokens`,
      got: String(length),
    });
  }
  const most = lowered ?? Infinity;
  const tokensPerMicroBatch = Math.min(packing.tokensPerMicroBatch, most);
  return packSequences(samples, { ...packing, tokensPerMicroBatch, bundleTokens: Math.min(packing.bundleTokens, most) });
}

/** As the runtime's allocators, the host's arrays and graphics drivers say it; WebGPU says it of what was made of such a buffer. */
function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof WorkbenchError) return false;
  const words = /failed to allocate memory|bad_alloc|bad allocation|array buffer allocation failed|out of (device )?memory/i;
  return words.test(error.message) || /max buffer size limit|\[Invalid Buffer/.test(error.message);
}

function outOfMemory({ length }: MicroBatch, cause: unknown): WorkbenchError {
  return new WorkbenchError(
    "out-of-memory",
    "the memory does not suffice for one sequence",
    {
      where: `a sequence of ${length} tokens`,
      got: cause instanceof Error ? cause.message : String(cause),
      hint: "Set activationCheckpointing, quantise the base (lora.baseBits), or shorten maxPromptTokens and maxNewTokens.",
    },
    { cause },
  );
}

export function temperatureFeed({ lossShape }: PolicyOptions): { readonly inverseTemperature: HostTensor } {
  return { inverseTemperature: float32([], [1 / lossShape.temperature]) };
}

/** Keys of the adapter's dropout masks, fresh for the `index`-th micro-batch after so many updates; nothing without dropout. */
export function dropoutFeed(
  { feeds }: PackedFeeds,
  index: number,
  updates: number,
  { lora, seed }: PolicyOptions,
): Readonly<Record<string, HostTensor>> {
  if (lora === undefined || lora.dropout === 0) return {};
  const tokens = sizeOf(feeds["ids"]?.shape ?? []);
  const random = new Random(mixSeed(seed, "dropout", updates, index));
  return {
    tokenKeys: float32(
      [tokens, 1],
      Float32Array.from({ length: tokens }, () => random.float() * 4096),
    ),
  };
}

/** Scalars of the AdamW graph at its `step`-th update, counted from 1. */
export function optimizerFeeds(settings: OptimizerSettings, step: number): Readonly<Record<string, HostTensor>> {
  const scalar = (value: number) => float32([], [value]);
  return {
    learningRate: scalar(settings.learningRate),
    beta1: scalar(settings.beta1),
    beta2: scalar(settings.beta2),
    epsilon: scalar(settings.epsilon),
    weightDecay: scalar(settings.weightDecay),
    maxGradNorm: scalar(settings.maxGradNorm),
    correction1: scalar(1 - settings.beta1 ** step),
    correction2: scalar(1 - settings.beta2 ** step),
  };
}

/** Per-token loss inputs of the samples in a packed micro-batch. */
export function lossFeeds(samples: readonly LossSample[], packed: PackedFeeds): Record<string, HostTensor> {
  const M = packed.scored;
  const column = () => new Float32Array(M);
  const feeds = {
    advantages: column(),
    oldLogProbs: column(),
    hasOld: column(),
    refLogProbs: column(),
    hasRef: column(),
    policyWeights: column(),
    klWeights: column(),
    cloningWeights: column(),
  };
  const sampleIndex = new BigInt64Array(M);
  const inverseLengths = new Float32Array(packed.ranges.length);
  packed.ranges.forEach(({ sample: index, start, end }, place) => {
    const sample = samples[index] as LossSample;
    feeds.advantages.fill(sample.advantage, start, end);
    sampleIndex.fill(BigInt(place), start, end);
    const put = (target: Float32Array, values: Float32Array | undefined) => values !== undefined && target.set(values, start);
    put(feeds.policyWeights, sample.policyWeights);
    put(feeds.klWeights, sample.klWeights);
    put(feeds.cloningWeights, sample.cloningWeights);
    put(feeds.oldLogProbs, sample.oldLogProbs);
    put(feeds.refLogProbs, sample.refLogProbs);
    if (sample.oldLogProbs !== undefined) feeds.hasOld.fill(1, start, end);
    if (sample.refLogProbs !== undefined) feeds.hasRef.fill(1, start, end);
    const counted = (sample.policyWeights ?? []).filter((weight) => weight !== 0).length;
    inverseLengths[place] = counted === 0 ? 0 : 1 / counted;
  });
  const tensors = Object.fromEntries(Object.entries(feeds).map(([name, data]) => [name, float32([M], data)]));
  return { ...tensors, sampleIndex: int64([M], sampleIndex), inverseLengths: float32([packed.ranges.length], inverseLengths) };
}

export function scatterRanges(packed: PackedFeeds, values: HostTensor, target: readonly Float32Array[]): void {
  for (const { sample, start, end } of packed.ranges)
    (target[sample] as Float32Array).set((values.data as Float32Array).subarray(start, end));
}

export function scalarOf(tensor: HostTensor | undefined): number {
  return Number(tensor?.data[0]);
}

export function nonFinite(what: string, value: number): WorkbenchError {
  return new WorkbenchError("non-finite", `the ${what} is not a finite number`, {
    got: String(value),
    hint: "Lower the learning rate; the last saved checkpoint is unharmed.",
  });
}
