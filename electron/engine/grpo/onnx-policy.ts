// The trainable policy on ONNX Runtime: packs samples into micro-batches, runs the loss-and-gradient graph, accumulates on the
// host, and updates with AdamW (in place on CPU, else by its graph). Owns parameters, moments and sessions; knows nothing of
// rewards or prompts.

import { WorkbenchError } from "../../../shared/errors.ts";
import { isQuantised, type ModelWeights } from "../model/block-quantisation.ts";
import type { DecoderConfig } from "../model/config.ts";
import { initialiseLora, mergeLora, type LoraConfig } from "../model/lora.ts";
import { weightFeeds } from "../model/quantised-linear.ts";
import type { OnnxSession, SessionOptions } from "../onnx/session.ts";
import { mixSeed, Random } from "../tensor/random.ts";
import { float32, int64, type Float32Tensor, type HostTensor } from "../tensor/tensor.ts";
import { adamWInPlace, clipFactor, globalNorm } from "./adamw.ts";
import {
  packFeeds,
  packSequences,
  splitMicroBatch,
  type MicroBatch,
  type PackedFeeds,
  type PackedSequence,
  type PackingLimits,
} from "./packing.ts";
import { adamWGraph, logProbGraph, lossAndGradientGraph, trainableShapes, type PolicyGraphOptions } from "./policy-graphs.ts";
import { PolicySessions } from "./policy-sessions.ts";
import type { LossOutput, LossSample, LossShape, OptimizerSettings, PolicyModel, PolicyState } from "./policy-model.ts";

export interface OnnxPolicyOptions {
  readonly config: DecoderConfig;
  /**
   * Initial weights by Hugging Face name; copied when trained in full, kept by reference under an adapter. Only there may matrices
   * be quantised.
   */
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
  /** Keep only one session open and no memory beyond what it needs: slower, for models that would not fit otherwise. */
  readonly lowMemory?: boolean;
  /** Keep a frozen copy of the initial weights for "reference" (full training only; an adapter is simply left off). */
  readonly keepReference?: boolean;
}

export const DEFAULT_PACKING: PackingLimits = { tokensPerMicroBatch: 2048, rowTokens: 256, bundleTokens: 512 };
export const DEFAULT_VOCABULARY_CHUNK = 4096;

type Tensors = Map<string, Float32Tensor>;
/** bareScore is for the reference under an adapter; adam is not used on CPU, where the update is made in place. */
type SessionKind = "loss" | "score" | "bareScore" | "adam";

export class OnnxPolicy implements PolicyModel {
  private readonly options: OnnxPolicyOptions;
  private readonly base: ModelWeights;
  private readonly reference: ModelWeights | undefined;
  private trainable: Tensors;
  private firstMoments: Tensors;
  private secondMoments: Tensors;
  private gradient: Tensors | undefined;
  private updates = 0;
  private readonly sessions: PolicySessions<SessionKind>;
  private readonly updatesInPlace: boolean;
  loweredMicroBatch: number | undefined;

  private constructor(options: OnnxPolicyOptions, sessions: PolicySessions<SessionKind>, updatesInPlace: boolean) {
    this.options = options;
    this.sessions = sessions;
    this.updatesInPlace = updatesInPlace;
    this.base = new Map(options.parameters);
    this.reference = options.keepReference === false ? undefined : options.parameters;
    const initial =
      options.lora === undefined ? unquantised(options.parameters) : initialiseLora(options.config, options.lora, options.seed);
    this.trainable = copyTensors(initial);
    this.firstMoments = zerosLike(initial);
    this.secondMoments = zerosLike(initial);
  }

