// The prompts of a synthesis: shipped ones, changed by the user's own. Filling in the places is all the logic they have.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { WorkbenchError } from "../../../shared/errors.ts";
import { canonicalJson, sha256 } from "../../storage/hashing.ts";
import { SYNTHESIS_FOLDER } from "../resource-paths.ts";

/** Each prompt with the places it has to have. */
const PLACES = {
  tags: ["seed"],
  words: ["seed"],
  input: ["seed"],
  instruction: ["seed", "conditions", "inputNote"],
  questions: ["seed", "conditions", "count"],
  merge: ["instruction", "wishes"],
  answer: ["instruction"],
  "question-check": ["instruction", "answer", "question"],
  review: ["instruction", "answer"],
} as const satisfies Record<string, readonly string[]>;

export type PromptName = keyof typeof PLACES;
export const PROMPT_NAMES = Object.keys(PLACES) as readonly PromptName[];

export interface SynthesisPrompts {
  readonly texts: Readonly<Record<PromptName, string>>;
  /** SHA-256 of all texts. */
  readonly hash: string;
}

/** Texts of `changed` take the place of shipped ones. Throws "invalid-config" where one lacks a place. */
export async function synthesisPrompts(changed: Readonly<Record<string, string>> = {}): Promise<SynthesisPrompts> {
  const unknown = Object.keys(changed).find((name) => !PROMPT_NAMES.includes(name as PromptName));
  if (unknown !== undefined) {
    throw new WorkbenchError("invalid-config", `there is no prompt "${unknown}"`, { expected: PROMPT_NAMES.join(", "), got: unknown });
  }
  const entries = await Promise.all(
    PROMPT_NAMES.map(
      async (name) => [name, changed[name] ?? (await readFile(join(SYNTHESIS_FOLDER, "prompts", `${name}.txt`), "utf8"))] as const,
    ),
  );
  for (const [name, text] of entries) {
    const missing = PLACES[name].find((place) => !text.includes(`{{${place}}}`));
    if (missing === undefined) continue;
    throw new WorkbenchError("invalid-config", `the prompt "${name}" lacks a place`, { where: `${name}.txt`, expected: `{{${missing}}}` });
  }
  const texts = Object.fromEntries(entries) as Record<PromptName, string>;
  return { texts, hash: sha256(canonicalJson(texts)) };
}

/** Prompts of a folder: NAME.txt for those that differ from the shipped ones. Throws "file-not-found". */
export async function changedPrompts(folder: string): Promise<Record<string, string>> {
  const changed: Record<string, string> = {};
  for (const name of PROMPT_NAMES) {
    try {
      changed[name] = await readFile(join(folder, `${name}.txt`), "utf8");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT") {
        throw new WorkbenchError("file-not-found", "a prompt cannot be read", { where: join(folder, `${name}.txt`) }, { cause });
      }
    }
  }
  if (Object.keys(changed).length === 0) {
    throw new WorkbenchError("file-not-found", "the folder has no prompts", {
      where: folder,
      expected: PROMPT_NAMES.map((name) => `${name}.txt`).join(", "),
    });
  }
  return changed;
}

/** The places that a prompt has to have. */
export function placesOf(name: PromptName): readonly string[] {
  return PLACES[name];
}

/** Every {{place}} filled in; what is filled in is never looked at again. */
export function fillPrompt(prompts: SynthesisPrompts, name: PromptName, values: Readonly<Record<string, string>>): string {
  return prompts.texts[name].replace(/\{\{(\w+)\}\}/g, (place, key: string) => values[key] ?? place).trim();
}
