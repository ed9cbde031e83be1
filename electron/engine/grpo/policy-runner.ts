// Runs a policy's graphs over samples, one micro-batch after the other. Owns the sessions and how many tokens of a micro-batch memory
// allows; weights are the caller's, who also says where gradients go.

import { weightFeeds } from "../model/quantised-linear.ts";
import type { ModelWeights } from "../model/block-quantisation.ts";
import type { OnnxSession, SessionOptions } from "../onnx/session.ts";
import type { Float32Tensor, HostTensor } from "../tensor/tensor.ts";
import {
  dropoutFeed,
  eachMicroBatch,
  lossFeeds,
  nonFinite,
  policyGraphOptions,
  scalarOf,
  scatterRanges,
  temperatureFeed,
  type PolicyOptions,
} from "./micro-batch-feeds.ts";
import { packInBlocks, type MicroBatch, type PackedFeeds, type PackedSequence } from "./packing.ts";
import { adamWGraph, logProbGraph, lossAndGradientGraph, trainableShapes } from "./policy-graphs.ts";
import type { LossOutput, LossSample } from "./policy-model.ts";
import { PolicySessions } from "./policy-sessions.ts";

/** bareScore is for the reference under an adapter; adam is not used on CPU, where the update is made in place. */
type SessionKind = "loss" | "score" | "bareScore" | "adam";

/** What a micro-batch adds to the gradients, by "grad/<name>"; valid for good. */
export type AddGradients = (outputs: Readonly<Record<string, HostTensor>>) => void;

export class PolicyRunner {
  private readonly options: PolicyOptions;
  private readonly reference: ModelWeights | undefined;
  private readonly sessions: PolicySessions<SessionKind>;
  loweredMicroBatch: number | undefined;

  private constructor(options: PolicyOptions, sessions: PolicySessions<SessionKind>) {
    this.options = options;
    this.sessions = sessions;
    this.reference = options.keepReference === false ? undefined : options.parameters;
  }

  static async create(options: PolicyOptions): Promise<PolicyRunner> {
    const graphOptions = { ...policyGraphOptions(options), inBlocks: true };
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
    return new PolicyRunner(options, sessions);
  }

  /** Log-probabilities of the response tokens under these trained tensors, or under the initial policy. */
  async logProbs(samples: readonly PackedSequence[], trained: ReadonlyMap<string, Float32Tensor> | "reference"): Promise<Float32Array[]> {
    const result = samples.map((sample) => new Float32Array(sample.responseIds.length));
    const kind = trained === "reference" && this.options.lora !== undefined ? "bareScore" : "score";
    const weights = trained === "reference" ? this.referenceFeeds() : this.feedsOf(trained);
    await this.eachMicroBatch(samples, async (packed) => {
      const session = await this.sessions.open(kind);
      const out = await session.run({ ...packed.feeds, ...weights, ...temperatureFeed(this.options) });
      scatterRanges(packed, out["logProbs"] as HostTensor, result);
    });
    return result;
  }

  /**
   * Loss of the samples under these trained tensors; `updates` made before, for the masks of dropout. `into` says where the gradients
   * of the micro-batch to come are written, by "grad/<name>", instead of fresh arrays. Throws "non-finite".
   */
  async accumulate(
    samples: readonly LossSample[],
    trained: ReadonlyMap<string, Float32Tensor>,
    updates: number,
    addGradients: AddGradients,
    into: () => Readonly<Record<string, Float32Tensor>> = () => ({}),
  ): Promise<LossOutput> {
    const totals = { loss: 0, policyLoss: 0, kl: 0, cloningLoss: 0 };
    const logProbs = samples.map((sample) => new Float32Array(sample.responseIds.length));
    const entropies = samples.map((sample) => new Float32Array(sample.responseIds.length));
    let batchIndex = 0;
    await this.eachMicroBatch(samples, async (packed) => {
      const session = await this.sessions.open("loss");
      const feeds = {
        ...packed.feeds,
        ...this.feedsOf(trained),
        ...lossFeeds(samples, packed),
        ...dropoutFeed(packed, batchIndex++, updates, this.options),
        ...temperatureFeed(this.options),
      };
      const out = await session.run(feeds, undefined, into());
      for (const key of ["loss", "policyLoss", "kl", "cloningLoss"] as const) totals[key] += scalarOf(out[key]);
      if (!Number.isFinite(totals.loss)) throw nonFinite("loss", totals.loss);
      scatterRanges(packed, out["logProbs"] as HostTensor, logProbs);
      scatterRanges(packed, out["entropy"] as HostTensor, entropies);
      addGradients(out);
    });
    return { ...totals, logProbs, entropies };
  }

  /** The session of the AdamW graph. */
  openAdam(): Promise<OnnxSession> {
    return this.sessions.open("adam");
  }

  async close(): Promise<void> {
    await this.sessions.close();
  }

  private feedsOf(trained: ReadonlyMap<string, Float32Tensor>): Record<string, HostTensor> {
    return { ...weightFeeds(this.options.parameters), ...weightFeeds(trained) };
  }

  private referenceFeeds(): Record<string, HostTensor> {
    if (this.reference === undefined) throw new Error("this policy keeps no reference");
    return weightFeeds(this.reference);
  }

  private eachMicroBatch(samples: readonly PackedSequence[], run: (packed: PackedFeeds) => Promise<void>): Promise<void> {
    const pack = (batch: MicroBatch) => packInBlocks(samples, batch, this.options.config.slidingWindow);
    return eachMicroBatch(samples, this.options, this.loweredMicroBatch, pack, run, async (tokens) => {
      this.loweredMicroBatch = tokens;
      await this.sessions.close();
    });
  }
}
