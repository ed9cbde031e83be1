// A small exact policy for trainer tests: one table of logits [V, V] indexed by the previous token, analytic gradients in
// float64, AdamW. It can also be sampled from, so that whole training steps run on it. Not part of the product.

import { WorkbenchError } from "../../../../shared/errors.ts";
import { Random } from "../../tensor/random.ts";
import { float32 } from "../../tensor/tensor.ts";
import type { Completion, GenerationGroup, SamplingSettings } from "../../decoding/types.ts";
import type { LossOutput, LossSample, LossShape, OptimizerSettings, PolicyModel, PolicyState } from "../policy-model.ts";

export const DEFAULT_LOSS_SHAPE: LossShape = {
  epsilonLow: 0.2,
  epsilonHigh: 0.2,
  klEstimator: "k3",
  importanceLevel: "token",
  temperature: 1,
};

type Table = Float32Array<ArrayBuffer>;

export class BigramPolicy implements PolicyModel {
  readonly vocabSize: number;
  readonly gradient: Float64Array;
  /** Passes over the model, for tests that a switched-off term costs nothing. */
  readonly calls = { policy: 0, reference: 0, accumulate: 0, update: 0 };
  private readonly shape: LossShape;
  private readonly initial: Table;
  private table: Table;
  private first: Table;
  private second: Table;
  private updates = 0;

  constructor(vocabSize: number, seed: number, shape: LossShape = DEFAULT_LOSS_SHAPE) {
    const random = new Random(seed);
    this.vocabSize = vocabSize;
    this.shape = shape;
    this.initial = Float32Array.from({ length: vocabSize * vocabSize }, () => 0.5 * random.normal());
    this.table = this.initial.slice();
    this.first = new Float32Array(this.initial.length);
    this.second = new Float32Array(this.initial.length);
    this.gradient = new Float64Array(this.initial.length);
  }