  static async create(options: OnnxPolicyOptions): Promise<OnnxPolicy> {
    if (options.lora === undefined) unquantised(options.parameters);
    const packing = options.packing ?? DEFAULT_PACKING;
    const graphOptions: PolicyGraphOptions = {
      config: options.config,
      ...(options.lora === undefined ? {} : { lora: options.lora }),
      // Rows hold several sequences and may be longer than the context; the runtime wants a table row for each of their places.
      maxPositions: Math.max(options.config.maxPositionEmbeddings, packing.rowTokens, packing.bundleTokens),
      vocabularyChunk: options.vocabularyChunk ?? DEFAULT_VOCABULARY_CHUNK,
      activationCheckpointing: options.activationCheckpointing ?? false,
      quantised: new Map([...options.parameters].flatMap(([name, weight]) => (isQuantised(weight) ? [[name, weight] as const] : []))),
    };
    const onCpu = (options.session?.device ?? "cpu") === "cpu";
    const lowMemory = options.lowMemory ?? false;
    const sessionOptions: SessionOptions = { ...options.session, moveTransposes: !onCpu, memoryPattern: !lowMemory };
    const graphs = {
      score: () => logProbGraph(graphOptions, true),
      bareScore: () => logProbGraph(graphOptions, false),
      adam: () => adamWGraph(trainableShapes(options.config, options.lora)),
      loss: () => lossAndGradientGraph(graphOptions, options.lossShape),
    };
    const sessions = new PolicySessions<SessionKind>(graphs, sessionOptions, lowMemory);
    const needed: readonly SessionKind[] = [
      "score",
      ...(options.lora === undefined ? [] : ["bareScore" as const]),
      ...(onCpu ? [] : ["adam" as const]),
      "loss",
    ];
    if (!lowMemory) for (const kind of needed) await sessions.open(kind);
    return new OnnxPolicy(options, sessions, onCpu);
  }

  async logProbs(
    samples: readonly { readonly promptIds: readonly number[]; readonly responseIds: readonly number[] }[],
    which: "policy" | "reference",
  ): Promise<Float32Array[]> {
    const result = samples.map((sample) => new Float32Array(sample.responseIds.length));
    const [kind, weights] = this.scoringWeights(which);
    await this.eachMicroBatch(samples, async (_batch, packed) => {
      const session = await this.sessions.open(kind);
      const out = await session.run({ ...packed.feeds, ...weights, inverseTemperature: this.inverseTemperature() });
      scatterRanges(packed, out["logProbs"] as HostTensor, result);
    });
    return result;
  }

  async accumulate(samples: readonly LossSample[]): Promise<LossOutput> {
    const totals = { loss: 0, policyLoss: 0, kl: 0, cloningLoss: 0 };
    const logProbs = samples.map((sample) => new Float32Array(sample.responseIds.length));
    const entropies = samples.map((sample) => new Float32Array(sample.responseIds.length));
    let batchIndex = 0;
    await this.eachMicroBatch(samples, async (batch, packed) => {
      const session = await this.sessions.open("loss");
      const out = await session.run({
        ...packed.feeds,
        ...weightFeeds(this.base),
        ...weightFeeds(this.trainable),
        ...lossFeeds(samples, packed),
        ...this.dropoutFeed(batch, batchIndex++),
        inverseTemperature: this.inverseTemperature(),
      });
      for (const key of ["loss", "policyLoss", "kl", "cloningLoss"] as const) totals[key] += scalarOf(out[key]);
      if (!Number.isFinite(totals.loss)) {
        this.gradient = undefined;
        throw nonFinite("loss", totals.loss);
      }
      scatterRanges(packed, out["logProbs"] as HostTensor, logProbs);
      scatterRanges(packed, out["entropy"] as HostTensor, entropies);
      this.addGradients(out);
    });
    return { ...totals, logProbs, entropies };
  }

  async update(settings: OptimizerSettings): Promise<{ readonly gradNorm: number }> {
    const gradient = this.gradient;
    if (gradient === undefined) throw new Error("update without an accumulated gradient");
    this.gradient = undefined;
    const gradNorm = this.updatesInPlace
      ? this.updateInPlace(gradient, settings)
      : await this.updateByGraph(await this.sessions.open("adam"), gradient, settings);
    this.updates += 1;
    return { gradNorm };
  }

  private updateInPlace(gradient: Tensors, settings: OptimizerSettings): number {
    const gradNorm = globalNorm(gradient.values());
    if (!Number.isFinite(gradNorm)) throw nonFinite("gradient norm", gradNorm);
    const tensors = [...this.trainable].map(([name, { data }]) => ({
      parameter: data,
      gradient: (gradient.get(name) as Float32Tensor).data,
      firstMoment: (this.firstMoments.get(name) as Float32Tensor).data,
      secondMoment: (this.secondMoments.get(name) as Float32Tensor).data,
    }));
    adamWInPlace(tensors, settings, this.updates + 1, clipFactor(gradNorm, settings.maxGradNorm));
    return gradNorm;
  }

