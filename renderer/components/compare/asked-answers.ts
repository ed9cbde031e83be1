// Where answers that weights gave when they were asked are kept: jobs of the workspace hold them, this window remembers which. A
// reload finds them again; another window asks anew.

import { SvelteMap } from "svelte/reactivity";
import { paneSourceSchema, type PaneSource } from "../../../shared/domain/comparison.ts";

const STORAGE_KEY = "raif.compare.asked";
const KEPT = 400;

/** Source by the key of what was asked. What cannot be read is forgotten. */
export function rememberedAnswers(): SvelteMap<string, PaneSource> {
  const answers = new SvelteMap<string, PaneSource>();
  try {
    const entries = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "[]") as readonly (readonly [unknown, unknown])[];
    for (const [key, source] of entries) if (typeof key === "string") answers.set(key, paneSourceSchema.parse(source));
  } catch {
    sessionStorage.removeItem(STORAGE_KEY);
  }
  return answers;
}

export function rememberAnswers(answers: ReadonlyMap<string, PaneSource>): void {
  sessionStorage.setItem(STORAGE_KEY, JSON.stringify([...answers].slice(-KEPT)));
}
