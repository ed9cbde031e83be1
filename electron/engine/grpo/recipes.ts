// Named starting points: the paper, the released code where it deviates (method document, sections 3 to 6), and the paper's
// ablations. Order of precedence: defaults, recipe, method, explicit overrides.

import { WorkbenchError } from "../../../shared/errors.ts";
import { DEFAULT_CONFIG, type TrainingConfig } from "./config.ts";
import { applyOverrides, flattenOverrides } from "./overrides.ts";

type Overrides = Readonly<Record<string, unknown>>;

export const RECIPES = {
  paper: {},
  "released-code": {
    "superiorCot.thinkSamples": 6,
    "superiorCot.emptySamples": 2,
    "superiorCot.keepWhenAllEqual": true,
    "superiorCot.gateThinkForEmpty": true,
    "superiorCot.advantageGroup": "all",
    "superiorCot.dropped": "mask",
    "cloning.tokens": "all",
    maxPromptTokens: 8192,
    overlong: "keep",
  },
  "no-superior-cot": { "superiorCot.enabled": false },
  "no-cloning": { "cloning.enabled": false },
  "no-maths": { maths: false },
  grpo: { method: "grpo" },
  sft: { method: "sft" },
} as const satisfies Record<string, Overrides>;

export type RecipeName = keyof typeof RECIPES;

/** What a method fixes; GRPO alone means every response reasons and nothing is cloned. */
const METHOD_OVERRIDES: Readonly<Record<TrainingConfig["method"], Overrides>> = {
  raif: {},
  grpo: { "superiorCot.enabled": false, "cloning.enabled": false },
  sft: {},
};

export interface ConfigRequest {
  /** A recipe's name, or the parsed content of a recipe file. */
  readonly recipe?: string | { readonly file: string; readonly content: unknown };
  readonly method?: TrainingConfig["method"];
  /** Dotted overrides in order, the last wins. */
  readonly set?: Iterable<readonly [key: string, value: unknown]>;
}

/** The full settings of a run. Throws "invalid-argument" (unknown recipe) and "invalid-config". */
export function resolveConfig(request: ConfigRequest): TrainingConfig {
  const recipe = recipeOverrides(request.recipe ?? "paper");
  let config = applyOverrides(DEFAULT_CONFIG, recipe.overrides, recipe.where);
  const method = request.method ?? [...(request.set ?? [])].findLast(([key]) => key === "method")?.[1] ?? config.method;
  config = applyOverrides(config, [["method", method]]);
  config = applyOverrides(config, Object.entries(METHOD_OVERRIDES[config.method]));
  return applyOverrides(config, request.set ?? []);
}

function recipeOverrides(recipe: NonNullable<ConfigRequest["recipe"]>): { where: string; overrides: (readonly [string, unknown])[] } {
  if (typeof recipe !== "string") return { where: recipe.file, overrides: flattenOverrides(recipe.content, recipe.file) };
  if (!Object.hasOwn(RECIPES, recipe)) {
    throw new WorkbenchError("invalid-argument", `there is no recipe called "${recipe}"`, {
      expected: `one of ${Object.keys(RECIPES).join(", ")}, or a JSON file`,
    });
  }
  return { where: `recipe ${recipe}`, overrides: Object.entries(RECIPES[recipe as RecipeName]) };
}