  private async updateByGraph(session: OnnxSession, gradient: Tensors, settings: OptimizerSettings): Promise<number> {
    const step = this.updates + 1;
    const scalar = (value: number) => float32([], [value]);
    const feeds: Record<string, HostTensor> = {
      learningRate: scalar(settings.learningRate),
      beta1: scalar(settings.beta1),
      beta2: scalar(settings.beta2),
      epsilon: scalar(settings.epsilon),
      weightDecay: scalar(settings.weightDecay),
      maxGradNorm: scalar(settings.maxGradNorm),
      correction1: scalar(1 - settings.beta1 ** step),
      correction2: scalar(1 - settings.beta2 ** step),
    };
    for (const [name, parameter] of this.trainable) {
      feeds[`p/${name}`] = parameter;
      feeds[`g/${name}`] = gradient.get(name) as Float32Tensor;
      feeds[`m/${name}`] = this.firstMoments.get(name) as Float32Tensor;
      feeds[`v/${name}`] = this.secondMoments.get(name) as Float32Tensor;
    }
    const out = await session.run(feeds);
    const gradNorm = scalarOf(out["gradNorm"]);
    if (!Number.isFinite(gradNorm)) throw nonFinite("gradient norm", gradNorm);
    for (const name of this.trainable.keys()) {
      this.trainable.set(name, out[`new/p/${name}`] as Float32Tensor);
      this.firstMoments.set(name, out[`new/m/${name}`] as Float32Tensor);
      this.secondMoments.set(name, out[`new/v/${name}`] as Float32Tensor);
    }
    return gradNorm;
  }

  /** Accumulated gradient by name (zeros if nothing was accumulated); for comparison with other trainers. */
  gradients(): ReadonlyMap<string, Float32Tensor> {
    return this.gradient ?? zerosLike(this.trainable);
  }

  /** Weights as a plain model, the adapter folded in: for generation and export. Later updates do not reach what it gave. */
  mergedParameters(): Map<string, Float32Tensor> {
    if (this.options.lora === undefined) return copyTensors(this.trainable);
    return mergeLora(unquantised(this.base), this.trainable, this.options.lora);
  }

  /** The adapter's current tensors, not copied: later updates reach them. */
  adapterTensors(): ReadonlyMap<string, Float32Tensor> {
    if (this.options.lora === undefined) throw new Error("this policy trains no adapter");
    return this.trainable;
  }

  exportState(): PolicyState {
    return {
      parameters: copyTensors(this.trainable),
      firstMoments: copyTensors(this.firstMoments),
      secondMoments: copyTensors(this.secondMoments),
      updates: this.updates,
    };
  }

  importState(state: PolicyState): void {
    for (const [name, tensor] of this.trainable) {
      const got = state.parameters.get(name);
      if (got === undefined || got.shape.join() !== tensor.shape.join()) {
        throw new WorkbenchError("invalid-model", "checkpoint does not fit the model", {
          where: name,
          expected: `shape [${tensor.shape.join(", ")}]`,
          got: got === undefined ? "nothing" : `[${got.shape.join(", ")}]`,
        });
      }
    }
    this.trainable = copyTensors(state.parameters);
    this.firstMoments = copyTensors(state.firstMoments);
    this.secondMoments = copyTensors(state.secondMoments);
    this.updates = state.updates;
    this.gradient = undefined;
  }

  dispose(): void {
    void this.sessions.close();
  }

