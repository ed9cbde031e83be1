// A small trainable policy on several threads of the CPU: each runs whole micro-batches on one thread, sums their gradients, and makes
// its part of the update. Nothing waits within a micro-batch, where threads inside an operation meet at every node. Which samples a
// thread gets and in which order gradients are summed depends on the number of threads alone: the same number gives the same bits.

import { initialiseLora, mergeLora } from "../model/lora.ts";
import { mixSeed } from "../tensor/random.ts";
import { flushDenormals } from "../onnx/session.ts";
import { layTensorsOut, sharedFloatArrays, sharedFloats, shareTensors, tensorsIn, type TensorLayout } from "../tensor/shared-tensors.ts";
import { type Float32Tensor } from "../tensor/tensor.ts";
import { WorkThread } from "../threads/work-thread.ts";
import { clipFactor } from "./adamw.ts";
import { DEFAULT_PACKING, nonFinite, type PolicyOptions } from "./micro-batch-feeds.ts";
import { unquantised } from "./onnx-policy.ts";
import { sharedLimits, shareOut, type PackedSequence, type PackingLimits } from "./packing.ts";
import { trainableShapes } from "./policy-graphs.ts";
import type { LossOutput, LossSample, OptimizerSettings, PolicyModel, PolicyState } from "./policy-model.ts";
import { checkTensors, copyTensors } from "./policy-tensors.ts";
import type { FloatRange, PolicyMemory, PolicyWork } from "./policy-thread.ts";

/** Ranges of the optimiser's work begin at multiples of so many floats, so that no two threads write to one cache line. */
const ALIGNMENT = 16;

export class ThreadedPolicy implements PolicyModel {
  private readonly options: PolicyOptions;
  private readonly base: ReadonlyMap<string, Float32Tensor>;
  private readonly layout: TensorLayout;
  private readonly memory: PolicyMemory;
  private readonly threads: readonly WorkThread<PolicyWork>[];
  private readonly ranges: readonly FloatRange[];
  /** Threads whose gradients are of the update to come, and whether some of them are still waiting to be added. */
  private readonly accumulated = new Map<number, boolean>();
  private updates = 0;
  loweredMicroBatch: number | undefined;

  private constructor(options: PolicyOptions, count: number) {
    this.base = shareTensors(unquantised(options.parameters));
    this.options = { ...options, parameters: this.base };
    const { config, lora, seed } = options;
    this.layout = layTensorsOut(trainableShapes(config, lora));
    const { size } = this.layout;
    const { memory, arrays } = sharedFloatArrays(Array.from({ length: 3 + 2 * count }, () => size));
    const [parameters, firstMoments, secondMoments, ...ofThreads] = arrays as [Float32Array, Float32Array, Float32Array, ...Float32Array[]];
    this.memory = {
      ...(memory === undefined ? {} : { memory }),
      parameters,
      firstMoments,
      secondMoments,
      gradients: ofThreads.slice(0, count),
      newest: ofThreads.slice(count),
    };
    const initial = lora === undefined ? this.base : initialiseLora(config, lora, seed);
    this.write(this.memory.parameters, initial);
    this.threads = Array.from({ length: count }, () => new WorkThread(new URL("policy-thread", import.meta.url)));
    const edge = (part: number) => Math.min(size, Math.ceil((part * size) / count / ALIGNMENT) * ALIGNMENT);
    this.ranges = this.threads.map((_, part) => ({ start: edge(part), end: edge(part + 1) }));
  }

  /** Tokens of a micro-batch are shared out too, so that all threads together take about the memory of one. CPU only, nothing quantised. */
  static async create(options: PolicyOptions, count: number): Promise<ThreadedPolicy> {
    await flushDenormals();
    const policy = new ThreadedPolicy(options, count);
    try {
      await policy.onEach((thread, index) => thread.call("open", [policy.threadOptions(index), policy.memory, index]));
    } catch (error) {
      await policy.dispose();
      throw error;
    }
    return policy;
  }

  async logProbs(samples: readonly PackedSequence[], which: "policy" | "reference"): Promise<Float32Array[]> {
    const result = new Array<Float32Array>(samples.length);
    await this.onShares(samples, async (thread, share, indices) => {
      const rows = await thread.call("logProbs", [share, which], this.lower);
      indices.forEach((index, i) => (result[index] = rows[i] as Float32Array));
    });
    return result;
  }

