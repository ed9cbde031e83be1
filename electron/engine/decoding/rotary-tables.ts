// cos and sin of the rotary embedding (Su et al. 2021, half-split as in transformers) for as many positions as a batch needs.

import { rotaryFrequencies, type RopeConfig } from "../model/rope.ts";
import { float32, type Float32Tensor } from "../tensor/tensor.ts";

export class RotaryTables {
  private readonly frequencies: Float64Array;
  private cos = new Float32Array(0);
  private sin = new Float32Array(0);

  constructor(config: RopeConfig) {
    this.frequencies = rotaryFrequencies(config);
  }

  /** Graph inputs cos and sin [positions, headDim / 2]. */
  feeds(positions: number): { readonly cos: Float32Tensor; readonly sin: Float32Tensor } {
    const half = this.frequencies.length;
    if (this.cos.length < positions * half) {
      this.cos = new Float32Array(positions * half);
      this.sin = new Float32Array(positions * half);
      for (let position = 0; position < positions; position++) {
        for (let i = 0; i < half; i++) {
          const angle = position * (this.frequencies[i] as number);
          this.cos[position * half + i] = Math.cos(angle);
          this.sin[position * half + i] = Math.sin(angle);
        }
      }
    }
    const shape = [positions, half];
    return { cos: float32(shape, this.cos.subarray(0, positions * half)), sin: float32(shape, this.sin.subarray(0, positions * half)) };
  }
}
