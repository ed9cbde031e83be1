// The RAIF loss of a batch in plain float64, from the definitions of the method: the oracle for loss and, by differences, for
// gradients where PyTorch is not installed. Shares nothing with the loss graph or with loss-weights.ts.

import type { DecoderConfig } from "../../model/config.ts";
import { referenceLogits, type ReferenceParameters } from "../../model/reference-forward.ts";

export interface ReferenceSample {
  readonly kind: "policy" | "expert";
  readonly promptIds: readonly number[];
  readonly responseIds: readonly number[];
  readonly advantage?: number | null | undefined;
  readonly oldLogProbs?: readonly number[] | null | undefined;
  readonly refLogProbs?: readonly number[] | null | undefined;
}

export interface ReferenceLossSettings {
  readonly aggregation: "grpo" | "dr_grpo" | "dapo" | "bnpo";
  readonly epsilonLow: number;
  readonly epsilonHigh: number;
  readonly beta: number;
  readonly klEstimator: "k1" | "k2" | "k3";
  readonly cloningCoefficient: number;
  readonly importanceLevel: "token" | "sequence";
  readonly temperature: number;
  readonly maxNewTokens?: number | undefined;
  readonly policySamplesPerMicroStep?: number | undefined;
}

export interface ReferenceLoss {
  readonly loss: number;
  readonly policyLoss: number;
  readonly kl: number;
  readonly cloningLoss: number;
  readonly logProbs: readonly number[][];
}

export function referenceLogProbs(
  config: DecoderConfig,
  parameters: ReferenceParameters,
  sample: Pick<ReferenceSample, "promptIds" | "responseIds">,
  temperature: number,
): number[] {
  const logits = referenceLogits(config, parameters, [...sample.promptIds, ...sample.responseIds]);
  return sample.responseIds.map((id, t) => {
    const scaled = (logits[sample.promptIds.length + t - 1] as Float64Array).map((value) => value / temperature);
    const max = scaled.reduce((a, b) => Math.max(a, b));
    return (scaled[id] as number) - max - Math.log(scaled.reduce((sum, value) => sum + Math.exp(value - max), 0));
  });
}

/** `onPolicy`: what stands in for missing old log-probabilities, default the current ones; differences must hold them still. */
export function referenceLoss(
  config: DecoderConfig,
  parameters: ReferenceParameters,
  samples: readonly ReferenceSample[],
  settings: ReferenceLossSettings,
  onPolicy?: readonly number[][],
): ReferenceLoss {
  const logProbs = samples.map((sample) => referenceLogProbs(config, parameters, sample, settings.temperature));
  const rows = (kind: ReferenceSample["kind"], term: (sample: ReferenceSample, i: number) => number[]) =>
    samples.flatMap((sample, i) => (sample.kind === kind ? [term(sample, i)] : []));
  const policyLoss = aggregate(
    rows("policy", (sample, i) =>
      policyTerms(sample, logProbs[i] as number[], sample.oldLogProbs ?? (onPolicy ?? logProbs)[i] ?? [], settings),
    ),
    settings,
  );
  const kl = aggregate(
    rows("policy", (sample, i) => klTerms(sample, logProbs[i] as number[], settings.klEstimator)),
    settings,
  );
  const cloningLoss = mean(rows("expert", (_, i) => [-mean(logProbs[i] as number[])]).flat());
  return { loss: policyLoss + settings.beta * kl + settings.cloningCoefficient * cloningLoss, policyLoss, kl, cloningLoss, logProbs };
}

function policyTerms(
  sample: ReferenceSample,
  current: readonly number[],
  old: readonly number[],
  settings: ReferenceLossSettings,
): number[] {
  const advantage = sample.advantage ?? 0;
  const logRatios = current.map((value, t) => value - (old[t] as number));
  return logRatios.map((logRatio) => {
    const ratio = Math.exp(settings.importanceLevel === "sequence" ? mean(logRatios) : logRatio);
    const clipped = Math.min(Math.max(ratio, 1 - settings.epsilonLow), 1 + settings.epsilonHigh);
    return -Math.min(ratio * advantage, clipped * advantage);
  });
}

function klTerms(sample: ReferenceSample, current: readonly number[], estimator: "k1" | "k2" | "k3"): number[] {
  return current.map((value, t) => {
    const difference = (sample.refLogProbs?.[t] ?? value) - value;
    return { k1: -difference, k2: difference ** 2 / 2, k3: Math.expm1(difference) - difference }[estimator];
  });
}

function aggregate(rows: readonly number[][], settings: ReferenceLossSettings): number {
  switch (settings.aggregation) {
    case "grpo":
      return mean(rows.map(mean));
    case "dr_grpo":
      return mean(rows.map((row) => sum(row) / (settings.maxNewTokens ?? Math.max(...rows.map((other) => other.length)))));
    case "dapo":
      return mean(rows.flat());
    case "bnpo": {
      const size = settings.policySamplesPerMicroStep ?? rows.length;
      const microSteps = rows.flatMap((_, i) => (i % size === 0 ? [rows.slice(i, i + size)] : []));
      return mean(microSteps.map((microStep) => mean(microStep.flat())));
    }
  }
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]) => (values.length === 0 ? 0 : sum(values) / values.length);
