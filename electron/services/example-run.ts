// The small real training that a new workspace is given, so that every page has something to show within a minute.

import type { TrainingRequest } from "../../shared/contract/training.ts";

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
