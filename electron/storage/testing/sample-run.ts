// Made-up runs and steps for storage tests, the same for the same arguments. Nothing here is training.

import type { Verdict } from "../../../shared/domain/verdict.ts";
import type { CheckpointInput, StoredTensor } from "../checkpoints.ts";
import type { RunId } from "../ids.ts";
import type { NewRun } from "../runs.ts";
import type { GroupRecord, RolloutRecord, StepRecord } from "../step-record.ts";

export const SAMPLE_RUN: NewRun = {
  name: "sample",
  method: "raif",
  recipe: "paper",
  config: { learningRate: 1e-6, nested: { b: 1, a: [1, 2] } },
  seed: 4294967295,
  device: "cpu",
  totalSteps: 30,
  dataHash: "data",
  baseModel: "nano",
  modelHash: "model",
  tokenizerHash: "tokenizer",
  chatTemplateHash: "template",
  engineVersion: "0.1.0",
};

export interface SampleSize {
  readonly groups: number;
  readonly samples: number;
  readonly tokens: number;
  readonly verdicts: number;
}

export const SMALL: SampleSize = { groups: 3, samples: 4, tokens: 20, verdicts: 3 };

const WORDS = "river stone lamp three bullet points because first then count letters answer yellow garden winter".split(" ");

/** Linear congruential steps on uint32; enough for made-up content. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
}

export function sampleStep(runId: RunId, step: number, size: SampleSize = SMALL): StepRecord {
  const next = numbers(step);
  return {
    runId,
    step,
    hashes: { model: "model", adapter: `adapter-${step}`, chatTemplate: "template", sampler: "sampler" },
    random: [next(), next(), next(), next()],
    cursor: { epoch: 0, offset: step * size.groups },
    metrics: { reward: next() / 2 ** 32, kl: step % 2 === 0 ? NaN : 0.1, frac_reward_zero_std: Infinity },
    timingsMs: { rollout: 12.5, update: 7 },
    groups: Array.from({ length: size.groups }, (_, index) => sampleGroup(next, index, size)),
    expertSamples: [{ sampleIndex: 0, recordId: "record-9", tokenCount: 12, loss: 1.5 }],
  };
}

function sampleGroup(next: () => number, groupIndex: number, size: SampleSize): GroupRecord {
  return {
    groupIndex,
    recordId: `record-${groupIndex}`,
    prompts: {
      think: { text: `Write about ${words(next, 30)} <think>`, tokenIds: [0, 4294967295, 7] },
      empty: { text: `Write about ${words(next, 30)} <think></think>`, tokenIds: Uint32Array.of(0, 1) },
    },
    kept: groupIndex !== 1,
    ...(groupIndex === 1 ? { dropReason: "empty-beats-think", details: { margin: -0.5 } } : {}),
    rollouts: Array.from({ length: size.samples }, (_, index) => sampleRollout(next, index, size)),
  };
}

function sampleRollout(next: () => number, sampleIndex: number, size: SampleSize): RolloutRecord {
  const think = words(next, Math.ceil(size.tokens / 3));
  const answer = words(next, Math.ceil(size.tokens / 3));
  const perToken = (): Float32Array => Float32Array.from({ length: size.tokens }, () => -next() / 2 ** 31);
  return {
    sampleIndex,
    mode: sampleIndex % 4 === 3 ? "empty" : "think",
    tokenIds: Uint32Array.from({ length: size.tokens }, next),
    logProbs: perToken(),
    oldLogProbs: perToken(),
    refLogProbs: perToken(),
    text: `<think>${think}</think>${answer}`,
    think,
    answer,
    finish: "stop",
    seed: next(),
    reward: {
      total: 1.5,
      format: 1,
      accuracy: 0.5,
      passed: 1,
      checks: 2,
      gate: "ok",
      verdicts: Array.from({ length: size.verdicts }, (_, index) => sampleVerdict(index)),
    },
    advantage: next() / 2 ** 31 - 1,
    trained: true,
  };
}

function sampleVerdict(index: number): Verdict {
  const passed = index % 2 === 0;
  return {
    path: `and.${index}`,
    ruleId: "min-bullets",
    kwargs: { count: 3 },
    state: passed ? "pass" : "fail",
    passed,
    expected: "at least 3 bullet points",
    got: `${index} bullet points`,
    spans: [
      { start: 0, end: 4 },
      { start: 10, end: 12 },
    ],
  };
}

function words(next: () => number, count: number): string {
  return Array.from({ length: count }, () => WORDS[(next() >>> 8) % WORDS.length]).join(" ");
}

export function sampleCheckpoint(step: number, elements = 1000): CheckpointInput {
  const next = numbers(step + 77);
  const tensor = (role: StoredTensor["role"], name: string): StoredTensor => ({
    role,
    name,
    dtype: "float32",
    shape: [elements / 10, 10],
    data: Float32Array.from({ length: elements }, () => next() / 2 ** 32),
  });
  const names = ["model.layers.0.mlp.up_proj.weight", "model.embed_tokens.weight"];
  return {
    kind: "resumable",
    content: "full",
    state: { updates: step, random: [1, 2, 3, step], cursor: { offset: step } },
    tensors: (["parameter", "first-moment", "second-moment"] as const).flatMap((role) => names.map((name) => tensor(role, name))),
  };
}
