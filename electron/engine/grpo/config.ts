// Every training setting: type, default, the paper's value and one line of meaning, in one schema that the command line, the
// stored run and the interface all read. Defaults are the paper's where it gives a value (arXiv 2506.01413). Recipes and
// `--set` live in recipes.ts and overrides.ts.

import { z } from "zod";

/** Attaches the one-line meaning and, where the paper gives one, its value. */
function setting<T extends z.ZodType>(schema: T, description: string, paper?: string | number | boolean): T {
  return schema.meta(paper === undefined ? { description } : { description, paper });
}

const count = () => z.int().min(1);
const countOrOff = () => z.int().min(0);
const positive = () => z.number().positive();
const fraction = () => z.number().min(0).max(1);

const superiorCotSchema = z.strictObject({
  enabled: setting(
    z.boolean().default(true),
    "Drop groups whose reasoning does not pay: sample some responses with a forced-empty think block and compare.",
    true,
  ),
  thinkSamples: setting(count().default(8), "Responses with reasoning per instruction prompt; these are trained on.", 8),
  emptySamples: setting(
    count().default(2),
    "Extra responses per instruction prompt with a forced-empty think block; only compared with, never trained on.",
  ),
  keepWhenAllEqual: setting(
    z.boolean().default(false),
    "Also keep a group whose responses with reasoning all have the same reward (the released code's extra clause).",
    false,
  ),
  gateThinkForEmpty: setting(
    z.boolean().default(false),
    "Score forced-empty responses as if an empty think block were a fault; then the filter can hardly fire (the released code's bug).",
    false,
  ),
  advantageGroup: setting(
    z.enum(["cot", "all"]).default("cot"),
    "Advantage statistics over the responses with reasoning only, or over the whole group.",
    "cot",
  ),
  dropped: setting(
    z.enum(["remove", "mask"]).default("remove"),
    "Dropped groups leave the loss denominators, or stay in them with zero weight.",
    "remove",
  ),
});

const cloningSchema = z.strictObject({
  enabled: setting(z.boolean().default(true), "Add a supervised loss on expert demonstrations to every policy update.", true),
  coefficient: setting(z.number().min(0).default(1), "Weight of the cloning loss next to the policy loss.", 1),
  pairing: setting(
    z.enum(["independent", "same-prompt"]).default("independent"),
    "Experts from their own shuffled order, or those of the step's own prompts.",
    "independent",
  ),
  tokens: setting(z.enum(["response", "all"]).default("response"), "Clone the response only, or prompt and response.", "response"),
});

const rewardSchema = z.strictObject({
  accuracyMode: setting(
    z.enum(["boolean", "fraction", "scalar"]).default("boolean"),
    "boolean: +2 all checks, -2 none, else their share; fraction: always their share; scalar: weighted share from -2 to +2.",
    "boolean",
  ),
  gatedFormat: setting(z.boolean().default(false), "Give the format reward only where the accuracy gate is passed too.", false),
  formatMode: setting(
    z.enum(["lenient", "strict", "think-only"]).default("lenient"),
    "lenient: each tag once and in order; strict: nothing but white space around the two blocks; think-only: for models that reason natively.",
    "lenient",
  ),
});

const judgeSchema = z.strictObject({
  model: setting(
    z.string().default(""),
    "Who answers the data's yes/no questions: local:<model folder>, or endpoint:<url>#<model> (key: RAIF_JUDGE_KEY); nothing: nobody.",
  ),
  concurrency: setting(count().default(8), "Endpoint: requests on the way at the same time."),
  timeoutSeconds: setting(positive().default(60), "Endpoint: longest time for one reply."),
  retries: setting(countOrOff().default(10), "Endpoint: tries after a failed first one, with growing pauses; 10 wait about four minutes."),
});

const dynamicSamplingSchema = z.strictObject({
  enabled: setting(z.boolean().default(false), "Sample further prompts until promptsPerStep groups carry a signal (DAPO).", false),
  maxRounds: setting(count().default(4), "At most so many rollout rounds in a step."),
});

const importanceCorrectionSchema = z.strictObject({
  enabled: setting(z.boolean().default(false), "Weight each token by min(cap, trainer probability / sampler probability).", false),
  cap: setting(positive().default(2), "Upper bound of that weight."),
});

