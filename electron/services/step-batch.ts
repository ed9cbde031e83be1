// The batch file of `raif step`: its format, its checks against the model, and its samples as the trainer takes them.

import { z } from "zod";
import { WorkbenchError } from "../../shared/errors.ts";
import { policyTokenWeights } from "../engine/grpo/loss-weights.ts";
import type { LossSample, LossShape } from "../engine/grpo/policy-model.ts";
import type { DecoderConfig } from "../engine/model/config.ts";

const ids = z.array(z.int().min(0)).min(1);
/** An expert's are never looked at. */
const logProbs = z.array(z.number()).nullish();

const policySampleSchema = z.strictObject({
  kind: z.literal("policy"),
  promptIds: ids,
  responseIds: ids,
  advantage: z.number(),
  /** Missing: on-policy, the ratio is 1. */
  oldLogProbs: logProbs,
  /** Missing: no KL term for this sample. */
  refLogProbs: logProbs,
});
const expertSampleSchema = z.strictObject({
  kind: z.literal("expert"),
  promptIds: ids,
  responseIds: ids,
  advantage: z.number().nullish(),
  oldLogProbs: logProbs,
  refLogProbs: logProbs,
});

const lossSchema = z.strictObject({
  aggregation: z.enum(["grpo", "dr_grpo", "dapo", "bnpo"]).default("grpo"),
  epsilonLow: z.number().min(0).max(1).default(0.2),
  epsilonHigh: z.number().min(0).default(0.2),
  beta: z.number().min(0).default(0.001),
  klEstimator: z.enum(["k1", "k2", "k3"]).default("k3"),
  cloningCoefficient: z.number().min(0).default(1),
  importanceLevel: z.enum(["token", "sequence"]).default("token"),
  temperature: z.number().positive().default(1),
  /** dr_grpo divides by it; default the longest response of the policy samples. */
  maxNewTokens: z.int().min(1).optional(),
  /** bnpo takes a mean over the tokens of so many samples at a time; default all. */
  policySamplesPerMicroStep: z.int().min(1).optional(),
});

function withKind(sample: unknown): unknown {
  return typeof sample === "object" && sample !== null && !("kind" in sample) ? { ...sample, kind: "policy" } : sample;
}

const stepBatchSchema = z.strictObject({
  samples: z.array(z.preprocess(withKind, z.discriminatedUnion("kind", [policySampleSchema, expertSampleSchema]))).min(1),
  loss: lossSchema.prefault({}),
});

export type StepBatch = z.infer<typeof stepBatchSchema>;
type Sample = StepBatch["samples"][number];

/** Parses and checks the text of a batch file; `where` names it. Throws "invalid-json" and "invalid-record" with the field. */
export function parseStepBatch(text: string, config: DecoderConfig, where: string): StepBatch {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new WorkbenchError("invalid-json", "the batch is not JSON", { where, got }, { cause });
  }
  const parsed = stepBatchSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path ?? [];
    const expected = issue?.message ?? "a valid batch";
    const got = JSON.stringify(path.reduce<unknown>((node, key) => (node as Record<PropertyKey, unknown> | undefined)?.[key], value));
    throw invalid("the batch does not fit the format", where, fieldPath(path), expected, got?.slice(0, 120) ?? "nothing");
  }
  parsed.data.samples.forEach((sample, i) => checkSample(sample, config, where, `samples[${i}]`));
  return parsed.data;
}

function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}${text === "" ? "" : "."}${String(key)}`),
    "",
  );
}

function invalid(what: string, where: string, field: string, expected: string, got: string): WorkbenchError {
  return new WorkbenchError("invalid-record", what, { where: field === "" ? where : `${where}: ${field}`, expected, got });
}

function checkSample(sample: Sample, config: DecoderConfig, where: string, field: string): void {
  for (const name of ["promptIds", "responseIds"] as const) {
    const bad = sample[name].findIndex((id) => id >= config.vocabSize);
    if (bad < 0) continue;
    const expected = `0 to ${config.vocabSize - 1}`;
    throw invalid("a token id is not in the vocabulary", where, `${field}.${name}[${bad}]`, expected, String(sample[name][bad]));
  }
  const tokens = sample.promptIds.length + sample.responseIds.length;
  if (tokens > config.maxPositionEmbeddings) {
    const [expected, got] = [`at most ${config.maxPositionEmbeddings} tokens`, String(tokens)];
    throw new WorkbenchError("prompt-too-long", "a sequence is longer than the model's context", {
      where: `${where}: ${field}`,
      expected,
      got,
    });
  }
  if (sample.kind === "expert") return;
  for (const name of ["oldLogProbs", "refLogProbs"] as const) {
    const values = sample[name] ?? undefined;
    if (values === undefined || values.length === sample.responseIds.length) continue;
    const expected = `${sample.responseIds.length} numbers, one a response token, or no such field`;
    throw invalid("log-probabilities do not fit the response", where, `${field}.${name}`, expected, `${values.length} numbers`);
  }
}

/** Per-token means over the policy samples, without beta: what one token's term weighs in the loss. One entry a sample of the batch. */
export function tokenWeights(batch: StepBatch): number[] {
  const policy = batch.samples.filter((sample) => sample.kind === "policy");
  const weights = policyTokenWeights(
    policy.map((sample) => ({ length: sample.responseIds.length, included: true })),
    {
      lossAggregation: batch.loss.aggregation,
      maxNewTokens: batch.loss.maxNewTokens ?? Math.max(1, ...policy.map((sample) => sample.responseIds.length)),
      policySamplesPerMicroStep: batch.loss.policySamplesPerMicroStep ?? Math.max(1, policy.length),
    },
  );
  const experts = batch.samples.length - policy.length;
  let next = 0;
  return batch.samples.map((sample) =>
    sample.kind === "policy" ? (weights[next++] as number) : 1 / (experts * sample.responseIds.length),
  );
}

export function lossSamples(batch: StepBatch): LossSample[] {
  const weights = tokenWeights(batch);
  return batch.samples.map((sample, i) => {
    const { promptIds, responseIds } = sample;
    const filled = (value: number) => new Float32Array(responseIds.length).fill(value);
    const weight = weights[i] as number;
    if (sample.kind === "expert")
      return { promptIds, responseIds, advantage: 0, cloningWeights: filled(weight * batch.loss.cloningCoefficient) };
    const old = sample.oldLogProbs ?? undefined;
    const reference = sample.refLogProbs ?? undefined;
    return {
      promptIds,
      responseIds,
      advantage: sample.advantage,
      policyWeights: filled(weight),
      ...(old === undefined ? {} : { oldLogProbs: Float32Array.from(old) }),
      ...(reference === undefined ? {} : { refLogProbs: Float32Array.from(reference), klWeights: filled(weight * batch.loss.beta) }),
    };
  });
}

export function lossShape({ loss }: StepBatch): LossShape {
  const { epsilonLow, epsilonHigh, klEstimator, importanceLevel, temperature } = loss;
  return { epsilonLow, epsilonHigh, klEstimator, importanceLevel, temperature };
}
