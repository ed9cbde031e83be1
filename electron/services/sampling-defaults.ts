// How a model samples where nobody says: as its generation_config.json asks. Fields that shape sampling in ways the sampler does
// not know are named, so that a caller can say that they have no effect. Reads no files.

import { WorkbenchError } from "../../shared/errors.ts";
import type { GenerationConfig } from "../engine/model/hf-folder.ts";

export interface SamplingChoices {
  /** 0 = greedy. */
  readonly temperature?: number | undefined;
  /** In (0, 1]. */
  readonly topP?: number | undefined;
  /** 0 = all tokens. */
  readonly topK?: number | undefined;
}

export interface Sampling {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  /** Fields of generation_config.json that decided, as the file names them. */
  readonly fromModel: readonly string[];
  /** Fields that ask for something else than their default and are not applied, with their values. */
  readonly notApplied: Readonly<Record<string, unknown>>;
}

/** Fields of transformers' GenerationConfig that change which token comes next, with the value at which they do nothing. */
const WITHOUT_EFFECT: Readonly<Record<string, unknown>> = {
  repetition_penalty: 1,
  min_p: 0,
  typical_p: 1,
  epsilon_cutoff: 0,
  eta_cutoff: 0,
  no_repeat_ngram_size: 0,
  encoder_repetition_penalty: 1,
  num_beams: 1,
};

/**
 * Choices win over the file, the file over plain sampling (temperature 1, all tokens); `do_sample: false` means greedy. `where` names
 * the folder in errors. Throws "invalid-config".
 */
export function samplingOf(choices: SamplingChoices, model: GenerationConfig | null, where: string): Sampling {
  const fromModel: string[] = [];
  const read = (name: string, given: number | undefined, fallback: number, expected: string, fits: (value: number) => boolean): number => {
    const stored = model?.[name] ?? null;
    if (given !== undefined || stored === null) return given ?? fallback;
    if (typeof stored !== "number" || !fits(stored)) {
      const got = JSON.stringify(stored);
      throw new WorkbenchError("invalid-config", `field "${name}" is not usable`, {
        where: `${where}: generation_config.json`,
        expected,
        got,
      });
    }
    if (stored !== fallback) fromModel.push(name);
    return stored;
  };
  const isGreedy = choices.temperature === undefined && model?.["do_sample"] === false;
  if (isGreedy) fromModel.push("do_sample");
  const temperature = isGreedy ? 0 : read("temperature", choices.temperature, 1, "a number of 0 or more", (value) => value >= 0);
  const topP = read("top_p", choices.topP, 1, "a number above 0, at most 1", (value) => value > 0 && value <= 1);
  const topK = read("top_k", choices.topK, 0, "a whole number of 0 or more", (value) => Number.isInteger(value) && value >= 0);
  const notApplied = Object.entries(WITHOUT_EFFECT).flatMap(([name, neutral]) => {
    const stored = model?.[name] ?? null;
    return stored === null || stored === neutral ? [] : [[name, stored] as const];
  });
  return { temperature, topP, topK, fromModel, notApplied: Object.fromEntries(notApplied) };
}
