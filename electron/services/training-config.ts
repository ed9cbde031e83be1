// The settings that a request for a training asks for: recipe by name or file, single settings, and the options that are settings.

import { readFile } from "node:fs/promises";
import { WorkbenchError } from "../../shared/errors.ts";
import type { TrainingConfig } from "../engine/grpo/config.ts";
import { RECIPES, type ConfigRequest } from "../engine/grpo/recipes.ts";

export interface SettingsRequest {
  readonly method?: TrainingConfig["method"];
  /** Name of a recipe, or a JSON file of settings. */
  readonly recipe?: string;
  readonly set?: readonly (readonly [key: string, value: unknown])[];
  readonly steps?: number;
  readonly seed?: number;
  /** Same as the setting judge.model. */
  readonly judge?: string;
}

/** Throws "file-not-found" and "invalid-json" for a recipe file. */
export async function configRequest(request: SettingsRequest): Promise<ConfigRequest> {
  const set: (readonly [string, unknown])[] = [...(request.set ?? [])];
  if (request.steps !== undefined) set.push(["steps", request.steps]);
  if (request.seed !== undefined) set.push(["seed", request.seed]);
  if (request.judge !== undefined) set.push(["judge.model", request.judge]);
  const recipe = request.recipe === undefined || Object.hasOwn(RECIPES, request.recipe) ? request.recipe : await readRecipe(request.recipe);
  return { set, ...(recipe === undefined ? {} : { recipe }), ...(request.method === undefined ? {} : { method: request.method }) };
}

async function readRecipe(path: string): Promise<{ file: string; content: unknown }> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const expected = `one of ${Object.keys(RECIPES).join(", ")}, or a JSON file`;
    throw new WorkbenchError("file-not-found", "there is no such recipe", { where: path, expected }, { cause });
  }
  try {
    return { file: path, content: JSON.parse(text) as unknown };
  } catch (cause) {
    throw new WorkbenchError("invalid-json", "the recipe is not JSON", { where: path, got: String(cause) }, { cause });
  }
}
