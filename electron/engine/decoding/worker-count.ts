// How many threads share the work of a model out among themselves, each computing alone, instead of computing every operation together.

import { isQuantised, weightBytes, type ModelWeights } from "../model/block-quantisation.ts";
import { threadCount, type SessionOptions } from "../onnx/session.ts";

/** Below this a thread takes longer to start than it saves. */
const FEWEST_BYTES = 2 ** 20;
/** Every worker prepares weights of its own to sample with, and above this the operations of one step are large enough to be shared. */
const MOST_BYTES = 128 * 2 ** 20;
/** A step has some hundred responses, and few of them at a time make poor use of a core. */
const MOST_WORKERS = 16;

/**
 * 1: all threads work on one operation at a time. Where `asked` is 0, one worker a core for small float32 models on the CPU, 1 for
 * others; quantised models and other devices always have 1.
 */
export function workerCount(asked: number, weights: ModelWeights, session: SessionOptions = {}): number {
  const all = [...weights.values()];
  if ((session.device ?? "cpu") !== "cpu" || all.some(isQuantised)) return 1;
  return workersForBytes(
    asked,
    all.reduce((sum, weight) => sum + weightBytes(weight), 0),
    session,
  );
}

/** The same for so many bytes of float32 weights on the CPU. */
export function workersForBytes(asked: number, bytes: number, session: SessionOptions = {}): number {
  if (asked > 0) return asked;
  if (bytes < FEWEST_BYTES || bytes > MOST_BYTES) return 1;
  return Math.min(MOST_WORKERS, threadCount(session));
}
