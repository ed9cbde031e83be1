// A trainable policy on the CPU: small ones may be shared out among threads. The policy of a device is device-policy.ts.

import type { Float32Tensor } from "../tensor/tensor.ts";
import type { PolicyOptions } from "./micro-batch-feeds.ts";
import { OnnxPolicy } from "./onnx-policy.ts";
import type { PolicyModel } from "./policy-model.ts";
import { ThreadedPolicy } from "./threaded-policy.ts";

export interface MergeablePolicy extends PolicyModel {
  /** Weights as a plain model, the adapter folded in: for generation and export. Later updates do not reach what it gave. */
  mergedParameters(): ReadonlyMap<string, Float32Tensor>;
}

/** `workers` as workerCount gives them. Throws "device-unavailable", and "invalid-config" for a quantised model without an adapter. */
export function openPolicy(options: PolicyOptions, workers: number): Promise<MergeablePolicy> {
  return workers > 1 ? ThreadedPolicy.create(options, workers) : OnnxPolicy.create(options);
}
