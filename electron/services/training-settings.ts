// The training settings as a front end sees them: which there are, and what a user's "key=value" means.

import { describeSettings, type SettingDescription } from "../engine/grpo/config.ts";
import { parseAssignment } from "../engine/grpo/overrides.ts";
import { RECIPES } from "../engine/grpo/recipes.ts";

export const RECIPE_NAMES: readonly string[] = Object.keys(RECIPES);

export function listSettings(): readonly SettingDescription[] {
  return describeSettings();
}

/** Throws "invalid-argument" where a text is not key=value. */
export function parseSettings(assignments: readonly string[]): (readonly [key: string, value: unknown])[] {
  return assignments.map(parseAssignment);
}
