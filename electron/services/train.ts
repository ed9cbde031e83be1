// Starting and resuming training runs: reads config and data, takes the workspace's engine lock, stores data set and run, trains,
// and stores every step in one transaction. Printing and argument parsing belong to the callers.

import { readFile } from "node:fs/promises";
import { isWorkbenchError, WorkbenchError } from "../../shared/errors.ts";
import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import { trainingConfigSchema, type TrainingConfig } from "../engine/grpo/config.ts";
import { RECIPES, resolveConfig, type ConfigRequest } from "../engine/grpo/recipes.ts";
import type { Phase, TrainerHooks, TrainerState } from "../engine/grpo/run-context.ts";
import { trainSft, type SftState } from "../engine/grpo/sft.ts";
import { trainPolicy } from "../engine/grpo/trainer.ts";
import { loadCheckpoint, pruneCheckpoints, type LoadedCheckpoint } from "../storage/checkpoints.ts";
import { transaction, type WriteConnection } from "../storage/connection.ts";
import { addDataset, listDatasetRecords } from "../storage/datasets.ts";
import { canonicalJson, sha256 } from "../storage/hashing.ts";
import type { RunId } from "../storage/ids.ts";
import { openEngineWorkspace } from "../storage/open-workspace.ts";
import { createRun, getRun, interruptRunningRuns, listRuns, setRunStatus, type Run } from "../storage/runs.ts";
import type { StepHashes, StepRecord } from "../storage/step-record.ts";
import { recordStep, rewindToStep } from "../storage/steps.ts";
import { checkBaseModel } from "./base-model.ts";
import { readDatasetFile } from "./dataset-file.ts";
import { ENGINE_VERSION } from "./engine-version.ts";
import { openOnnxTrainingEngine } from "./onnx-training-engine.ts";
import { modelFolder } from "./resource-paths.ts";
import { checkpointFromStorage, sftStepRecord, stepRecord, type StepOrigin } from "./step-records.ts";
import { prepareTrainingData, recordReward, type SkippedRecord, type TrainingData } from "./training-data.ts";
import type { OpenTrainingEngine, TrainingEngine } from "./training-engine.ts";

export interface TrainRequest {
  /** Hugging Face folder or "nano". */
  readonly model: string;
  /** JSONL file or "starter". */
  readonly data: string;
  /** Workspace file; made when absent. */
  readonly workspace: string;
  readonly method?: TrainingConfig["method"];
  /** Name of a recipe, or a JSON file of settings. */
  readonly recipe?: string;
  readonly set?: readonly (readonly [key: string, value: unknown])[];
  readonly steps?: number;
  readonly seed?: number;
  readonly device?: "auto" | "cpu";
  readonly name?: string;
}

export interface ResumeRequest {
  readonly workspace: string;
  /** Default: the newest run that is not finished. */
  readonly runId?: number;
}

export interface TrainHooks {
  readonly signal?: AbortSignal;
  /** Once everything is loaded and checked, before the first step. */
  readonly onStart?: (start: TrainStart) => void;
  readonly onPhase?: (phase: Phase, step: number) => void | Promise<void>;
  /** After each stored step. */
  readonly onStep?: (step: TrainStep) => void;
  readonly onToken?: NonNullable<TrainerHooks["onToken"]>;
}

export interface TrainStart {
  readonly runId: RunId;
  readonly config: TrainingConfig;
  /** Step the run goes on from; 0 for a new one. */
  readonly fromStep: number;
  readonly records: number;
  readonly skipped: readonly SkippedRecord[];
  /** Checkpoints that were passed over because they are damaged. */
  readonly damaged: LoadedCheckpoint["damaged"];
}

export interface TrainStep {
  readonly runId: RunId;
  readonly step: number;
  readonly totalSteps: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly timingsMs: Readonly<Record<string, number>>;
}

export interface TrainOutcome {
  readonly runId: RunId;
  readonly steps: number;
}

/**
 * A new run from start to finish. A failed or cancelled run keeps every step it stored. Throws what reading config, data, model
 * and workspace throws, "cancelled" and "non-finite".
 */
