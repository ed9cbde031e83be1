// Draws one token from a row of logits: temperature, top-k, top-p, greedy, all exact (no approximate partition sums). Owns the
// scratch memory, so a draw allocates nothing. Does not own random streams: the caller passes the row's own.

import { WorkbenchError } from "../../../shared/errors.ts";
import type { Random } from "../tensor/random.ts";
import { heaviestByCount, heaviestByMass } from "./heaviest-tokens.ts";
import type { SamplingSettings } from "./types.ts";

/** One per token, in proportion to its probability. */
type Weights = Float32Array | Float64Array;

export type SamplerSettings = Pick<SamplingSettings, "temperature" | "topK" | "topP">;

export class Sampler {
  /** Log-probability of the token returned last: of softmax(logits / temperature) before any cut; temperature 1 when greedy. */
  logProb = 0;

  readonly vocabularySize: number;
  private readonly settings: SamplerSettings;
  /** exp((logit - max) / temperature) per token, float64. */
  private readonly weights: Float64Array;
  private readonly scratch: Float64Array;

  /** Throws "invalid-argument" for a negative or non-finite temperature, a topK that is no integer >= 0, a topP outside (0, 1]. */
  constructor(vocabularySize: number, settings: SamplerSettings) {
    checkSettings(settings);
    this.vocabularySize = vocabularySize;
    this.settings = settings;
    this.weights = new Float64Array(vocabularySize);
    this.scratch = new Float64Array(vocabularySize);
  }

  /**
   * Token for logits[offset .. offset + vocabularySize). Draws exactly one uniform from `random`, none when greedy. A logit of
   * -Infinity is a banned token; NaN, +Infinity or nothing but -Infinity throws "non-finite".
   */
  sample(logits: Float32Array, offset: number, random: Random): number {
    const { temperature, topK, topP } = this.settings;
    const size = this.vocabularySize;
    const largest = indexOfLargest(logits, offset, size);
    const max = logits[offset + largest] as number;
    const inverse = temperature > 0 ? 1 / temperature : 1;
    const weights = this.weights;
    let total = 0;
    for (let token = 0; token < size; token++) {
      const weight = Math.exp(((logits[offset + token] as number) - max) * inverse);
      weights[token] = weight;
      total += weight;
    }
    // NaN anywhere and infinities at the top all end up here, because exp carries them into the sum.
    if (!(total >= 1)) throw new WorkbenchError("non-finite", "logits cannot be sampled from", { got: `sum of exponentials ${total}` });
    const token = temperature > 0 ? this.draw(weights, total, topK, topP, random.float()) : largest;
    this.logProb = ((logits[offset + token] as number) - max) * inverse - Math.log(total);
    return token;
  }

  /**
   * As `sample`, from probabilities at the temperature that are already there: softmax(logits / temperature) in float32, which need
   * not sum to 1 exactly. Not for greedy, where rounding could tie two tokens.
   */
  sampleProbabilities(probabilities: Float32Array, offset: number, random: Random): number {
    const { temperature, topK, topP } = this.settings;
    if (temperature === 0) throw new Error("greedy sampling needs logits");
    const size = this.vocabularySize;
    const weights = probabilities.subarray(offset, offset + size);
    let total = 0;
    for (let token = 0; token < size; token++) total += weights[token] as number;
    if (!(total > 0 && total < Infinity))
      throw new WorkbenchError("non-finite", "probabilities cannot be sampled from", { got: `sum ${total}` });
    const token = this.draw(weights, total, topK, topP, random.float());
    this.logProb = Math.log((weights[token] as number) / total);
    return token;
  }

  private draw(weights: Weights, total: number, topK: number, topP: number, uniform: number): number {
    const { scratch } = this;
    const size = this.vocabularySize;
    if ((topK === 0 || topK >= size) && topP >= 1) return drawAbove(weights, size, -1, 0, uniform * total);
    scratch.set(weights);
    let cut = { threshold: -1, ties: 0, mass: total };
    let kept = size;
    if (topK > 0 && topK < size) {
      cut = heaviestByCount(scratch, size, topK);
      kept = topK;
    }
    // The heaviest `kept` weights now lead the scratch array, so top-p looks only at what top-k left, as in Hugging Face's order.
    if (topP < 1) cut = heaviestByMass(scratch, kept, topP * cut.mass);
    return drawAbove(weights, size, cut.threshold, cut.ties, uniform * cut.mass);
  }
}

/** Inverse of the cumulative sum, in id order, over weights above the threshold and the first `ties` equal to it. */
function drawAbove(weights: Weights, size: number, threshold: number, ties: number, target: number): number {
  let cumulative = 0;
  let last = 0;
  let tiesLeft = ties;
  for (let token = 0; token < size; token++) {
    const weight = weights[token] as number;
    if (weight < threshold || weight === 0) continue;
    if (weight === threshold && tiesLeft-- <= 0) continue;
    cumulative += weight;
    last = token;
    if (cumulative > target) return token;
  }
  return last; // The mass was summed in another order: rounding may leave the target one ulp above this sum.
}

/** Ties go to the lowest id; NaN is never the largest. */
function indexOfLargest(logits: Float32Array, offset: number, size: number): number {
  let best = 0;
  let max = -Infinity;
  for (let token = 0; token < size; token++) {
    const value = logits[offset + token] as number;
    if (value > max) {
      max = value;
      best = token;
    }
  }
  return best;
}

function checkSettings({ temperature, topK, topP }: SamplerSettings): void {
  if (!(temperature >= 0) || temperature === Infinity)
    throw new WorkbenchError("invalid-argument", "bad temperature", { expected: "a number >= 0", got: String(temperature) });
  if (!Number.isInteger(topK) || topK < 0)
    throw new WorkbenchError("invalid-argument", "bad top-k", { expected: "an integer >= 0, 0 = off", got: String(topK) });
  if (!(topP > 0 && topP <= 1))
    throw new WorkbenchError("invalid-argument", "bad top-p", { expected: "a number in (0, 1], 1 = off", got: String(topP) });
}
