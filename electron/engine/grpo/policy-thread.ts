// The thread of threaded-policy.ts: gradients of its share of the samples, and its part of the optimiser's work. Parameters, moments and
// gradients lie on memory that all threads share; who may write what when is threaded-policy.ts's business.

import { tensorsIn, layTensorsOut } from "../tensor/shared-tensors.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";
import { doWork } from "../threads/do-work.ts";
import { adamWInPlace, sumOfSquares } from "./adamw.ts";
import type { PolicyOptions } from "./micro-batch-feeds.ts";
import type { PackedSequence } from "./packing.ts";
import { trainableShapes } from "./policy-graphs.ts";
import type { LossOutput, LossSample, OptimizerSettings } from "./policy-model.ts";
import { PolicyRunner } from "./policy-runner.ts";
import { addInto } from "./policy-tensors.ts";

/** Arrays that hold the trained tensors in the layout of trainableShapes. */
export interface PolicyMemory {
  readonly parameters: Float32Array;
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
  /** One a thread. */
  readonly gradients: readonly Float32Array[];
}

export interface FloatRange {
  readonly start: number;
  readonly end: number;
}

/** While it scores or accumulates it says what onMicroBatchLowered is told. */
export type PolicyWork = {
  readonly open: (options: PolicyOptions, memory: PolicyMemory, thread: number) => Promise<void>;
  readonly logProbs: (samples: readonly PackedSequence[], which: "policy" | "reference") => Promise<Float32Array[]>;
  /** Into this thread's gradients, or over them where they are of an earlier update. */
  readonly accumulate: (samples: readonly LossSample[], updates: number, over: boolean) => Promise<LossOutput>;
  /** Sums the gradients of these threads, in order, into those of the first; gives the sum of squares. */
  readonly sumGradients: (threads: readonly number[], range: FloatRange) => number;
  /** AdamW with the gradients of one thread; see adamWInPlace. */
  readonly update: (thread: number, range: FloatRange, settings: OptimizerSettings, step: number, clip: number) => void;
};

interface Opened {
  readonly runner: PolicyRunner;
  readonly memory: PolicyMemory;
  readonly trained: ReadonlyMap<string, Float32Tensor>;
  readonly gradients: ReadonlyMap<string, Float32Tensor>;
}

let state: Opened | undefined;

function opened(): Opened {
  if (state === undefined) throw new Error("the thread has no policy yet");
  return state;
}

doWork<PolicyWork>((say) => ({
  open: async (options, memory, thread) => {
    const layout = layTensorsOut(trainableShapes(options.config, options.lora));
    state = {
      runner: await PolicyRunner.create({ ...options, onMicroBatchLowered: say }),
      memory,
      trained: tensorsIn(layout, memory.parameters),
      gradients: tensorsIn(layout, memory.gradients[thread] as Float32Array),
    };
  },
  logProbs: (samples, which) => opened().runner.logProbs(samples, which === "policy" ? opened().trained : which),
  accumulate: (samples, updates, over) => {
    const { runner, trained, gradients } = opened();
    let isFirst = over;
    return runner.accumulate(samples, trained, updates, (outputs) => {
      for (const [name, { data }] of gradients) {
        const gradient = outputs[`grad/${name}`]?.data as Float32Array;
        if (isFirst) data.set(gradient);
        else addInto(data, gradient);
      }
      isFirst = false;
    });
  },
  sumGradients: (threads, { start, end }) => {
    const [sum, ...others] = threads.map((thread) => (opened().memory.gradients[thread] as Float32Array).subarray(start, end));
    for (const other of others) addInto(sum as Float32Array, other);
    return sumOfSquares(sum as Float32Array);
  },
  update: (thread, { start, end }, settings, step, clip) => {
    const { parameters, firstMoments, secondMoments, gradients } = opened().memory;
    const part = (floats: Float32Array) => floats.subarray(start, end);
    const tensor = {
      parameter: part(parameters),
      gradient: part(gradients[thread] as Float32Array),
      firstMoment: part(firstMoments),
      secondMoment: part(secondMoments),
    };
    adamWInPlace([tensor], settings, step, clip);
  },
}));
