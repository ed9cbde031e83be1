// The trainable policy whose tensors live on a device (WebGPU): base weights, adapter, gradients and moments stay in device buffers,
// which sampling shares (decoding/device-language-model.ts). What crosses is token ids, per-token numbers and scalars, and the
// state where a checkpoint is due. The numbers are those of onnx-policy.ts up to rounding.

import { WorkbenchError } from "../../../shared/errors.ts";
import { initialiseLora } from "../model/lora.ts";
import { weightFeeds, type MatrixFormat } from "../model/quantised-linear.ts";
import { disposeAll, type DeviceTensor } from "../onnx/device-tensor.ts";
import { download, upload } from "../onnx/device-transfer.ts";
import type { Graph } from "../onnx/graph.ts";
import { requireHalfPrecision } from "../onnx/half-precision.ts";
import { OnnxSession, type SessionOptions } from "../onnx/session.ts";
import { float32, type Float32Tensor, type HostTensor } from "../tensor/tensor.ts";
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
import { unquantised } from "./onnx-policy.ts";
import { packFeeds, type MicroBatch, type PackedFeeds, type PackedSequence } from "./packing.ts";
import {
  adamWGraph,
  gradientSumGraph,
  logProbGraph,
  lossAndGradientGraph,
  trainableShapes,
  type PolicyGraphOptions,
} from "./policy-graphs.ts";
import type { LossOutput, LossSample, OptimizerSettings, PolicyModel, PolicyState } from "./policy-model.ts";

type Tensors = ReadonlyMap<string, DeviceTensor>;
type Prefix = "" | "p/" | "m/" | "v/" | "g/" | "a/" | "b/";

interface Sessions {
  readonly loss: OnnxSession;
  readonly score: OnnxSession;
  /** Without the adapter; the same as `score` where there is none. */
  readonly bareScore: OnnxSession;
  readonly sum: OnnxSession;
  readonly adam: OnnxSession;
}

export class DevicePolicy implements PolicyModel {
  private readonly options: PolicyOptions;
  private readonly session: SessionOptions;
  private readonly sessions: Sessions;
  private readonly names: readonly string[];
  /** Frozen weights under an adapter; empty when everything is trained. */
  private readonly base: Tensors;
  /** A frozen copy of the initial weights, where everything is trained and a reference is wanted. */
  private readonly frozen: Tensors | undefined;
  private trainable: Tensors;
  private firstMoments: Tensors;
  private secondMoments: Tensors;
  private gradient: Tensors | undefined;
  private updates = 0;
  loweredMicroBatch: number | undefined;

  private constructor(options: PolicyOptions, sessions: Sessions, base: Tensors, frozen: Tensors | undefined, initial: DeviceState) {
    // The device's copy of the weights is the only one that stays.
    this.options = { ...options, parameters: new Map() };
    this.session = deviceSession(options);
    this.sessions = sessions;
    this.names = [...trainableShapes(options.config, options.lora).keys()];
    this.base = base;
    this.frozen = frozen;
    ({ trainable: this.trainable, firstMoments: this.firstMoments, secondMoments: this.secondMoments } = initial);
  }

  /** Throws "device-unavailable", "invalid-config" for blocks without an adapter, "unsupported" for float16 that the device lacks. What was made is freed where something fails. */
  static async create(options: PolicyOptions): Promise<DevicePolicy> {
    const session = deviceSession(options);
    if (options.halfBase === true) await requireHalfPrecision(session);
    const graphOptions = { ...policyGraphOptions(options), onDevice: true };
    const { lora, parameters, config, keepReference } = options;
    const made: (Tensors | undefined)[] = [];
    const put = async (tensors: ReadonlyMap<string, HostTensor>, formats?: ReadonlyMap<string, MatrixFormat>): Promise<Tensors> => {
      const uploaded = await upload(tensors, session, (name) => formats?.get(name) === "float16");
      made.push(uploaded);
      return uploaded;
    };
    try {
      const initial = lora === undefined ? unquantised(parameters) : initialiseLora(config, lora, options.seed);
      const state = {
        trainable: await put(initial),
        firstMoments: await put(zerosLike(initial)),
        secondMoments: await put(zerosLike(initial)),
      };
      const base =
        lora === undefined
          ? new Map<string, DeviceTensor>()
          : await put(new Map(Object.entries(weightFeeds(parameters))), graphOptions.quantised);
      const frozen = lora === undefined && keepReference !== false ? await put(initial) : undefined;
      return new DevicePolicy(options, await openSessions(options, graphOptions, session), base, frozen, state);
    } catch (error) {
      for (const tensors of made) disposeAll(tensors?.values() ?? []);
      throw error;
    }
  }

