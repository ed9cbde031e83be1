// The thread of threaded-policy.ts: gradients of its share of the samples, and its part of the optimiser's work. Parameters, moments and
// gradients lie on memory that all threads share; who may write what when is threaded-policy.ts's business.

import { tensorsIn, layTensorsOut } from "../tensor/shared-tensors.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";
import type { WasmMemory } from "../tensor/wasm-code.ts";
import { doWork } from "../threads/do-work.ts";
import type { PolicyOptions } from "./micro-batch-feeds.ts";
import type { PackedSequence } from "./packing.ts";
import { trainableShapes } from "./policy-graphs.ts";
import type { LossOutput, LossSample, OptimizerSettings } from "./policy-model.ts";
import { PolicyRunner } from "./policy-runner.ts";
import { updateKernels, type GradientTerm, type UpdateKernels } from "./update-kernels.ts";

/** Arrays that hold the trained tensors in the layout of trainableShapes. */
export interface PolicyMemory {
  /** What all of them lie on, if on one. */
  readonly memory?: WasmMemory;
  readonly parameters: Float32Array;
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
  /** One a thread. */
  readonly gradients: readonly Float32Array[];
  /** Of the newest micro-batch, where it is not the first: added to the others before the next one, or when all are summed; one a thread. */
  readonly newest: readonly Float32Array[];
}

export interface FloatRange {
  readonly start: number;
  readonly end: number;
}

/** What a thread has accumulated: its gradients, and where `waiting` what is in `newest` as well. */
export interface Accumulated {
  readonly thread: number;
  readonly waiting: boolean;
}

/** While it scores or accumulates it says what onMicroBatchLowered is told. */
export type PolicyWork = {
  readonly open: (options: PolicyOptions, memory: PolicyMemory, thread: number) => Promise<void>;
  readonly logProbs: (samples: readonly PackedSequence[], which: "policy" | "reference") => Promise<Float32Array[]>;
  /** Into this thread's gradients, or over them where they are of an earlier update. */
  readonly accumulate: (
    samples: readonly LossSample[],
    updates: number,
    over: boolean,
  ) => Promise<LossOutput & Pick<Accumulated, "waiting">>;
  /** Sums what these threads have accumulated, in order, into the gradients of the first; gives the sum of squares. */
  readonly sumGradients: (threads: readonly Accumulated[], range: FloatRange) => number;
  /** AdamW with the gradients of one thread; see UpdateKernels. */
  readonly update: (thread: number, range: FloatRange, settings: OptimizerSettings, step: number, clip: number) => void;
};

interface Opened {
  readonly runner: PolicyRunner;
  readonly memory: PolicyMemory;
  readonly trained: ReadonlyMap<string, Float32Tensor>;
  readonly kernels: UpdateKernels;
  /** This thread's, whole. */
  readonly gradients: Float32Array;
  readonly newest: Float32Array;
  /** Tensors in them as the graph's outputs. */
  readonly gradientOutputs: Readonly<Record<string, Float32Tensor>>;
  readonly newestOutputs: Readonly<Record<string, Float32Tensor>>;
}

let state: Opened | undefined;
/** Whether `newest` is still to be added to this thread's gradients. */
let isWaiting = false;

function opened(): Opened {
  if (state === undefined) throw new Error("the thread has no policy yet");
  return state;
}

doWork<PolicyWork>((say) => ({
  open: async (options, memory, thread) => {
    const layout = layTensorsOut(trainableShapes(options.config, options.lora));
    const [gradients, newest] = [memory.gradients[thread] as Float32Array, memory.newest[thread] as Float32Array];
    const outputsIn = (floats: Float32Array) =>
      Object.fromEntries([...tensorsIn(layout, floats)].map(([name, tensor]) => [`grad/${name}`, tensor]));
    state = {
      runner: await PolicyRunner.create({ ...options, onMicroBatchLowered: say }),
      memory,
      trained: tensorsIn(layout, memory.parameters),
      kernels: updateKernels(memory.memory),
      gradients,
      newest,
      gradientOutputs: outputsIn(gradients),
      newestOutputs: outputsIn(newest),
    };
  },
  logProbs: (samples, which) => opened().runner.logProbs(samples, which === "policy" ? opened().trained : which),
  accumulate: async (samples, updates, over) => {
    const { runner, trained, kernels, gradients, newest, gradientOutputs, newestOutputs } = opened();
    let isFirst = over;
    if (over) isWaiting = false;
    const taken = () => {
      isWaiting = !isFirst;
      isFirst = false;
    };
    const into = () => {
      if (isWaiting) kernels.add(gradients, newest);
      isWaiting = false;
      return isFirst ? gradientOutputs : newestOutputs;
    };
    const output = await runner.accumulate(samples, trained, updates, taken, into);
    return { ...output, waiting: isWaiting };
  },
  sumGradients: (threads, { start, end }) => {
    const { memory, kernels } = opened();
    const part = (floats: Float32Array | undefined) => (floats as Float32Array).subarray(start, end);
    isWaiting = false;
    return kernels.sumAndSquare(
      threads.map(({ thread, waiting }): GradientTerm => {
        const gradients = part(memory.gradients[thread]);
        return waiting ? [gradients, part(memory.newest[thread])] : [gradients];
      }),
    );
  },
  update: (thread, { start, end }, settings, step, clip) => {
    const { memory, kernels } = opened();
    const part = (floats: Float32Array) => floats.subarray(start, end);
    const tensor = {
      parameter: part(memory.parameters),
      gradient: part(memory.gradients[thread] as Float32Array),
      firstMoment: part(memory.firstMoments),
      secondMoment: part(memory.secondMoments),
    };
    kernels.adamW(tensor, settings, step, clip);
  },
}));