export async function trainRun(
  request: TrainRequest,
  hooks: TrainHooks = {},
  openEngine: OpenTrainingEngine = openOnnxTrainingEngine,
): Promise<TrainOutcome> {
  const config = resolveConfig(await configRequest(request));
  const data = await readDatasetFile(request.data);
  const workspace = openEngineWorkspace(request.workspace, { create: true });
  try {
    interruptRunningRuns(workspace.db);
    const engine = await openEngine(engineRequest(modelFolder(request.model), config, hooks));
    try {
      const trainingData = prepareTrainingData(data.records, engine, config);
      const run = storeRun(workspace.db, request, config, data.records, engine);
      return await train({ db: workspace.db, run, config, engine, data: trainingData, hooks, checkpoint: undefined });
    } finally {
      engine.dispose();
    }
  } finally {
    workspace.close();
  }
}

/**
 * Goes on from the last intact checkpoint; steps after it are taken back and done again, with the same bits. A finished run is
 * left as it is. Throws "not-found" and "invalid-model" where the base model is no longer the one the run started from.
 */
export async function resumeRun(
  request: ResumeRequest,
  hooks: TrainHooks = {},
  openEngine: OpenTrainingEngine = openOnnxTrainingEngine,
): Promise<TrainOutcome> {
  const workspace = openEngineWorkspace(request.workspace);
  const { db } = workspace;
  try {
    interruptRunningRuns(db);
    const run = chooseRun(db, request);
    if (run.status === "finished") return { runId: run.id, steps: run.lastStep };
    const config = trainingConfigSchema.parse(run.config);
    const records = run.datasetId === undefined ? [] : listDatasetRecords(db, run.datasetId);
    const engine = await openEngine(engineRequest(modelFolder(run.baseModel), config, hooks));
    try {
      checkBaseModel(run, engine.fingerprints);
      const data = prepareTrainingData(records, engine, config);
      const checkpoint = loadCheckpoint(db, run.id, { kind: "resumable" });
      rewindToStep(db, run.id, checkpoint?.step ?? 0);
      setRunStatus(db, run.id, "running");
      return await train({ db, run, config, engine, data, hooks, checkpoint });
    } finally {
      engine.dispose();
    }
  } finally {
    workspace.close();
  }
}

interface Training {
  readonly db: WriteConnection;
  readonly run: Run;
  readonly config: TrainingConfig;
  readonly engine: TrainingEngine;
  readonly data: TrainingData;
  readonly hooks: TrainHooks;
  readonly checkpoint: LoadedCheckpoint | undefined;
}

async function train(training: Training): Promise<TrainOutcome> {
  const { db, run, config, data, hooks, checkpoint } = training;
  const fromStep = checkpoint?.step ?? 0;
  hooks.onStart?.({
    runId: run.id,
    config,
    fromStep,
    records: data.records.length,
    skipped: data.skipped,
    damaged: checkpoint?.damaged ?? [],
  });
  try {
    const { step } = config.method === "sft" ? await trainSupervised(training) : await trainByReward(training);
    setRunStatus(db, run.id, "finished");
    return { runId: run.id, steps: step };
  } catch (error) {
    storeFailure(db, run.id, error);
    throw error;
  }
}

function trainByReward({ run, config, engine, data, hooks, checkpoint, db }: Training): Promise<TrainerState> {
  const origin = stepOrigin(run, config);
  return trainPolicy({
    config,
    policy: engine.policy,
    sampler: engine.sampler,
    prompts: data.prompts,
    experts: data.experts,
    reward: recordReward(data.records, config),
    sink: { recordStep: (result, due) => storeStep(db, config, stepRecord(origin, result, due)) },
    hooks: {
      ...givenHooks(hooks),
      ...(hooks.onToken === undefined ? {} : { onToken: hooks.onToken }),
      onStep: ({ step, metrics, timingsMs }) => hooks.onStep?.({ runId: run.id, step, totalSteps: config.steps, metrics, timingsMs }),
    },
    ...(checkpoint === undefined ? {} : { resumeFrom: checkpointFromStorage<TrainerState>(checkpoint) }),
  });
}

