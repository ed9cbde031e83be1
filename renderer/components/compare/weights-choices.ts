// Which weights of a run can be asked for an answer now: its base model and what its checkpoints hold, each with, without or free of
// reasoning.

import type { GenerationAsk } from "../../../shared/domain/generation.ts";
import type { RunDetail } from "../../../shared/domain/run.ts";
import { paneCode, type WeightsPane } from "./compare-address.ts";

export interface WeightsChoice {
  readonly code: string;
  readonly label: string;
}

const MODES = ["think", "empty", "plain"] as const;
const MODE_NAMES = { think: "with reasoning", empty: "without reasoning", plain: "free" } as const;

export function weightsLabel({ step, mode }: Pick<WeightsPane, "step" | "mode">): string {
  return `${step === 0 ? "base" : `step ${step}`}, ${MODE_NAMES[mode]}, asked now`;
}

/** The newest checkpoint first, the base last. */
export function weightsChoices(run: Pick<RunDetail, "id" | "checkpoints"> | undefined): readonly WeightsChoice[] {
  if (run === undefined) return [];
  const steps = [...new Set([...run.checkpoints.map(({ step }) => step), 0])].sort((a, b) => b - a);
  return steps.flatMap((step) =>
    MODES.map((mode) => ({ code: paneCode({ type: "weights", runId: run.id, step, mode }), label: weightsLabel({ step, mode }) })),
  );
}

/** What to ask the engine so that a pane speaks. */
export function askOf({ runId, step, mode }: WeightsPane, baseModel: string, seed: number): GenerationAsk {
  return { source: step === 0 ? { type: "base", model: baseModel } : { type: "checkpoint", runId, step }, mode, seed };
}
