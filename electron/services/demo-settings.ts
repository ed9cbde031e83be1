// What the demonstration does, in numbers: one place to tune it. Everything is a fixed count, so that results never depend on
// how fast a machine is; the counts are chosen to stay within ten minutes, and 90 seconds for the quick one, on two cores.

export interface DemoSettings {
  readonly trainData: string;
  readonly heldout: string;
  readonly heldoutOod: string;
  /** Only the first so many records of each held-out set; absent = all. */
  readonly limits?: { readonly heldout: number; readonly heldoutOod: number };
  /** Longest response in an evaluation, in tokens. */
  readonly maxNewTokens: number;
  /** Overrides on the paper's recipe, as for `--set`. */
  readonly training: Readonly<Record<string, string | number | boolean>>;
}

/**
 * With so few steps the rate of the paper, 1e-6 for billions of parameters, would leave a model of a few million where it is; at this
 * rate a full cloning coefficient drowns the policy's gradient (docs/experiments.md).
 */
const SMALL_MODEL_TRAINING = {
  learningRate: 3e-4,
  warmupUpdates: 2,
  schedule: "cosine",
  promptsPerStep: 16,
  "cloning.coefficient": 0.2,
  maxPromptTokens: 256,
  maxNewTokens: 192,
  "superiorCot.thinkSamples": 8,
  "superiorCot.emptySamples": 2,
  checkpointEverySteps: 10,
  keepCheckpoints: 1,
} as const;

export const DEMO_SETTINGS: DemoSettings = {
  trainData: "starter",
  heldout: "heldout",
  heldoutOod: "heldout-ood",
  maxNewTokens: 256,
  training: { ...SMALL_MODEL_TRAINING, steps: 50 },
};

export const QUICK_SETTINGS: DemoSettings = {
  ...DEMO_SETTINGS,
  limits: { heldout: 128, heldoutOod: 64 },
  training: { ...SMALL_MODEL_TRAINING, promptsPerStep: 8, learningRate: 6e-4, steps: 14 },
};
