// The small real training that a new workspace is given, and what its model and its base then say to the same held-out instructions, so
// that every page has something to show within a minute.

import type { TrainingRequest } from "../../shared/contract/training.ts";
import type { WeightsSource } from "../../shared/domain/generation.ts";
import type { EvaluationMethod } from "../engine/benchmarks/methods.ts";

export const EXAMPLE_REQUEST: TrainingRequest = {
  model: "nano",
  data: "starter",
  recipe: "paper",
  device: "auto",
  name: "Example: six quick steps",
  set: {
    steps: 6,
    promptsPerStep: 4,
    // What a model of a few million parameters needs; the paper's rate is for billions.
    learningRate: 1e-3,
    warmupUpdates: 1,
    "cloning.coefficient": 0.2,
    maxPromptTokens: 256,
    maxNewTokens: 128,
    checkpointEverySteps: 2,
    keepCheckpoints: 3,
  },
};

interface ExampleEvaluation {
  readonly source: WeightsSource;
  readonly data: string;
  readonly method: EvaluationMethod;
  readonly limit: number;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly seed: number;
}

/** Enough to have every composition among them. */
const INSTRUCTIONS = 24;

/** With and without reasoning, base first. `runId` is the example's run, whose newest checkpoint speaks. */
export function exampleEvaluations(runId: number): readonly ExampleEvaluation[] {
  const sources: readonly WeightsSource[] = [
    { type: "base", model: EXAMPLE_REQUEST.model },
    { type: "checkpoint", runId },
  ];
  const methods: readonly EvaluationMethod[] = ["cot", "no-think"];
  return sources.flatMap((source) =>
    methods.map((method) => ({
      source,
      data: "heldout",
      method,
      limit: INSTRUCTIONS,
      maxNewTokens: 128,
      temperature: 0,
      seed: 1,
    })),
  );
}
