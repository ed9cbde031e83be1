// The cases on which the trainable policy is compared with its references: together they cover every architecture option, every
// aggregation, both ratios, all KL kinds, on- and off-policy samples, cloning, adapters and a chunked vocabulary.

import type { DecoderConfig } from "../../model/config.ts";
import { LORA_TARGETS, type LoraConfig } from "../../model/lora.ts";
import { randomParameters, randomTensors, tinyConfig } from "../../testing/random-model.ts";
import type { ReferenceParameters } from "../../model/reference-forward.ts";
import { Random, mixSeed } from "../../tensor/random.ts";
import type { Float32Tensor } from "../../tensor/tensor.ts";
import { trainableShapes } from "../policy-graphs.ts";
import { referenceLogProbs, type ReferenceLossSettings, type ReferenceSample } from "./reference-loss.ts";

export interface ReferenceCase {
  readonly name: string;
  readonly config: DecoderConfig;
  readonly lora?: LoraConfig;
  readonly vocabularyChunk: number;
  readonly loss: ReferenceLossSettings;
  readonly parameters: ReadonlyMap<string, Float32Tensor>;
  /** Under an adapter: its tensors, neither zero. */
  readonly adapter?: ReadonlyMap<string, Float32Tensor>;
  readonly samples: readonly ReferenceSample[];
}

const LOSS: ReferenceLossSettings = {
  aggregation: "grpo",
  epsilonLow: 0.2,
  epsilonHigh: 0.2,
  beta: 0.1,
  klEstimator: "k3",
  cloningCoefficient: 1,
  importanceLevel: "token",
  temperature: 1,
};
/** Adapters on every linear layer. */
export const TINY_LORA: LoraConfig = { rank: 4, alpha: 6, dropout: 0, targets: LORA_TARGETS };

export function referenceCases(): ReferenceCase[] {
  return [
    makeCase("llama, untied, every head its own key, on-policy", tinyConfig("llama", { numKvHeads: 4 }), 64, LOSS, ["on", "on", "expert"]),
    makeCase("qwen2, tied, grouped queries, biases, vocabulary in uneven chunks", tinyConfig("qwen2", { tieWordEmbeddings: true }), 16, {
      ...LOSS, aggregation: "dapo", klEstimator: "k1", temperature: 0.7, epsilonHigh: 0.28, cloningCoefficient: 0.5,
    }), // prettier-ignore
    makeCase("qwen3, tied, norms per head, sequence ratio", tinyConfig("qwen3", { tieWordEmbeddings: true }), 64, {
      ...LOSS, aggregation: "dr_grpo", klEstimator: "k2", importanceLevel: "sequence", maxNewTokens: 9,
    }), // prettier-ignore
    makeCase("mistral, untied, vocabulary in chunks", tinyConfig("mistral", { numKvHeads: 1 }), 10, {
      ...LOSS, aggregation: "bnpo", policySamplesPerMicroStep: 2, temperature: 1.3,
    }), // prettier-ignore
    makeCase("llama, tied, one chunk, no KL", tinyConfig("llama", { tieWordEmbeddings: true }), 37, { ...LOSS, beta: 0 }),
    makeCase("qwen2, adapter on all layers, vocabulary in chunks", tinyConfig("qwen2"), 20, LOSS, undefined, TINY_LORA),
    makeCase("mistral, window, linear positions, adapter", tinyConfig("mistral", {
      slidingWindow: 4, slidingLayers: [0, 1], ropeScaling: { type: "linear", factor: 4 },
    }), 64, LOSS, undefined, TINY_LORA), // prettier-ignore
    makeCase("qwen2, window in the last layer, YaRN, adapter", tinyConfig("qwen2", {
      headDim: 8, slidingWindow: 3, slidingLayers: [1],
      ropeScaling: { type: "yarn", factor: 4, originalMaxPositions: 12, betaFast: 2, betaSlow: 0.4, attentionFactor: 1.2, truncate: true },
    }), 64, LOSS, undefined, TINY_LORA), // prettier-ignore
    makeCase("llama, all biases, llama3 positions, adapter", tinyConfig("llama", {
      headDim: 8, qkvBias: true, outBias: true, mlpBias: true, ropeTheta: 100,
      ropeScaling: { type: "llama3", factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 16 },
    }), 64, LOSS, undefined, TINY_LORA), // prettier-ignore
    makeCase("smollm3, an unrotated layer, adapter", tinyConfig("smollm3", { unrotatedLayers: [1], tieWordEmbeddings: true }), 64, LOSS,
      undefined, TINY_LORA), // prettier-ignore
  ];
}

/** W + (alpha / rank) B A in float64. */
export function foldedIn(parameters: ReferenceParameters, adapter: ReferenceParameters, { rank, alpha }: LoraConfig): ReferenceParameters {
  const folded = new Map(parameters);
  for (const [name, { data: a }] of adapter) {
    if (!name.endsWith(".lora_A.weight")) continue;
    const b = adapter.get(name.replace("lora_A", "lora_B"))?.data ?? [];
    const target = name.replace(".lora_A", "");
    const inputs = a.length / rank;
    const entry = (value: number, at: number) => {
      const [row, column] = [Math.floor(at / inputs), at % inputs];
      let sum = 0;
      for (let r = 0; r < rank; r++) sum += (b[row * rank + r] as number) * (a[r * inputs + column] as number);
      return value + (alpha / rank) * sum;
    };
    folded.set(target, { data: Float64Array.from(parameters.get(target)?.data ?? [], entry) });
  }
  return folded;
}

type SampleKind = "on" | "off" | "no-reference" | "expert";
const MIXED: readonly SampleKind[] = ["off", "on", "off", "no-reference", "off", "expert", "expert"];

function makeCase(
  name: string,
  config: DecoderConfig,
  vocabularyChunk: number,
  loss: ReferenceLossSettings,
  kinds: readonly SampleKind[] = MIXED,
  lora?: LoraConfig,
): ReferenceCase {
  const seed = mixSeed("reference case", name);
  const parameters = randomParameters(config, seed);
  if (lora === undefined)
    return { name, config, vocabularyChunk, loss, parameters, samples: makeSamples(config, parameters, loss, kinds, seed) };
  const adapter = randomTensors(trainableShapes(config, lora), seed);
  const samples = makeSamples(config, foldedIn(parameters, adapter, lora), loss, kinds, seed);
  return { name, config, lora, vocabularyChunk, loss, parameters, adapter, samples };
}

/** Old and reference log-probabilities lie around the current ones, far enough for ratios on both sides of the clip range. */
function makeSamples(
  config: DecoderConfig,
  parameters: ReferenceParameters,
  loss: ReferenceLossSettings,
  kinds: readonly SampleKind[],
  seed: number,
): ReferenceSample[] {
  const random = new Random(mixSeed(seed, "samples"));
  const ids = (length: number) => Array.from({ length }, () => random.integer(config.vocabSize));
  return kinds.map((kind, i) => {
    const sequence = { promptIds: ids(1 + random.integer(6)), responseIds: ids(i === 1 ? 1 : 2 + random.integer(8)) };
    if (kind === "expert") return { kind, ...sequence };
    const current = referenceLogProbs(config, parameters, sequence, loss.temperature);
    const near = () => current.map((value) => value + 0.4 * random.normal());
    return {
      kind: "policy",
      ...sequence,
      advantage: i % 2 === 0 ? 1.3 : -0.8,
      ...(kind === "off" ? { oldLogProbs: near() } : {}),
      ...(kind === "no-reference" ? {} : { refLogProbs: near() }),
    };
  });
}