  /** Log-probabilities of the next token after `previous`, [V]. */
  nextLogProbs(previous: number, table: Table = this.table): Float64Array {
    const row = Float64Array.from(
      table.subarray(previous * this.vocabSize, (previous + 1) * this.vocabSize),
      (logit) => logit / this.shape.temperature,
    );
    const max = Math.max(...row);
    const logSum = max + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - max), 0));
    return row.map((logit) => logit - logSum);
  }

  logProbs(
    samples: readonly { readonly promptIds: readonly number[]; readonly responseIds: readonly number[] }[],
    which: "policy" | "reference",
  ): Promise<Float32Array[]> {
    this.calls[which] += 1;
    const table = which === "policy" ? this.table : this.initial;
    return Promise.resolve(
      samples.map((sample) =>
        Float32Array.from(sample.responseIds, (token, t) => this.nextLogProbs(previousOf(sample, t), table)[token] as number),
      ),
    );
  }

  accumulate(samples: readonly LossSample[]): Promise<LossOutput> {
    this.calls.accumulate += 1;
    const totals = { policyLoss: 0, kl: 0, cloningLoss: 0 };
    const logProbs: Float32Array[] = [];
    const entropies: Float32Array[] = [];
    for (const sample of samples) {
      const rows = sample.responseIds.map((_, t) => this.nextLogProbs(previousOf(sample, t)));
      const current = Float64Array.from(sample.responseIds, (token, t) => rows[t]?.[token] as number);
      const slopes = this.lossSlopes(sample, current, totals);
      rows.forEach((row, t) => this.backward(sample, t, row, slopes[t] as number));
      logProbs.push(Float32Array.from(current));
      entropies.push(Float32Array.from(rows, (row) => -row.reduce((sum, value) => sum + Math.exp(value) * value, 0)));
    }
    const loss = totals.policyLoss + totals.kl + totals.cloningLoss;
    if (!Number.isFinite(loss)) return Promise.reject(new WorkbenchError("non-finite", "the loss is not finite"));
    return Promise.resolve({ loss, ...totals, logProbs, entropies });
  }

  /** d loss / d logp per response token; adds the loss terms to `totals`. */
  private lossSlopes(
    sample: LossSample,
    current: Float64Array,
    totals: { policyLoss: number; kl: number; cloningLoss: number },
  ): Float64Array {
    const { epsilonLow, epsilonHigh, importanceLevel, klEstimator } = this.shape;
    const old = sample.oldLogProbs ?? current;
    const slopes = new Float64Array(current.length);
    const weights = sample.policyWeights ?? new Float32Array(current.length);
    const active = [...weights].filter((weight) => weight !== 0).length;
    const meanLogRatio =
      current.reduce((sum, value, t) => sum + (weights[t] === 0 ? 0 : value - (old[t] as number)), 0) / Math.max(1, active);
    let sequenceSlope = 0;
    current.forEach((logp, t) => {
      const weight = weights[t] as number;
      const ratio = Math.exp(importanceLevel === "token" ? logp - (old[t] as number) : meanLogRatio);
      const clipped = Math.min(Math.max(ratio, 1 - epsilonLow), 1 + epsilonHigh);
      const unclippedWins = ratio * sample.advantage <= clipped * sample.advantage;
      totals.policyLoss += weight === 0 ? 0 : -weight * Math.min(ratio * sample.advantage, clipped * sample.advantage);
      const slope = unclippedWins && weight !== 0 ? -weight * ratio * sample.advantage : 0;
      if (importanceLevel === "token") slopes[t] = slope;
      else sequenceSlope += slope;
    });
    if (importanceLevel === "sequence") current.forEach((_, t) => (slopes[t] = weights[t] === 0 ? 0 : sequenceSlope / Math.max(1, active)));
    current.forEach((logp, t) => {
      const klWeight = sample.refLogProbs === undefined ? 0 : (sample.klWeights?.[t] ?? 0);
      if (klWeight !== 0) {
        const d = (sample.refLogProbs?.[t] as number) - logp;
        totals.kl += klWeight * (klEstimator === "k1" ? -d : klEstimator === "k2" ? (d * d) / 2 : Math.expm1(d) - d);
        slopes[t] = (slopes[t] as number) + klWeight * (klEstimator === "k1" ? 1 : klEstimator === "k2" ? -d : -Math.expm1(d));
      }
      const cloningWeight = sample.cloningWeights?.[t] ?? 0;
      totals.cloningLoss -= cloningWeight * logp;
      slopes[t] = (slopes[t] as number) - cloningWeight;
    });
    return slopes;
  }

  private backward(sample: LossSample, t: number, row: Float64Array, slope: number): void {
    if (slope === 0) return;
    const offset = previousOf(sample, t) * this.vocabSize;
    row.forEach((logp, token) => {
      const indicator = token === sample.responseIds[t] ? 1 : 0;
      this.gradient[offset + token] =
        (this.gradient[offset + token] as number) + (slope * (indicator - Math.exp(logp))) / this.shape.temperature;
    });
  }

  update(settings: OptimizerSettings): Promise<{ readonly gradNorm: number }> {
    this.calls.update += 1;
    const gradNorm = Math.sqrt(this.gradient.reduce((sum, value) => sum + value * value, 0));
    if (!Number.isFinite(gradNorm)) return Promise.reject(new WorkbenchError("non-finite", "the gradient is not finite"));
    const scale = settings.maxGradNorm > 0 && gradNorm > settings.maxGradNorm ? settings.maxGradNorm / gradNorm : 1;
    this.updates += 1;
    for (let i = 0; i < this.table.length; i++) {
      const gradient = (this.gradient[i] as number) * scale;
      const first = settings.beta1 * (this.first[i] as number) + (1 - settings.beta1) * gradient;
      const second = settings.beta2 * (this.second[i] as number) + (1 - settings.beta2) * gradient * gradient;
      this.first[i] = first;
      this.second[i] = second;
      const step =
        first / (1 - settings.beta1 ** this.updates) / (Math.sqrt(second / (1 - settings.beta2 ** this.updates)) + settings.epsilon);
      const value = this.table[i] as number;
      this.table[i] = value - settings.learningRate * (step + settings.weightDecay * value);
    }
    this.gradient.fill(0);
    return Promise.resolve({ gradNorm });
  }

  /** Samples every row of every group from its own seed; token 0 ends a row. */
  generate(groups: readonly GenerationGroup[], settings: SamplingSettings): Promise<Completion[][]> {
    return Promise.resolve(groups.map((group) => group.seeds.map((seed) => this.sampleRow(group.promptIds, seed, settings))));
  }

  private sampleRow(promptIds: readonly number[], seed: number, settings: SamplingSettings): Completion {
    const random = new Random(seed);
    const tokenIds: number[] = [];
    const logProbs: number[] = [];
    while (tokenIds.length < settings.maxNewTokens) {
      const row = this.nextLogProbs(tokenIds.at(-1) ?? promptIds.at(-1) ?? 0);
      let rest = random.float();
      let token = 0;
      while (token < this.vocabSize - 1 && (rest -= Math.exp(row[token] as number)) >= 0) token++;
      tokenIds.push(token);
      logProbs.push(row[token] as number);
      if (settings.stopTokenIds.includes(token)) return { tokenIds, logProbs: Float32Array.from(logProbs), finish: "stop" };
    }
    return { tokenIds, logProbs: Float32Array.from(logProbs), finish: "length" };
  }

  exportState(): PolicyState {
    const tensor = (data: Table) => new Map([["bigram", float32([this.vocabSize, this.vocabSize], data.slice())]]);
    return { parameters: tensor(this.table), firstMoments: tensor(this.first), secondMoments: tensor(this.second), updates: this.updates };
  }

  importState(state: PolicyState): void {
    const read = (map: PolicyState["parameters"]) => Float32Array.from(map.get("bigram")?.data as Float32Array);
    this.table = read(state.parameters);
    this.first = read(state.firstMoments);
    this.second = read(state.secondMoments);
    this.updates = state.updates;
    this.gradient.fill(0);
  }

  dispose(): void {}
}

function previousOf(sample: { readonly promptIds: readonly number[]; readonly responseIds: readonly number[] }, t: number): number {
  return (t === 0 ? sample.promptIds.at(-1) : sample.responseIds[t - 1]) ?? 0;
}
