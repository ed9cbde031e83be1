// The calls that prepare, start and steer training sessions. Everything that can be refused is refused here, before it waits in the
// queue; the engine does the rest.

import type { trainingContract, TrainingRequest } from "../../../shared/contract/training.ts";
import { isWorkbenchError, WorkbenchError } from "../../../shared/errors.ts";
import { resolveConfig } from "../../engine/grpo/recipes.ts";
import { readModelConfig } from "../../engine/model/hf-folder.ts";
import { hasCudaLibraries } from "../../services/cuda-libraries.ts";
import { datasetChoices, requireListedDataset } from "../../services/dataset-choices.ts";
import { forkedConfig, requireResumableStep } from "../../services/fork-settings.ts";
import { runHealth } from "../../services/health.ts";
import { liveProgress, newestRollouts, TRAINING_KINDS } from "../../services/live-run.ts";
import { requireListedModel } from "../../services/model-catalogue.ts";
import { modelFolder } from "../../services/resource-paths.ts";
import { recipeChoices, resolveChoices, settingChoices } from "../../services/training-choices.ts";
import { promptLimit } from "../../services/training-data.ts";
import type { RunId } from "../../storage/ids.ts";
import { cancelIdleJob, pendingJobOfRun } from "../../storage/job-queue.ts";
import { getRun } from "../../storage/runs.ts";
import type { HandlersOf } from "../dispatch.ts";
import { enqueueJob, publishJob } from "../enqueue-job.ts";
import type { HostContext } from "../host-context.ts";
import { userPath } from "../user-path.ts";

export const trainingHandlers: HandlersOf<typeof trainingContract> = {
  settings: () => settingChoices(),
  recipes: () => recipeChoices(),
  datasets: (_, { workspaces }) => datasetChoices(workspaces.own.db),
  importData: async ({ path }, { workspaces, dialogs, runAside, publish }) => {
    const question = { title: "Take data into the workspace", extensions: ["jsonl"] };
    const file = path === undefined ? await dialogs.openFile(question) : userPath(path);
    if (file === undefined) return null;
    const data = await runAside("importData", { path: file, workspace: workspaces.own.path });
    publish("workspace", { changed: "datasets" });
    return data;
  },
  devices: () => [
    { id: "auto", title: "Automatic" },
    { id: "cpu", title: "Processor" },
    { id: "webgpu", title: "Graphics card (WebGPU)" },
    ...(hasCudaLibraries() ? [{ id: "cuda" as const, title: "NVIDIA card (CUDA)" }] : []),
  ],
  resolve: async ({ recipe, set, model }, context) => {
    try {
      return resolveChoices(recipe, set, model === undefined ? undefined : await contextTokens(context, model));
    } catch (error) {
      if (!isWorkbenchError(error)) throw error;
      // The model is what is wrong.
      const resolved = resolveChoices(recipe, set);
      return { ...resolved, problems: [...resolved.problems, { key: null, message: error.message }] };
    }
  },
  preflight: async (request, context) => {
    await requirePossible(context, request);
    return enqueueJob(context, { kind: "probe", request }, undefined, true);
  },
  start: async (request, context) => {
    await requirePossible(context, request);
    return enqueueJob(context, { kind: "train", request });
  },
  pause: ({ runId }, context) => ({ requested: endRun(context, runId as RunId, "pause") }),
  stop: ({ runId }, context) => ({ requested: endRun(context, runId as RunId, "stop") }),
  resume: ({ runId }, context) => resume(context, runId as RunId),
  fork: (request, context) => {
    const run = getRun(context.workspace.db, request.runId as RunId);
    forkedConfig(run, { ...request, set: Object.entries(request.set) });
    requireResumableStep(context.workspace.db, run.id, request.step);
    return enqueueJob(context, { kind: "train", fork: request });
  },
  progress: ({ runId }, { workspace, engine }) => liveProgress(workspace.db, runId as RunId, engine.memoryBytes()),
  health: ({ runId }, { workspace }) => runHealth(workspace.db, runId as RunId),
  newestRollouts: ({ runId, limit }, { workspace }) => newestRollouts(workspace.db, runId as RunId, limit),
};

/** Throws "not-found", "invalid-argument", "invalid-config", and what reading the model's configuration throws. */
async function requirePossible(context: HostContext, { model, data, recipe, set }: TrainingRequest): Promise<void> {
  requireListedModel(context.workspaces.own.db, model);
  requireListedDataset(context.workspaces.own.db, data);
  const config = resolveConfig({ recipe, set: Object.entries(set) });
  promptLimit(await contextTokens(context, model), config);
}

/** Throws "not-found" for a model that is not listed, and what reading its configuration throws. */
async function contextTokens({ workspaces }: HostContext, model: string): Promise<number> {
  requireListedModel(workspaces.own.db, model);
  return (await readModelConfig(modelFolder(model))).maxPositionEmbeddings;
}

/** Tells the engine, or takes the run's waiting job out of the queue. False where nothing is going on with the run. */
function endRun(context: HostContext, runId: RunId, how: "pause" | "stop"): boolean {
  const { workspace, workspaces, engine } = context;
  getRun(workspace.db, runId);
  if (workspace.readOnly) return false;
  const job = pendingJobOfRun(workspaces.own.db, runId, TRAINING_KINDS);
  if (job?.status !== "queued") return job !== undefined && engine.endRun(runId, how);
  const cancelled = workspaces.own.write((db) => cancelIdleJob(db, job.id));
  publishJob(context, job.id);
  return cancelled;
}

/** Asking twice gives the same job. A run that was cut off goes before whatever else waits. */
function resume(context: HostContext, runId: RunId): { readonly jobId: number } {
  const { workspace, workspaces, engine } = context;
  const run = getRun(workspace.db, runId);
  if (run.status === "finished") {
    throw new WorkbenchError("invalid-argument", `run ${runId} is finished`, { hint: "Fork it from its last checkpoint to train on." });
  }
  const pending = workspace.readOnly ? undefined : pendingJobOfRun(workspaces.own.db, runId, TRAINING_KINDS);
  if (pending !== undefined && engineCanGoOn(engine.condition().state, pending.status)) {
    engine.wake();
    return { jobId: pending.id };
  }
  return enqueueJob(context, { kind: "resume", runId }, runId, run.status === "interrupted" || run.status === "running");
}

/** A job that still says "running" while no engine does is a left-over that could not be settled; the next engine settles it. */
function engineCanGoOn(state: string, status: string): boolean {
  return status === "queued" || (state !== "crashed" && state !== "stopped");
}
