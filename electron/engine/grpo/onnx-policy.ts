// The trainable policy on ONNX Runtime: packs samples into micro-batches, runs the loss-and-gradient graph, accumulates on the
// host, and updates with AdamW (in place on CPU, else by its graph). Owns parameters, moments and sessions; knows nothing of
// rewards or prompts.

import { isWorkbenchError, WorkbenchError } from "../../../shared/errors.ts";
import { isQuantised, type ModelWeights } from "../model/block-quantisation.ts";
import { initialiseLora, mergeLora } from "../model/lora.ts";
import type { OnnxSession } from "../onnx/session.ts";
import type { Float32Tensor, HostTensor } from "../tensor/tensor.ts";
import { adamWInPlace, clipFactor, globalNorm } from "./adamw.ts";
import { nonFinite, optimizerFeeds, scalarOf, type PolicyOptions } from "./micro-batch-feeds.ts";
import type { LossOutput, LossSample, OptimizerSettings, PolicyModel, PolicyState } from "./policy-model.ts";
import { PolicyRunner } from "./policy-runner.ts";
import { addInto, checkTensors, copyTensors, zerosLike, type Tensors } from "./policy-tensors.ts";

export class OnnxPolicy implements PolicyModel {
  private readonly options: PolicyOptions;
  private readonly base: ModelWeights;
  private trainable: Tensors;
  private firstMoments: Tensors;
  private secondMoments: Tensors;
  private gradient: Tensors | undefined;
  private updates = 0;
  private readonly runner: PolicyRunner;
  private readonly updatesInPlace: boolean;

  private constructor(options: PolicyOptions, runner: PolicyRunner) {
    this.options = options;
    this.runner = runner;
    this.updatesInPlace = (options.session?.device ?? "cpu") === "cpu";
    this.base = new Map(options.parameters);
    const initial =
      options.lora === undefined ? unquantised(options.parameters) : initialiseLora(options.config, options.lora, options.seed);
    this.trainable = copyTensors(initial);
    this.firstMoments = zerosLike(initial);
    this.secondMoments = zerosLike(initial);
  }

  static async create(options: PolicyOptions): Promise<OnnxPolicy> {
    if (options.lora === undefined) unquantised(options.parameters);
    return new OnnxPolicy(options, await PolicyRunner.create(options));
  }

  get loweredMicroBatch(): number | undefined {
    return this.runner.loweredMicroBatch;
  }

  logProbs(
    samples: readonly { readonly promptIds: readonly number[]; readonly responseIds: readonly number[] }[],
    which: "policy" | "reference",
  ): Promise<Float32Array[]> {
    return this.runner.logProbs(samples, which === "policy" ? this.trainable : which);
  }

  async accumulate(samples: readonly LossSample[]): Promise<LossOutput> {
    try {
      return await this.runner.accumulate(samples, this.trainable, this.updates, (outputs) => this.addGradients(outputs));
    } catch (error) {
      if (isWorkbenchError(error, "non-finite")) this.gradient = undefined;
      throw error;
    }
  }

  async update(settings: OptimizerSettings): Promise<{ readonly gradNorm: number }> {
    const gradient = this.gradient;
    if (gradient === undefined) throw new Error("update without an accumulated gradient");
    this.gradient = undefined;
    const gradNorm = this.updatesInPlace
      ? this.updateInPlace(gradient, settings)
      : await this.updateByGraph(await this.runner.openAdam(), gradient, settings);
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
    checkTensors(state.parameters, this.trainable);
    this.trainable = copyTensors(state.parameters);
    this.firstMoments = copyTensors(state.firstMoments);
    this.secondMoments = copyTensors(state.secondMoments);
    this.updates = state.updates;
    this.gradient = undefined;
  }

  dispose(): void {
    void this.runner.close();
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
