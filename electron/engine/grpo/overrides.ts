// Dotted overrides on the training settings: `--set key=value` and recipe files. Every mistake names the key, what was
// expected, what was given and the nearest key that exists.

import type { z } from "zod";
import { WorkbenchError } from "../../../shared/errors.ts";
import { DEFAULT_CONFIG, describeSettings, trainingConfigSchema, type SettingDescription, type TrainingConfig } from "./config.ts";
import { nearestSetting } from "./setting-names.ts";

/** Parses "key=value"; the value is JSON where it parses as such, else plain text. Throws "invalid-argument". */
export function parseAssignment(text: string): readonly [key: string, value: unknown] {
  const equals = text.indexOf("=");
  if (equals < 1) {
    throw new WorkbenchError("invalid-argument", "a setting must be given as key=value", { where: "--set", got: JSON.stringify(text) });
  }
  return [text.slice(0, equals).trim(), parseValue(text.slice(equals + 1).trim())];
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Applies overrides by dotted key and validates the whole. Throws "invalid-config". */
export function applyOverrides(
  config: TrainingConfig,
  overrides: Iterable<readonly [key: string, value: unknown]>,
  where = "--set",
): TrainingConfig {
  const settings = new Map(describeSettings().map((setting) => [setting.key, setting]));
  const draft = structuredClone(config) as Record<string, unknown>;
  for (const [key, value] of overrides) {
    if (!settings.has(key)) throw unknownKey(key, where, [...settings.keys()]);
    const path = key.split(".");
    let target = draft;
    for (const part of path.slice(0, -1)) target = target[part] as Record<string, unknown>;
    target[path.at(-1) as string] = value;
  }
  const parsed = trainingConfigSchema.safeParse(draft);
  if (!parsed.success) throw invalidValue(parsed.error, draft, where, settings);
  return parsed.data;
}

/** Turns a nested partial config (a recipe file) into dotted overrides. */
export function flattenOverrides(node: unknown, where: string, prefix = ""): (readonly [string, unknown])[] {
  if (node === null || typeof node !== "object" || Array.isArray(node)) {
    throw new WorkbenchError("invalid-config", "a recipe must be a JSON object of settings", {
      where,
      got: JSON.stringify(node) ?? typeof node,
    });
  }
  return Object.entries(node).flatMap(([name, value]: [string, unknown]) => {
    const key = `${prefix}${name}`;
    const group = (DEFAULT_CONFIG as Record<string, unknown>)[key];
    return typeof group === "object" && group !== null ? flattenOverrides(value, where, `${key}.`) : [[key, value] as const];
  });
}

function unknownKey(key: string, where: string, keys: readonly string[]): WorkbenchError {
  const nearest = nearestSetting(key, keys);
  const hint = nearest === undefined ? "raif settings lists them all." : `The nearest is "${nearest}".`;
  return new WorkbenchError("invalid-config", `there is no setting called "${key}"`, { where, hint });
}

function invalidValue(error: z.ZodError, draft: unknown, where: string, settings: ReadonlyMap<string, SettingDescription>): WorkbenchError {
  const issue = error.issues[0];
  const key = (issue?.path ?? []).join(".");
  let value = draft;
  for (const part of issue?.path ?? []) value = (value as Record<PropertyKey, unknown>)[part];
  const setting = settings.get(key);
  return new WorkbenchError("invalid-config", `the setting "${key}" does not take this value`, {
    where,
    expected: setting === undefined || issue?.code === "custom" ? (issue?.message ?? "a valid value") : expectation(setting),
    got: JSON.stringify(value) ?? String(value),
  });
}

function expectation(setting: SettingDescription): string {
  if (setting.type === "choice") return `one of ${(setting.choices ?? []).join(", ")}`;
  if (setting.type === "boolean") return "true or false";
  if (setting.type === "text") return "a text";
  const noun = setting.type === "integer" ? "a whole number" : "a number";
  const low = setting.minimum === undefined ? "" : ` from ${setting.minimum}`;
  const high = setting.maximum === undefined || setting.maximum >= Number.MAX_SAFE_INTEGER ? "" : ` to ${setting.maximum}`;
  return `${noun}${low}${high}${setting.minimum === undefined && setting.type === "number" ? " above 0" : ""}`;
}
