// Whether a fork can be: the changed settings fit the state it takes over, and the checkpoint is there. Loads no weights.

import { WorkbenchError } from "../../shared/errors.ts";
import { trainingConfigSchema, type TrainingConfig } from "../engine/grpo/config.ts";
import { applyOverrides } from "../engine/grpo/overrides.ts";
import { listCheckpoints } from "../storage/checkpoints.ts";
import type { ReadConnection } from "../storage/connection.ts";
import { canonicalJson } from "../storage/hashing.ts";
import type { RunId } from "../storage/ids.ts";
import type { Run } from "../storage/runs.ts";

export interface ForkRequest {
  readonly runId: number;
  /** Step of a resumable checkpoint. */
  readonly step: number;
  readonly set?: readonly (readonly [key: string, value: unknown])[];
  readonly name?: string | undefined;
}

/** The parent's settings with the changes. Throws "invalid-config", also where the changed settings cannot take its state over. */
export function forkedConfig(parent: Pick<Run, "id" | "config">, { step, set = [] }: ForkRequest): TrainingConfig {
  const before = trainingConfigSchema.parse(parent.config);
  const after = applyOverrides(before, set, `fork of run ${parent.id}`);
  const fail = (where: string, expected: string, got: string): never => {
    throw new WorkbenchError("invalid-config", "a fork takes over the trained state, so this setting cannot change", {
      where,
      expected,
      got,
    });
  };
  if ((before.method === "sft") !== (after.method === "sft")) fail("method", before.method, after.method);
  if (canonicalJson(before.lora) !== canonicalJson(after.lora)) fail("lora", canonicalJson(before.lora), canonicalJson(after.lora));
  if (after.steps <= step) fail("steps", `more than ${step}, the step it goes on from`, String(after.steps));
  return after;
}

/** Throws "not-found". */
export function requireResumableStep(db: ReadConnection, runId: RunId, step: number): void {
  const steps = listCheckpoints(db, runId).flatMap((info) => (info.kind === "resumable" ? [info.step] : []));
  if (steps.includes(step)) return;
  throw new WorkbenchError("not-found", `run ${runId} has no checkpoint of step ${step} that training can go on from`, {
    where: db.name,
    expected: steps.length === 0 ? "a resumable checkpoint (it has none)" : `one of ${steps.join(", ")}`,
  });
}