  async logProbs(samples: readonly PackedSequence[], which: "policy" | "reference"): Promise<Float32Array[]> {
    const result = samples.map((sample) => new Float32Array(sample.responseIds.length));
    const [session, weights] = this.scoringWeights(which);
    await this.eachMicroBatch(samples, async (packed) => {
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
    await this.eachMicroBatch(samples, async (packed) => {
      const { host, device } = await this.sessions.loss.runKeeping({
        ...packed.feeds,
        ...this.weightFeeds(),
        ...lossFeeds(samples, packed),
        ...dropoutFeed(packed, batchIndex++, this.updates, this.options),
        ...temperatureFeed(this.options),
      });
      for (const key of ["loss", "policyLoss", "kl", "cloningLoss"] as const) totals[key] += scalarOf(host[key]);
      const gradient = named(this.names, device, "grad/");
      if (!Number.isFinite(totals.loss)) {
        disposeAll(gradient.values());
        this.dropGradient();
        throw nonFinite("loss", totals.loss);
      }
      scatterRanges(packed, host["logProbs"] as HostTensor, logProbs);
      scatterRanges(packed, host["entropy"] as HostTensor, entropies);
      await this.addGradient(gradient);
    });
    return { ...totals, logProbs, entropies };
  }

  async update(settings: OptimizerSettings): Promise<{ readonly gradNorm: number }> {
    const gradient = this.gradient;
    if (gradient === undefined) throw new Error("update without an accumulated gradient");
    const before = [this.trainable, this.firstMoments, this.secondMoments] as const;
    const { host, device } = await this.sessions.adam.runKeeping({
      ...optimizerFeeds(settings, this.updates + 1),
      ...feedsOf(this.trainable, "p/"),
      ...feedsOf(gradient, "g/"),
      ...feedsOf(this.firstMoments, "m/"),
      ...feedsOf(this.secondMoments, "v/"),
    });
    this.dropGradient();
    const gradNorm = scalarOf(host["gradNorm"]);
    if (!Number.isFinite(gradNorm)) {
      disposeAll(Object.values(device));
      throw nonFinite("gradient norm", gradNorm);
    }
    [this.trainable, this.firstMoments, this.secondMoments] = [
      named(this.names, device, "new/p/"),
      named(this.names, device, "new/m/"),
      named(this.names, device, "new/v/"),
    ];
    for (const old of before) disposeAll(old.values());
    this.updates += 1;
    return { gradNorm };
  }

  /** Weights that sampling shares: every parameter by name, and the adapter's tensors. Asked anew after every update; not to be disposed. */
  weights(): Tensors {
    return new Map([...this.base, ...this.trainable]);
  }

  /** Accumulated gradient by name (zeros if nothing was accumulated); for comparison with other trainers. */
  async gradients(): Promise<ReadonlyMap<string, Float32Tensor>> {
    if (this.gradient !== undefined) return download(this.gradient, this.session);
    return zerosLike(this.trainable);
  }

  async exportState(): Promise<PolicyState> {
    return {
      parameters: await download(this.trainable, this.session),
      firstMoments: await download(this.firstMoments, this.session),
      secondMoments: await download(this.secondMoments, this.session),
      updates: this.updates,
    };
  }

  async importState(state: PolicyState): Promise<void> {
    for (const [name, tensor] of this.trainable) {
      const got = state.parameters.get(name);
      if (got?.shape.join() === tensor.shape.join()) continue;
      throw new WorkbenchError("invalid-model", "checkpoint does not fit the model", {
        where: name,
        expected: `shape [${tensor.shape.join(", ")}]`,
        got: got === undefined ? "nothing" : `[${got.shape.join(", ")}]`,
      });
    }
    this.dropGradient();
    const replace = async (old: Tensors, tensors: ReadonlyMap<string, HostTensor>): Promise<Tensors> => {
      const uploaded = await upload(tensors, this.session);
      disposeAll(old.values());
      return uploaded;
    };
    this.trainable = await replace(this.trainable, state.parameters);
    this.firstMoments = await replace(this.firstMoments, state.firstMoments);
    this.secondMoments = await replace(this.secondMoments, state.secondMoments);
    this.updates = state.updates;
  }

  async dispose(): Promise<void> {
    this.dropGradient();
    for (const tensors of [this.base, this.frozen, this.trainable, this.firstMoments, this.secondMoments])
      disposeAll(tensors?.values() ?? []);
    const { loss, score, bareScore, sum, adam } = this.sessions;
    for (const session of new Set([loss, score, bareScore, sum, adam])) await session.dispose();
  }

  private eachMicroBatch(samples: readonly PackedSequence[], run: (packed: PackedFeeds) => Promise<void>): Promise<void> {
    const pack = (batch: MicroBatch) => packFeeds(samples, batch);
    return eachMicroBatch(samples, this.options, this.loweredMicroBatch, pack, run, (tokens) => {
      this.loweredMicroBatch = tokens;
    });
  }

  private scoringWeights(which: "policy" | "reference"): [OnnxSession, Readonly<Record<string, DeviceTensor>>] {
    if (which === "policy") return [this.sessions.score, this.weightFeeds()];
    if (this.options.keepReference === false) throw new Error("this policy keeps no reference");
    return [this.sessions.bareScore, feedsOf(this.frozen ?? this.base, "")];
  }

  private weightFeeds(): Readonly<Record<string, DeviceTensor>> {
    return { ...feedsOf(this.base, ""), ...feedsOf(this.trainable, "") };
  }

  private async addGradient(addend: Tensors): Promise<void> {
    const sum = this.gradient;
    if (sum === undefined) {
      this.gradient = addend;
      return;
    }
    const { device } = await this.sessions.sum.runKeeping({ ...feedsOf(sum, "a/"), ...feedsOf(addend, "b/") });
    disposeAll(sum.values());
    disposeAll(addend.values());
    this.gradient = named(this.names, device, "grad/");
  }

  private dropGradient(): void {
    disposeAll(this.gradient?.values() ?? []);
    this.gradient = undefined;
  }
}

interface DeviceState {
  readonly trainable: Tensors;
  readonly firstMoments: Tensors;
  readonly secondMoments: Tensors;
}

function deviceSession({ session, halfBase }: PolicyOptions): SessionOptions {
  return { ...session, deviceOnly: true, ...(halfBase === true ? { mergeEqualNodes: false } : {}) };
}

async function openSessions(options: PolicyOptions, graphOptions: PolicyGraphOptions, session: SessionOptions): Promise<Sessions> {
  const shapes = trainableShapes(options.config, options.lora);
  const keep = (...prefixes: readonly string[]) => ({
    keepOnDevice: prefixes.flatMap((prefix) => [...shapes.keys()].map((name) => prefix + name)),
  });
  const open = (graph: Graph, more: SessionOptions = {}) => OnnxSession.open(graph, { ...session, ...more });
  const score = await open(logProbGraph(graphOptions, true));
  return {
    score,
    bareScore: options.lora === undefined ? score : await open(logProbGraph(graphOptions, false)),
    loss: await open(lossAndGradientGraph(graphOptions, options.lossShape), keep("grad/")),
    sum: await open(gradientSumGraph(shapes), keep("grad/")),
    adam: await open(adamWGraph(shapes), keep("new/p/", "new/m/", "new/v/")),
  };
}

function feedsOf(tensors: Tensors, prefix: Prefix): Record<string, DeviceTensor> {
  return Object.fromEntries([...tensors].map(([name, tensor]) => [prefix + name, tensor]));
}

function named(names: readonly string[], outputs: Readonly<Record<string, DeviceTensor>>, prefix: string): Tensors {
  return new Map(
    names.map((name) => {
      const tensor = outputs[prefix + name];
      if (tensor === undefined) throw new Error(`the graph kept no ${prefix}${name} on the device`);
      return [name, tensor];
    }),
  );
}

function zerosLike(tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>): Map<string, Float32Tensor> {
  return new Map([...tensors].map(([name, { shape }]) => [name, float32(shape)]));
}