  /**
   * Where memory does not suffice for a micro-batch, it is run as two and those to come hold half as much. Throws "out-of-memory"
   * where a single sequence is too much.
   */
  private async eachMicroBatch(
    samples: readonly PackedSequence[],
    run: (batch: MicroBatch, packed: PackedFeeds) => Promise<void>,
  ): Promise<void> {
    const waiting = this.microBatches(samples);
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      try {
        await run(batch, packFeeds(samples, batch));
      } catch (error) {
        if (!isOutOfMemory(error)) throw error;
        const halves = splitMicroBatch(samples, batch);
        if (halves === undefined) throw outOfMemory(batch, error);
        this.loweredMicroBatch = Math.max(1, Math.floor((batch.rows.length * batch.length) / 2));
        await this.sessions.close();
        waiting.unshift(...halves);
      }
    }
  }

  private microBatches(samples: readonly PackedSequence[]): MicroBatch[] {
    const limit = this.options.config.maxPositionEmbeddings;
    for (const sample of samples) {
      const length = sample.promptIds.length + sample.responseIds.length;
      if (length <= limit) continue;
      throw new WorkbenchError("prompt-too-long", "a sequence is longer than the model's context", {
        expected: `at most ${limit} tokens`,
        got: String(length),
      });
    }
    const packing = this.options.packing ?? DEFAULT_PACKING;
    const tokensPerMicroBatch = Math.min(packing.tokensPerMicroBatch, this.loweredMicroBatch ?? Infinity);
    return packSequences(samples, { ...packing, tokensPerMicroBatch });
  }

  private scoringWeights(which: "policy" | "reference"): [SessionKind, Record<string, HostTensor>] {
    if (which === "policy") return ["score", { ...weightFeeds(this.base), ...weightFeeds(this.trainable) }];
    if (this.reference === undefined) throw new Error("this policy keeps no reference");
    return [this.options.lora === undefined ? "score" : "bareScore", weightFeeds(this.reference)];
  }

  private inverseTemperature(): HostTensor {
    return float32([], [1 / this.options.lossShape.temperature]);
  }

  private dropoutFeed(batch: MicroBatch, index: number): Record<string, HostTensor> {
    if (this.options.lora === undefined || this.options.lora.dropout === 0) return {};
    const tokens = batch.rows.length * batch.length;
    const random = new Random(mixSeed(this.options.seed, "dropout", this.updates, index));
    return {
      tokenKeys: float32(
        [tokens, 1],
        Float32Array.from({ length: tokens }, () => random.float() * 4096),
      ),
    };
  }

  private addGradients(out: Readonly<Record<string, HostTensor>>): void {
    const sums = this.gradient;
    if (sums === undefined) {
      this.gradient = new Map([...this.trainable.keys()].map((name) => [name, out[`grad/${name}`] as Float32Tensor]));
      return;
    }
    for (const [name, sum] of sums) addInto(sum.data, (out[`grad/${name}`] as Float32Tensor).data);
  }
}

/** Full training and merging need every weight as it is. */
function unquantised(weights: ModelWeights): ReadonlyMap<string, Float32Tensor> {
  return new Map(
    [...weights].map(([name, weight]) => {
      if (isQuantised(weight)) {
        throw new WorkbenchError("invalid-config", "a quantised model can only be trained through an adapter", {
          where: name,
          expected: "lora.enabled, or unquantised weights",
        });
      }
      return [name, weight];
    }),
  );
}

/** Per-token loss inputs of the samples in a packed micro-batch. */
function lossFeeds(samples: readonly LossSample[], packed: PackedFeeds): Record<string, HostTensor> {
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

/** A function of its own, so that V8 compiles the loop for typed arrays: eight times faster than inside the method. */
function addInto(target: Float32Array, addend: Float32Array): void {
  const count = target.length;
  for (let i = 0; i < count; i++) target[i] = (target[i] as number) + (addend[i] as number);
}

function scatterRanges(packed: PackedFeeds, values: HostTensor, target: readonly Float32Array[]): void {
  for (const { sample, start, end } of packed.ranges)
    (target[sample] as Float32Array).set((values.data as Float32Array).subarray(start, end));
}

function copyTensors(tensors: ReadonlyMap<string, HostTensor>): Tensors {
  return new Map([...tensors].map(([name, tensor]) => [name, float32(tensor.shape, (tensor.data as Float32Array).slice())]));
}

function zerosLike(tensors: ReadonlyMap<string, HostTensor>): Tensors {
  return new Map([...tensors].map(([name, tensor]) => [name, float32(tensor.shape)]));
}

function scalarOf(tensor: HostTensor | undefined): number {
  return Number(tensor?.data[0]);
}

/** As the runtime's allocators, the host's arrays and graphics drivers say it. */
function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof WorkbenchError) return false;
  return /failed to allocate memory|bad_alloc|bad allocation|array buffer allocation failed|out of (device )?memory/i.test(error.message);
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

function nonFinite(what: string, value: number): WorkbenchError {
  return new WorkbenchError("non-finite", `the ${what} is not a finite number`, {
    got: String(value),
    hint: "Lower the learning rate; the last saved checkpoint is unharmed.",
  });
}
