// How far two sets of weights are apart, for runs that end near the same numbers and not on the same bits.

import type { Float32Tensor } from "../../engine/tensor/tensor.ts";

type Weights = ReadonlyMap<string, Float32Tensor>;

/** Over all tensors, the largest difference by the tensor's largest value. Throws where one has no partner. */
export function weightDifference(got: Weights, expected: Weights): number {
  let worst = 0;
  for (const [name, { data }] of expected) {
    const other = got.get(name)?.data;
    if (other?.length !== data.length) throw new Error(`${name} has no partner`);
    const size = data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    const difference = data.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (other[i] as number))), 0);
    // A NaN stays one.
    worst = Math.max(worst, difference === 0 ? 0 : difference / size);
  }
  return worst;
}
