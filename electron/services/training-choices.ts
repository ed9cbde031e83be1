// What a training session can be set up with, as the interface shows it: every setting under its heading, recipes with what they
// change, and what a half-filled form amounts to.

import type { Recipe, ResolvedSettings, SettingDescription } from "../../shared/domain/training.ts";
import { isWorkbenchError } from "../../shared/errors.ts";
import { DEFAULT_CONFIG, describeSettings } from "../engine/grpo/config.ts";
import { RECIPES, resolveConfig, type RecipeName } from "../engine/grpo/recipes.ts";
import { flattenSettings } from "./run-views.ts";
import { promptLimit } from "./training-data.ts";

const GROUPS_BY_PREFIX: Readonly<Record<string, string>> = {
  superiorCot: "Superior-CoT",
  cloning: "Behaviour cloning",
  reward: "Reward",
  judge: "Judge",
  dynamicSampling: "Dynamic sampling",
  importanceCorrection: "Sampler correction",
  lora: "Adapter",
  sft: "Supervised training",
};

const TOP_LEVEL_GROUPS: Readonly<Record<string, readonly string[]>> = {
  Run: ["method", "seed", "steps", "checkpointEverySteps", "keepCheckpoints"],
  Rollout: ["promptsPerStep", "numGenerations", "maths", "temperature", "topP", "topK", "maxPromptTokens", "maxNewTokens"],
  Optimiser: [
    ...["optimizerStepsPerRollout", "policySamplesPerMicroStep", "learningRate", "schedule", "minLearningRateRatio", "warmupUpdates"],
    ...["adamBeta1", "adamBeta2", "adamEpsilon", "weightDecay", "maxGradNorm"],
  ],
  "Memory and cores": ["activationCheckpointing", "tokensPerMicroBatch", "workers"],
  "Policy loss": [
    ...["epsilonLow", "epsilonHigh", "beta", "klEstimator", "lossAggregation", "importanceLevel", "advantageScaling"],
    ...["skipZeroVariance", "overlong", "overlongBufferTokens", "overlongPenalty"],
  ],
};

const RECIPE_TEXTS: Readonly<Record<RecipeName, { readonly title: string; readonly description: string }>> = {
  paper: {
    title: "Paper",
    description: "As the paper describes it: GRPO with rule rewards, superior-CoT enforcement and behaviour cloning.",
  },
  "released-code": {
    title: "Released code",
    description: "As the authors' released code does it, where that deviates from the paper; some of it keeps the filter from firing.",
  },
  "no-superior-cot": {
    title: "Without superior-CoT",
    description: "Ablation: every group is trained on, whether its reasoning pays or not.",
  },
  "no-cloning": { title: "Without cloning", description: "Ablation: nothing holds the model close to the expert demonstrations." },
  "no-maths": { title: "Without maths", description: "Ablation: mathematics problems are left out." },
  grpo: { title: "GRPO only", description: "Neither superior-CoT enforcement nor cloning: plain GRPO on the rule rewards." },
  sft: { title: "Supervised", description: "No rewards at all: next-token training on the expert demonstrations." },
};

/** In the order of the schema. */
export function settingChoices(): SettingDescription[] {
  return describeSettings().map(({ key, description, type, choices, minimum, maximum, default: value, paper }) => ({
    key,
    group: groupOf(key),
    description,
    type,
    choices: choices ?? null,
    minimum: realLimit(minimum),
    maximum: realLimit(maximum),
    default: value,
    paper: paper ?? null,
  }));
}

function groupOf(key: string): string {
  const [prefix = "", rest] = key.split(".");
  if (rest !== undefined) return GROUPS_BY_PREFIX[prefix] ?? prefix;
  return Object.keys(TOP_LEVEL_GROUPS).find((group) => TOP_LEVEL_GROUPS[group]?.includes(key) === true) ?? "Other";
}

/** Limits of the number type are no limits to a user. */
function realLimit(limit: number | undefined): number | null {
  return limit === undefined || Math.abs(limit) >= Number.MAX_SAFE_INTEGER ? null : limit;
}

/** The paper's first. */
export function recipeChoices(): Recipe[] {
  const defaults = flattenSettings(DEFAULT_CONFIG);
  return (Object.keys(RECIPES) as RecipeName[]).map((name) => {
    const config = flattenSettings(resolveConfig({ recipe: name }));
    const overrides = Object.fromEntries(Object.entries(config).filter(([key, value]) => value !== defaults[key]));
    return { name, ...RECIPE_TEXTS[name], overrides };
  });
}

/** Settings that cannot be taken are named and left at the recipe's value; `contextTokens` is the model's. */
export function resolveChoices(recipe: string, set: Readonly<Record<string, unknown>>, contextTokens?: number): ResolvedSettings {
  const problems: { key: string | null; message: string }[] = [];
  const attempt = <Outcome>(key: string | null, body: () => Outcome): Outcome | undefined => {
    try {
      return body();
    } catch (error) {
      if (!isWorkbenchError(error)) throw error;
      problems.push({ key, message: error.message });
      return undefined;
    }
  };
  const start = attempt(null, () => resolveConfig({ recipe })) ?? DEFAULT_CONFIG;
  const known = Object.hasOwn(RECIPES, recipe) ? recipe : "paper";
  const good = Object.entries(set).filter(([key, value]) => attempt(key, () => resolveConfig({ recipe: known, set: [[key, value]] })));
  const config = resolveConfig({ recipe: known, set: good });
  if (contextTokens !== undefined) attempt("maxNewTokens", () => promptLimit(contextTokens, config));
  const values = flattenSettings(config);
  const recipeValues = flattenSettings(start);
  const paper = new Map(describeSettings().map((setting) => [setting.key, setting.paper]));
  const differences = Object.keys(values)
    .filter((key) => values[key] !== recipeValues[key])
    .map((key) => ({ key, value: values[key], recipe: recipeValues[key], paper: paper.get(key) ?? null }));
  return { values, differences, problems };
}
