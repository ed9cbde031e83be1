// The trainable policy on ONNX Runtime: packs samples into micro-batches, runs the loss-and-gradient graph, accumulates on the
// host, and updates with AdamW (in place on CPU, else by its graph). Owns parameters, moments and sessions; knows nothing of
// rewards or prompts.

import { WorkbenchError } from "../../../shared/errors.ts";
import { isQuantised, type ModelWeights } from "../model/block-quantisation.ts";
import { initialiseLora, mergeLora } from "../model/lora.ts";
import { weightFeeds } from "../model/quantised-linear.ts";
import type { OnnxSession, SessionOptions } from "../onnx/session.ts";
import { float32, type Float32Tensor, type HostTensor } from "../tensor/tensor.ts";
import { adamWInPlace, clipFactor, globalNorm } from "./adamw.ts";
import {
  dropoutFeed,
  eachMicroBatch,
  lossFeeds,
  nonFinite,
  optimizerFeeds,
  policyGraphOptions,
  scalarOf,
  scatterRanges,
  temperatureFeed,
  type PolicyOptions,
} from "./micro-batch-feeds.ts";
import type { MicroBatch, PackedFeeds, PackedSequence } from "./packing.ts";
import { adamWGraph, logProbGraph, lossAndGradientGraph, trainableShapes } from "./policy-graphs.ts";
import { PolicySessions } from "./policy-sessions.ts";
import type { LossOutput, LossSample, OptimizerSettings, PolicyModel, PolicyState } from "./policy-model.ts";

type Tensors = Map<string, Float32Tensor>;
/** bareScore is for the reference under an adapter; adam is not used on CPU, where the update is made in place. */
type SessionKind = "loss" | "score" | "bareScore" | "adam";

export class OnnxPolicy implements PolicyModel {
  private readonly options: PolicyOptions;
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

  private constructor(options: PolicyOptions, sessions: PolicySessions<SessionKind>, updatesInPlace: boolean) {
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

  static async create(options: PolicyOptions): Promise<OnnxPolicy> {
    if (options.lora === undefined) unquantised(options.parameters);
    const graphOptions = policyGraphOptions(options);
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
      const out = await session.run({ ...packed.feeds, ...weights, ...temperatureFeed(this.options) });
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
        ...dropoutFeed(batch, batchIndex++, this.updates, this.options),
        ...temperatureFeed(this.options),
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
    const feeds: Record<string, HostTensor> = { ...optimizerFeeds(settings, this.updates + 1) };
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

  private eachMicroBatch(
    samples: readonly PackedSequence[],
    run: (batch: MicroBatch, packed: PackedFeeds) => Promise<void>,
  ): Promise<void> {
    return eachMicroBatch(samples, this.options, this.loweredMicroBatch, run, async (tokens) => {
      this.loweredMicroBatch = tokens;
      await this.sessions.close();
    });
  }

  private scoringWeights(which: "policy" | "reference"): [SessionKind, Record<string, HostTensor>] {
    if (which === "policy") return ["score", { ...weightFeeds(this.base), ...weightFeeds(this.trainable) }];
    if (this.reference === undefined) throw new Error("this policy keeps no reference");
    return [this.options.lora === undefined ? "score" : "bareScore", weightFeeds(this.reference)];
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

export function quantisedWithoutAdapter(): WorkbenchError {
  return new WorkbenchError("invalid-config", "a quantised model can only be trained through an adapter", {
    where: "lora.enabled",
    expected: "true, or unquantised weights",
    got: "false",
  });
}

/** Full training and merging need every weight as it is. */
export function unquantised(weights: ModelWeights): ReadonlyMap<string, Float32Tensor> {
  return new Map(
    [...weights].map(([name, weight]) => {
      if (isQuantised(weight)) throw quantisedWithoutAdapter();
      return [name, weight];
    }),
  );
}

/** A function of its own, so that V8 compiles the loop for typed arrays: eight times faster than inside the method. */
function addInto(target: Float32Array, addend: Float32Array): void {
  const count = target.length;
  for (let i = 0; i < count; i++) target[i] = (target[i] as number) + (addend[i] as number);
}

function copyTensors(tensors: ReadonlyMap<string, HostTensor>): Tensors {
  return new Map([...tensors].map(([name, tensor]) => [name, float32(tensor.shape, (tensor.data as Float32Array).slice())]));
}

function zerosLike(tensors: ReadonlyMap<string, HostTensor>): Tensors {
  return new Map([...tensors].map(([name, tensor]) => [name, float32(tensor.shape)]));
}