const loraSchema = z.strictObject({
  enabled: setting(
    z.boolean().default(false),
    "Train a low-rank adapter instead of all weights; the reference is then the model without it.",
  ),
  rank: setting(count().default(16), "Rank of the adapter."),
  alpha: setting(positive().default(32), "The adapter is scaled by alpha / rank."),
  dropout: setting(z.number().min(0).lt(1).default(0), "Share of adapter inputs zeroed while training."),
  targets: setting(z.enum(["all-linear", "attention"]).default("all-linear"), "Layers that carry the adapter."),
  baseBits: setting(
    z
      .int()
      .min(4)
      .max(32)
      .refine((bits) => [4, 8, 16, 32].includes(bits), { error: "4, 8, 16 or 32" })
      .default(32),
    "Bits a weight of the frozen layers under the adapter: 4 or 8 put them into blocks while loading (QLoRA), 16 keeps them in float16 (WebGPU with shader-f16 only), 32 leaves them as they are.",
  ),
});

const sftSchema = z.strictObject({
  tokensPerStep: setting(count().default(4096), "Supervised method: tokens (prompt and response) of one update."),
  maxSequenceTokens: setting(count().default(1024), "Supervised method: longer examples are skipped and counted."),
  promptLossWeight: setting(z.number().min(0).default(0), "Supervised method: loss weight of prompt tokens relative to response tokens."),
});

export const trainingConfigSchema = z.strictObject({
  method: setting(
    z.enum(["raif", "grpo", "sft"]).default("raif"),
    "raif: GRPO with superior-CoT and cloning; grpo: neither; sft: supervised on the expert demonstrations.",
    "raif",
  ),
  seed: setting(z.int().min(0).max(0xffffffff).default(1), "All randomness derives from this number."),
  steps: setting(count().default(2000), "Rollout steps (supervised method: updates).", 2000),
  checkpointEverySteps: setting(count().default(10), "Steps between resumable checkpoints; the last step always has one."),
  keepCheckpoints: setting(count().default(2), "Resumable checkpoints that are kept; older ones are removed."),

  promptsPerStep: setting(count().default(32), "Prompts of one rollout step.", 32),
  numGenerations: setting(z.int().min(2).default(8), "Responses per prompt where superior-CoT does not apply (maths, or switched off).", 8),
  maths: setting(z.boolean().default(true), "Train on mathematics problems too; off leaves them out of the run.", true),
  temperature: setting(positive().default(1), "Sampling temperature; the loss uses the same.", 1),
  topP: setting(z.number().positive().max(1).default(1), "Nucleus sampling; 1 is off.", 1),
  topK: setting(countOrOff().default(0), "Sample among the k likeliest tokens; 0 is off.", 0),
  maxPromptTokens: setting(count().default(1024), "Longer prompts are left out of the run and reported, never cut.", 1024),
  maxNewTokens: setting(count().default(4096), "Longest response, in tokens.", 4096),

  activationCheckpointing: setting(
    z.boolean().default(false),
    "Keep only the input of each layer for the backward pass and compute the rest again: far less memory, a third more arithmetic.",
  ),
  tokensPerMicroBatch: setting(
    countOrOff().default(0),
    "Most tokens that go through the model at once in an update; 0: as many, up to 2048, as are estimated to fit.",
  ),
  workers: setting(
    countOrOff().max(64).default(0),
    "Threads that each sample and train on their own share of a step, on the CPU; 0: as many as cores for small models, 1 (all compute together) for others. Stored as chosen: the same number gives the same run.",
  ),

  optimizerStepsPerRollout: setting(count().default(1), "Updates per rollout step; the groups are split evenly among them."),
  policySamplesPerMicroStep: setting(count().default(8), "Policy samples that share one expert sample, and one token mean under bnpo."),
  learningRate: setting(positive().default(1e-6), "Peak learning rate.", 1e-6),
  schedule: setting(z.enum(["cosine", "linear", "constant"]).default("cosine"), "Shape of the decay after the warm-up.", "cosine"),
  minLearningRateRatio: setting(fraction().default(0.1), "Final learning rate as a fraction of the peak.", 0.1),
  warmupUpdates: setting(countOrOff().default(0), "Updates with a rising learning rate."),
  adamBeta1: setting(z.number().min(0).lt(1).default(0.9), "AdamW decay of the first moment.", 0.9),
  adamBeta2: setting(z.number().min(0).lt(1).default(0.95), "AdamW decay of the second moment.", 0.95),
  adamEpsilon: setting(positive().default(1e-8), "AdamW denominator guard."),
  weightDecay: setting(z.number().min(0).default(0), "AdamW weight decay.", 0),
  maxGradNorm: setting(z.number().min(0).default(1), "Clip the global gradient norm; 0 is off.", 1),

  epsilonLow: setting(z.number().min(0).max(1).default(0.2), "The probability ratio is clipped below 1 minus this.", 0.2),
  epsilonHigh: setting(z.number().min(0).default(0.2), "The probability ratio is clipped above 1 plus this (clip-higher: 0.28).", 0.2),
  beta: setting(z.number().min(0).default(1e-3), "Weight of the KL term against the initial policy; 0 saves the reference pass.", 1e-3),
  klEstimator: setting(z.enum(["k1", "k2", "k3"]).default("k3"), "Per-token KL estimate.", "k3"),
  lossAggregation: setting(
    z.enum(["grpo", "dr_grpo", "dapo", "bnpo"]).default("grpo"),
    "grpo: mean over tokens, then samples; dr_grpo: by maxNewTokens; dapo: by all tokens of the update; bnpo: by the tokens of each micro-step.",
    "grpo",
  ),
  importanceLevel: setting(
    z.enum(["token", "sequence"]).default("token"),
    "Probability ratio per token (PPO) or per sequence (GSPO).",
    "token",
  ),
  advantageScaling: setting(
    z.enum(["group", "batch", "none"]).default("group"),
    "Divide centred rewards by the group's deviation, the step's, or nothing.",
    "group",
  ),
  skipZeroVariance: setting(
    z.boolean().default(false),
    "Leave groups without any advantage out of the update altogether, KL included.",
    false,
  ),
  overlong: setting(
    z.enum(["mask", "penalise", "keep"]).default("mask"),
    "Responses cut at maxNewTokens: no loss, a length penalty, or trained on as they are.",
  ),
  overlongBufferTokens: setting(
    countOrOff().default(0),
    "penalise: the penalty grows linearly over the last so many tokens; 0 penalises cut responses only.",
  ),
  overlongPenalty: setting(z.number().min(0).default(1), "penalise: reward taken from a response that reaches maxNewTokens."),

  superiorCot: setting(superiorCotSchema.prefault({}), "Superior-CoT enforcement."),
  cloning: setting(cloningSchema.prefault({}), "Behaviour cloning against drift."),
  reward: setting(rewardSchema.prefault({}), "Reward options."),
  judge: setting(judgeSchema.prefault({}), "Judge."),
  dynamicSampling: setting(dynamicSamplingSchema.prefault({}), "Dynamic sampling."),
  importanceCorrection: setting(importanceCorrectionSchema.prefault({}), "Correction where sampler and trainer disagree."),
  lora: setting(loraSchema.prefault({}), "Adapter training."),
  sft: setting(sftSchema.prefault({}), "Supervised method."),
});

