// A whole training run on the bigram policy: sixteen one-token prompts, rewards read off the sampled tokens, a sink that keeps
// everything. For trainer tests; not part of the product.

import { createHash } from "node:crypto";
import type { Reward } from "../../../../shared/domain/verdict.ts";
import type { TrainingConfig } from "../config.ts";
import { resolveConfig } from "../recipes.ts";
import type { RewardFn, RewardRequest, RunSink, TrainerCheckpoint, TrainerHooks, TrainerState, TrainingPrompt } from "../run-context.ts";
import type { StepResult } from "../step.ts";
import { trainPolicy } from "../trainer.ts";
import { BigramPolicy } from "./bigram-policy.ts";

export const VOCAB_SIZE = 8;
const STOP = 0;

export const TINY_OVERRIDES: readonly (readonly [string, unknown])[] = Object.entries({
  steps: 6,
  promptsPerStep: 4,
  numGenerations: 4,
  maxNewTokens: 6,
  learningRate: 0.05,
  checkpointEverySteps: 2,
  policySamplesPerMicroStep: 4,
  "superiorCot.thinkSamples": 4,
  "superiorCot.emptySamples": 2,
});

export function tinyConfig(overrides: Readonly<Record<string, unknown>> = {}): TrainingConfig {
  return resolveConfig({ set: [...TINY_OVERRIDES, ...Object.entries(overrides)] });
}

/** Prompts 0 to 15; every fourth is maths. */
export function tinyPrompt(index: number): TrainingPrompt {
  const token = 1 + (index % (VOCAB_SIZE - 1));
  return {
    recordId: `record-${index}`,
    kind: index % 4 === 3 ? "math" : "instruction",
    think: { ids: [token, 1], text: `${token}`, prefill: "T:" },
    empty: { ids: [token, 2], text: `${token}`, prefill: "E:" },
    expert: { promptIds: [token, 1], responseIds: [5, 6, STOP] },
  };
}

/** Two checks: token 5 occurs, token 6 occurs. Format: the response ended. An ungated empty row passes the gate. */
export const tinyReward = (requests: readonly RewardRequest[]): readonly Reward[] => requests.map(rewardOf);

function rewardOf({ text, requireThink }: RewardRequest): Reward {
  const gated = text.startsWith("E:") && requireThink;
  const passed = Number(text.includes("5")) + Number(text.includes("6"));
  const accuracy = gated || passed === 0 ? -2 : passed === 2 ? 2 : passed / 2;
  const format = text.includes("5 6") ? 1 : -1;
  return { total: format + accuracy, format, accuracy, passed, checks: 2, gate: gated ? "empty-think" : "ok", verdicts: [] };
}

export interface TinyRun {
  readonly policy: BigramPolicy;
  readonly results: StepResult[];
  readonly checkpoints: TrainerCheckpoint[];
  readonly state: TrainerState;
}

export interface TinyRunOptions {
  readonly config?: TrainingConfig;
  readonly hooks?: TrainerHooks;
  readonly reward?: RewardFn;
  readonly resumeFrom?: TrainerCheckpoint;
  /** Size of the expert source. */
  readonly experts?: number;
  /** Filled as the run goes, so that a failed run can be looked at. */
  readonly results?: StepResult[];
  readonly checkpoints?: TrainerCheckpoint[];
}

export async function tinyRun(options: TinyRunOptions = {}): Promise<TinyRun> {
  const config = options.config ?? tinyConfig();
  const { epsilonLow, epsilonHigh, klEstimator, importanceLevel, temperature } = config;
  const policy = new BigramPolicy(VOCAB_SIZE, 3, { epsilonLow, epsilonHigh, klEstimator, importanceLevel, temperature });
  const { results = [], checkpoints = [] } = options;
  const sink: RunSink = {
    recordStep(result, checkpoint) {
      results.push(result);
      if (checkpoint !== undefined) checkpoints.push(checkpoint);
    },
  };
  const state = await trainPolicy({
    config,
    policy,
    sink,
    sampler: {
      stopTokenIds: [STOP],
      refresh() {},
      generate: (groups, settings) => policy.generate(groups, settings),
      decode: (tokenIds) => tokenIds.filter((token) => token !== STOP).join(" "),
    },
    prompts: { size: 16, promptAt: tinyPrompt },
    experts: { size: options.experts ?? 16, expertAt: (index) => tinyPrompt(index).expert ?? { promptIds: [], responseIds: [] } },
    reward: options.reward ?? tinyReward,
    hooks: options.hooks ?? {},
    ...(options.resumeFrom === undefined ? {} : { resumeFrom: options.resumeFrom }),
  });
  return { policy, results, checkpoints, state };
}

/** SHA-256 over everything a step produced except timings. */
export function digestOf(results: readonly StepResult[], policy: BigramPolicy): string {
  const hash = createHash("sha256");
  for (const { timingsMs: _, ...result } of results) hash.update(JSON.stringify(result, plain));
  return hash.update(JSON.stringify(policy.exportState(), plain)).digest("hex");
}

function plain(_: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value instanceof Float32Array ? [...value] : value;
}