  async accumulate(samples: readonly LossSample[]): Promise<LossOutput> {
    const outputs: LossOutput[] = [];
    const logProbs = new Array<Float32Array>(samples.length);
    const entropies = new Array<Float32Array>(samples.length);
    try {
      await this.onShares(samples, async (thread, share, indices, place) => {
        const over = !this.accumulated.has(place);
        const output = await thread.call("accumulate", [share, this.updates, over], this.lower);
        this.accumulated.set(place, output.waiting);
        outputs[place] = output;
        indices.forEach((index, i) => {
          logProbs[index] = output.logProbs[i] as Float32Array;
          entropies[index] = output.entropies[i] as Float32Array;
        });
      });
    } catch (error) {
      this.accumulated.clear();
      throw error;
    }
    // In the order of the threads, whichever was done first.
    const total = (key: "loss" | "policyLoss" | "kl" | "cloningLoss") => outputs.reduce((sum, output) => sum + output[key], 0);
    return {
      loss: total("loss"),
      policyLoss: total("policyLoss"),
      kl: total("kl"),
      cloningLoss: total("cloningLoss"),
      logProbs,
      entropies,
    };
  }

  async update(settings: OptimizerSettings): Promise<{ readonly gradNorm: number }> {
    const summed = [...this.accumulated].map(([thread, waiting]) => ({ thread, waiting })).sort((a, b) => a.thread - b.thread);
    const first = summed[0]?.thread;
    if (first === undefined) throw new Error("update without an accumulated gradient");
    this.accumulated.clear();
    const squares: number[] = [];
    await this.onEach(async (thread, part) => {
      squares[part] = await thread.call("sumGradients", [summed, this.ranges[part] as FloatRange]);
    });
    const gradNorm = Math.sqrt(squares.reduce((sum, value) => sum + value, 0));
    if (!Number.isFinite(gradNorm)) throw nonFinite("gradient norm", gradNorm);
    const [step, clip] = [this.updates + 1, clipFactor(gradNorm, settings.maxGradNorm)];
    await this.onEach((thread, part) => thread.call("update", [first, this.ranges[part] as FloatRange, settings, step, clip]));
    this.updates = step;
    return { gradNorm };
  }

  /** As OnnxPolicy. */
  mergedParameters(): ReadonlyMap<string, Float32Tensor> {
    const { lora } = this.options;
    if (lora !== undefined) return mergeLora(this.base, this.tensors("parameters"), lora);
    const copy = sharedFloats(this.layout.size);
    copy.set(this.memory.parameters);
    return tensorsIn(this.layout, copy);
  }

  exportState(): PolicyState {
    return {
      parameters: copyTensors(this.tensors("parameters")),
      firstMoments: copyTensors(this.tensors("firstMoments")),
      secondMoments: copyTensors(this.tensors("secondMoments")),
      updates: this.updates,
    };
  }

  importState(state: PolicyState): void {
    checkTensors(state.parameters, this.tensors("parameters"));
    for (const key of ["parameters", "firstMoments", "secondMoments"] as const) {
      this.write(this.memory[key], state[key] as ReadonlyMap<string, Float32Tensor>);
    }
    this.updates = state.updates;
    this.accumulated.clear();
  }

  async dispose(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.end()));
  }

  /** Each thread has its own limit; the least counts. */
  private readonly lower = (tokensPerMicroBatch: number): void => {
    if (tokensPerMicroBatch >= (this.loweredMicroBatch ?? Infinity)) return;
    this.loweredMicroBatch = tokensPerMicroBatch;
    this.options.onMicroBatchLowered?.(tokensPerMicroBatch);
  };

  private threadOptions(index: number): PolicyOptions {
    // A function cannot be posted to a thread, which says what it lowers to instead.
    const { onMicroBatchLowered: _, ...options } = this.options;
    const { seed } = options;
    return {
      ...options,
      // Masks of dropout differ from thread to thread.
      seed: mixSeed(seed, "thread", index),
      session: { threads: 1, spinning: false },
      packing: this.limits(),
    };
  }

  /** Of each thread. */
  private limits(): PackingLimits {
    return sharedLimits(this.options.packing ?? DEFAULT_PACKING, this.threads.length);
  }

  private tensors(which: "parameters" | "firstMoments" | "secondMoments"): Map<string, Float32Tensor> {
    return tensorsIn(this.layout, this.memory[which]);
  }

  private write(floats: Float32Array, tensors: ReadonlyMap<string, Float32Tensor>): void {
    for (const [name, { data }] of tensorsIn(this.layout, floats)) data.set((tensors.get(name) as Float32Tensor).data);
  }

  private onShares<Sample extends PackedSequence>(
    samples: readonly Sample[],
    run: (thread: WorkThread<PolicyWork>, share: readonly Sample[], indices: readonly number[], place: number) => Promise<void>,
  ): Promise<void> {
    const shares = shareOut(samples, this.limits(), this.threads.length);
    return this.onEach(async (thread, place) => {
      const indices = shares[place] as readonly number[];
      if (indices.length === 0) return;
      await run(
        thread,
        indices.map((index) => samples[index] as Sample),
        indices,
        place,
      );
    });
  }

  /** Waits for all, also where one fails, so that none still works when the caller goes on; throws the first thread's failure. */
  private async onEach(run: (thread: WorkThread<PolicyWork>, index: number) => Promise<void>): Promise<void> {
    const ends = await Promise.allSettled(this.threads.map(run));
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
}