export type TrainingConfig = z.infer<typeof trainingConfigSchema>;

export const DEFAULT_CONFIG: TrainingConfig = trainingConfigSchema.parse({});

/** One leaf of the schema, for help texts and forms. */
export interface SettingDescription {
  /** Dotted path, as in `--set superiorCot.enabled=false`. */
  readonly key: string;
  readonly description: string;
  readonly type: "boolean" | "integer" | "number" | "choice" | "text";
  readonly choices?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default: unknown;
  readonly paper?: unknown;
}

interface JsonSchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly paper?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchemaNode>>;
}

/** All settings in schema order. */
export function describeSettings(): readonly SettingDescription[] {
  return leaves("", z.toJSONSchema(trainingConfigSchema, { io: "input" }) as JsonSchemaNode);
}

function leaves(prefix: string, node: JsonSchemaNode): SettingDescription[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const key = `${prefix}${name}`;
    if (child.properties !== undefined) return leaves(`${key}.`, child);
    const type = child.enum !== undefined ? "choice" : child.type === "string" ? "text" : (child.type as "boolean" | "integer" | "number");
    return [
      {
        key,
        description: child.description ?? "",
        type,
        default: child.default,
        ...(child.enum === undefined ? {} : { choices: child.enum }),
        ...(child.minimum === undefined ? {} : { minimum: child.minimum }),
        ...(child.maximum === undefined ? {} : { maximum: child.maximum }),
        ...(child.paper === undefined ? {} : { paper: child.paper }),
      },
    ];
  });
}