function trainSupervised({ run, config, engine, data, hooks, checkpoint, db }: Training): Promise<SftState> {
  const origin = stepOrigin(run, config);
  let metrics: StepRecord["metrics"] = {};
  return trainSft({
    policy: engine.policy,
    source: data.examples,
    settings: { ...config, ...config.sft, beta1: config.adamBeta1, beta2: config.adamBeta2, evaluateEverySteps: 0 },
    sink: {
      recordStep: (result, due) => {
        const record = sftStepRecord(origin, result, due);
        metrics = record.metrics;
        storeStep(db, config, record);
      },
    },
    hooks: {
      ...givenHooks(hooks),
      onProgress: ({ step, durationMs }) =>
        hooks.onStep?.({ runId: run.id, step, totalSteps: config.steps, metrics, timingsMs: { update: durationMs } }),
    },
    ...(checkpoint === undefined ? {} : { resumeFrom: checkpointFromStorage<SftState>(checkpoint) }),
  });
}

function givenHooks({ signal, onPhase }: TrainHooks): Pick<TrainerHooks, "signal" | "onPhase"> {
  return { ...(signal === undefined ? {} : { signal }), ...(onPhase === undefined ? {} : { onPhase }) };
}

/** The step and the pruning of older checkpoints in one transaction. */
function storeStep(db: WriteConnection, config: TrainingConfig, record: StepRecord): void {
  transaction(db, () => {
    recordStep(db, record);
    if (record.checkpoint !== undefined) pruneCheckpoints(db, record.runId, { keepResumable: config.keepCheckpoints, keepWeightsEvery: 0 });
  });
}

function stepOrigin(run: Run, config: TrainingConfig): StepOrigin {
  const { temperature, topP, topK, maxNewTokens } = config;
  const sampler = config.method === "sft" ? undefined : sha256(canonicalJson({ temperature, topP, topK, maxNewTokens }));
  const hashes: StepHashes = { model: run.modelHash, chatTemplate: run.chatTemplateHash, sampler };
  return { runId: run.id, hashes, config };
}

function storeRun(
  db: WriteConnection,
  request: TrainRequest,
  config: TrainingConfig,
  records: readonly InstructionRecord[],
  engine: TrainingEngine,
): Run {
  return transaction(db, () => {
    const dataset = addDataset(db, { name: request.data, source: request.data, records });
    return createRun(db, {
      name: request.name ?? `${config.method} on ${request.data}`,
      method: config.method,
      recipe: request.recipe,
      config,
      seed: config.seed,
      device: "cpu",
      totalSteps: config.steps,
      datasetId: dataset.id,
      dataHash: dataset.contentHash,
      baseModel: request.model === "nano" ? "nano" : modelFolder(request.model),
      modelHash: engine.fingerprints.model,
      tokenizerHash: engine.fingerprints.tokenizer,
      chatTemplateHash: engine.fingerprints.chatTemplate,
      engineVersion: ENGINE_VERSION,
    });
  });
}

function storeFailure(db: WriteConnection, runId: RunId, error: unknown): void {
  const details = error instanceof WorkbenchError ? { code: error.code, message: error.message } : { message: String(error) };
  try {
    if (isWorkbenchError(error, "cancelled")) setRunStatus(db, runId, "cancelled");
    else setRunStatus(db, runId, "failed", details);
  } catch {
    // A full or broken disk may refuse even this; the run then reads as interrupted, and the first error is the one to report.
  }
}

function chooseRun(db: WriteConnection, request: ResumeRequest): Run {
  if (request.runId !== undefined) return getRun(db, request.runId as RunId);
  const run = listRuns(db).find((candidate) => candidate.status !== "finished");
  if (run !== undefined) return run;
  throw new WorkbenchError("not-found", "there is no run to resume", { where: request.workspace, expected: "a run that is not finished" });
}

function engineRequest(folder: string, config: TrainingConfig, hooks: TrainHooks): Parameters<OpenTrainingEngine>[0] {
  return { modelFolder: folder, config, device: "cpu", ...(hooks.signal === undefined ? {} : { signal: hooks.signal }) };
}

async function configRequest(request: TrainRequest): Promise<ConfigRequest> {
  const set: (readonly [string, unknown])[] = [...(request.set ?? [])];
  if (request.steps !== undefined) set.push(["steps", request.steps]);
  if (request.seed !== undefined) set.push(["seed", request.seed]);
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
