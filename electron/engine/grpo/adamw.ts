// AdamW on the host, in place: what the update does on CPU. ONNX Runtime copies every output into a fresh array, so the graph
// (adamWGraph) moves three times the model's size through memory it must first map; one loop over typed arrays does not. The
// graph stays the implementation for other devices; a test holds both against each other.

import type { Float32Tensor } from "../tensor/tensor.ts";
import type { OptimizerSettings } from "./policy-model.ts";

/** Norm over all gradients together, summed in float64. */
export function globalNorm(gradients: Iterable<Float32Tensor>): number {
  let total = 0;
  for (const { data } of gradients) total += sumOfSquares(data);
  return Math.sqrt(total);
}

/** Four sums, so that an addition need not wait for the one before. */
export function sumOfSquares(data: Float32Array): number {
  const whole = data.length - (data.length % 4);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < whole; i += 4) {
    const w = data[i] as number;
    const x = data[i + 1] as number;
    const y = data[i + 2] as number;
    const z = data[i + 3] as number;
    a += w * w;
    b += x * x;
    c += y * y;
    d += z * z;
  }
  for (let i = whole; i < data.length; i++) a += (data[i] as number) ** 2;
  return a + b + (c + d);
}

/** Factor that brings a gradient of this norm down to the limit; 1 when it is within or the limit is off (<= 0). */
export function clipFactor(gradNorm: number, maxGradNorm: number): number {
  return maxGradNorm <= 0 ? 1 : Math.min(1, maxGradNorm / (gradNorm + 1e-6));
}

/** Arrays of one tensor: parameter and both moments are overwritten, the gradient is only read. */
export interface AdamWTensor {
  readonly parameter: Float32Array;
  readonly gradient: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

/** One update, the `step`-th (counted from 1), with decoupled decay as torch.optim.AdamW. */
export function adamWInPlace(tensors: Iterable<AdamWTensor>, settings: OptimizerSettings, step: number, clip: number): void {
  const coefficients = coefficientsOf(settings, step, clip);
  for (const { parameter, gradient, firstMoment, secondMoment } of tensors) {
    updateTensor(parameter, gradient, firstMoment, secondMoment, coefficients);
  }
}

interface Coefficients {
  readonly clip: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** 1 - learning rate * weight decay. */
  readonly keep: number;
  /** Learning rate over the first moment's bias correction. */
  readonly stepSize: number;
  /** 1 / root of the second moment's bias correction. */
  readonly rootScale: number;
}

/** Numbers of the `step`-th update, counted from 1. */
export function coefficientsOf(settings: OptimizerSettings, step: number, clip: number): Coefficients {
  return {
    clip,
    beta1: settings.beta1,
    beta2: settings.beta2,
    epsilon: settings.epsilon,
    keep: 1 - settings.learningRate * settings.weightDecay,
    stepSize: settings.learningRate / (1 - settings.beta1 ** step),
    rootScale: 1 / Math.sqrt(1 - settings.beta2 ** step),
  };
}

/** Arrays and numbers in plain variables and float64 arithmetic: V8 makes three times faster code of this than of fround chains. */
function updateTensor(p: Float32Array, gradient: Float32Array, m: Float32Array, v: Float32Array, coefficients: Coefficients): void {
  const { clip, beta1, beta2, epsilon, keep, stepSize, rootScale } = coefficients;
  const [rest1, rest2, count] = [1 - beta1, 1 - beta2, p.length];
  for (let i = 0; i < count; i++) {
    const g = (gradient[i] as number) * clip;
    const first = (m[i] as number) * beta1 + g * rest1;
    const second = (v[i] as number) * beta2 + g * g * rest2;
    m[i] = first;
    v[i] = second;
    p[i] = (p[i] as number) * keep - (stepSize * first) / (Math.sqrt(second) * rootScale + epsilon);
  }
}
