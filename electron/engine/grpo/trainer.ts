// The training loop: run a step, store it with its checkpoint where one is due, report, go on; or go on from a checkpoint.
// A cancelled or failed step is never stored, so what the sink has last is always whole.

import { WorkbenchError } from "../../../shared/errors.ts";
import { DataOrder } from "./data-order.ts";
import {
  INITIAL_STATE,
  throwIfCancelled,
  type RunContext,
  type RunSink,
  type TrainerCheckpoint,
  type TrainerState,
} from "./run-context.ts";
import { runStep } from "./step.ts";

export type TrainerRun = Omit<RunContext, "promptOrder" | "expertOrder"> & {
  readonly sink: RunSink;
  /** Go on from here; the policy is set to the checkpoint's state. */
  readonly resumeFrom?: TrainerCheckpoint;
};

/** Trains to `config.steps`, or until a hook says stop. Throws "cancelled", "non-finite", and "invalid-config" where the data cannot serve the settings. */
export async function trainPolicy(run: TrainerRun): Promise<TrainerState> {
  const { config, policy, sink, hooks } = run;
  const context = prepare(run);
  let state = run.resumeFrom?.state ?? INITIAL_STATE;
  if (run.resumeFrom !== undefined) await policy.importState(run.resumeFrom.policy);
  while (state.step < config.steps) {
    throwIfCancelled(hooks.signal);
    const result = await runStep(context, state);
    state = result.state;
    await hooks.onPhase?.("save", state.step);
    const stop = hooks.shouldStop?.() === true;
    const due = stop || state.step === config.steps || state.step % config.checkpointEverySteps === 0;
    await sink.recordStep(result, due ? { state, policy: await policy.exportState() } : undefined);
    await hooks.onStep?.(result);
    if (stop) break;
  }
  return state;
}

function prepare(run: TrainerRun): RunContext {
  const { config, prompts, experts } = run;
  if (prompts.size === 0) throw new WorkbenchError("invalid-config", "there is no prompt to train on");
  const promptOrder = new DataOrder(config.seed, "prompts", prompts.size);
  if (!config.cloning.enabled) return { ...run, promptOrder };
  if (experts === undefined || experts.size === 0) {
    throw new WorkbenchError("invalid-config", "behaviour cloning needs expert demonstrations and the data has none", {
      where: "cloning.enabled",
      hint: "Add `expert` to some records, or switch it off with --set cloning.enabled=false.",
    });
  }
  return { ...run, promptOrder, expertOrder: new DataOrder(config.seed, "experts", experts.size) };
}
