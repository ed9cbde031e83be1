// Starting and resuming training runs: reads config and data, takes the workspace's engine lock, stores data set and run, trains,
// and stores every step in one transaction. Printing and argument parsing belong to the callers.

import { DEVICE_REQUESTS, type DeviceChoice, type DeviceRequest } from "../../shared/domain/device.ts";
import { isWorkbenchError, WorkbenchError } from "../../shared/errors.ts";
import { trainingConfigSchema, type TrainingConfig } from "../engine/grpo/config.ts";
import type { Adapter } from "../engine/model/peft-adapter.ts";
import { resolveConfig } from "../engine/grpo/recipes.ts";
import type { Phase, TrainerHooks, TrainerState } from "../engine/grpo/run-context.ts";
import { trainSft, type SftState } from "../engine/grpo/sft.ts";
import { trainPolicy } from "../engine/grpo/trainer.ts";
import { loadCheckpoint, pruneCheckpoints, saveCheckpoint, type LoadedCheckpoint } from "../storage/checkpoints.ts";
import { transaction, type WriteConnection } from "../storage/connection.ts";
import { addDataset, listDatasetRecords } from "../storage/datasets.ts";
import { canonicalJson, sha256 } from "../storage/hashing.ts";
import type { RunId } from "../storage/ids.ts";
import { openEngineWorkspace } from "../storage/open-workspace.ts";
import { createRun, getRun, interruptRunningRuns, listRuns, setRunDevice, setRunStatus, type Run } from "../storage/runs.ts";
import type { StepHashes, StepRecord } from "../storage/step-record.ts";
import { recordStep, rewindToStep } from "../storage/steps.ts";
import { checkBaseModel } from "./base-model.ts";
import { openJudging, type Judging, type ReadSecret } from "./judging.ts";
import { isStoredName, trainingRecords, type NamedRecords } from "./training-records.ts";
import { ENGINE_VERSION } from "./engine-version.ts";
import { initialCheckpoint, withInitialAdapter } from "./initial-adapter.ts";
import { forkedConfig, requireResumableStep, type ForkRequest } from "./fork-settings.ts";
import { openOnnxTrainingEngine } from "./onnx-training-engine.ts";
import { modelFolder } from "./resource-paths.ts";
import { checkpointFromStorage, sftStepRecord, stepRecord, type StepOrigin } from "./step-records.ts";
import { indexStep } from "./trace-index.ts";
import { configRequest } from "./training-config.ts";
import { prepareTrainingData, recordReward, type SkippedRecord, type TrainingData } from "./training-data.ts";
import type { OpenTrainingEngine, TrainingEngine } from "./training-engine.ts";

export interface TrainRequest {
  /** Hugging Face folder or "nano". */
  readonly model: string;
  /** Folder of an adapter in PEFT's layout to go on from; settles lora.enabled, rank, alpha and targets. */
  readonly adapter?: string;
  /** JSONL file or "starter"; "collection:<id>" or "dataset:<id>" of the workspace. */
  readonly data: string;
  /** Workspace file; made when absent. */
  readonly workspace: string;
  readonly method?: TrainingConfig["method"];
  /** Name of a recipe, or a JSON file of settings. */
  readonly recipe?: string;
  readonly set?: readonly (readonly [key: string, value: unknown])[];
  readonly steps?: number;
  readonly seed?: number;
  /** Same as the setting judge.model. */
  readonly judge?: string;
  readonly device?: DeviceRequest;
  readonly name?: string;
}

export interface ResumeRequest {
  readonly workspace: string;
  /** Default: the newest run that is not finished. */
  readonly runId?: number;
  /** Default: where the run computed so far. Another one goes on from the same weights, but not to the same bits. */
  readonly device?: DeviceRequest;
}

export interface TrainHooks {
  readonly signal?: AbortSignal;
  /** Once everything is loaded and checked, before the first step. */
  readonly onStart?: (start: TrainStart) => void;
  readonly onPhase?: (phase: Phase, step: number) => void | Promise<void>;
  /** After each stored step. */
  readonly onStep?: (step: TrainStep) => void;
  readonly onToken?: NonNullable<TrainerHooks["onToken"]>;
  /** Memory ran out in a step, which goes on with micro-batches of at most so many tokens. */
  readonly onMicroBatchLowered?: (tokensPerMicroBatch: number) => void;
  /**
   * Asked once a step: "pause" and "stop" end the training behind the step in work, with a checkpoint from which it can go on to
   * the same bits. The run is then "paused" or "cancelled".
   */
  readonly stopRequested?: () => "pause" | "stop" | undefined;
  /**
   * A finished step could not be stored because another program has the workspace; when this resolves it is tried again. Absent:
   * that fails the run.
   */
  readonly onStorageBusy?: (step: number) => Promise<void>;
  readonly readSecret?: ReadSecret;
}

export interface TrainStart {
  readonly runId: RunId;
  readonly config: TrainingConfig;
  /** Where it computes, and why. */
  readonly device: DeviceChoice;
  /** False: system text and the request to reason stand at the head of the first user turn. */
  readonly supportsSystemRole: boolean;
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
  readonly ended: "finished" | "paused" | "stopped";
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
  // What is wrong with the request is said before a workspace is made.
  const prepared = isStoredName(request.data) ? undefined : await prepareRun(request);
  const workspace = openEngineWorkspace(request.workspace, { create: true });
  try {
    interruptRunningRuns(workspace.db);
    return await trainPrepared(workspace.db, prepared ?? (await prepareRun(request, workspace.db)), hooks, openEngine);
  } finally {
    workspace.close();
  }
}

/** The same in a workspace that an engine has open. */
export async function trainRunIn(
  db: WriteConnection,
  request: Omit<TrainRequest, "workspace">,
  hooks: TrainHooks,
  openEngine: OpenTrainingEngine,
): Promise<TrainOutcome> {
  return trainPrepared(db, await prepareRun(request, db), hooks, openEngine);
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
  try {
    interruptRunningRuns(workspace.db);
    return await resumeRunIn(workspace.db, chooseRun(workspace.db, request).id, hooks, openEngine, request.device);
  } finally {
    workspace.close();
  }
}

/** The same in a workspace that an engine has open. */
export async function resumeRunIn(
  db: WriteConnection,
  runId: RunId,
  hooks: TrainHooks,
  openEngine: OpenTrainingEngine,
  device?: DeviceRequest,
): Promise<TrainOutcome> {
  const run = getRun(db, runId);
  if (run.status === "finished") return { runId: run.id, steps: run.lastStep, ended: "finished" };
  const config = storedConfig(run);
  const records = run.datasetId === undefined ? [] : listDatasetRecords(db, run.datasetId);
  const engine = await openEngine(engineRequest(modelFolder(run.baseModel), config, hooks, device ?? storedDevice(run)));
  try {
    checkBaseModel(run, engine.fingerprints);
    const data = prepareTrainingData(records, engine, config);
    const judging = await runJudging(db, config, data, engine, hooks);
    const checkpoint = loadCheckpoint(db, run.id, { kind: "resumable" });
    transaction(db, () => {
      rewindToStep(db, run.id, checkpoint?.step ?? 0);
      setRunStatus(db, run.id, "running");
      if (device !== undefined) setRunDevice(db, run.id, engine.device.device, engine.device.reason);
    });
    return await train({ db, run, config, engine, data, judging, hooks, checkpoint });
  } finally {
    await engine.dispose();
  }
}

/**
 * A new run that goes on from a checkpoint of another with changed settings: weights, optimiser state and place in the data are
 * the other's. Throws "not-found" (no such resumable checkpoint) and "invalid-config" where the settings cannot take its state over.
 */
export async function forkRunIn(
  db: WriteConnection,
  request: ForkRequest,
  hooks: TrainHooks,
  openEngine: OpenTrainingEngine,
): Promise<TrainOutcome> {
  const parent = getRun(db, request.runId as RunId);
  const forked = forkedConfig(parent, request);
  const checkpoint = loadResumable(db, parent.id, request.step);
  const records = parent.datasetId === undefined ? [] : listDatasetRecords(db, parent.datasetId);
  const engine = await openEngine(engineRequest(modelFolder(parent.baseModel), forked, hooks, storedDevice(parent)));
  try {
    const config = { ...forked, workers: engine.workers };
    checkBaseModel(parent, engine.fingerprints);
    const data = prepareTrainingData(records, engine, config);
    const judging = await runJudging(db, config, data, engine, hooks);
    const run = transaction(db, () => {
      const created = createRun(db, {
        ...parent,
        name: request.name ?? `${parent.name}, from step ${request.step}`,
        method: config.method,
        config,
        seed: config.seed,
        totalSteps: config.steps,
        engineVersion: ENGINE_VERSION,
        forkedFrom: { runId: parent.id, step: request.step },
      });
      const { kind, content, state, tensors } = checkpoint;
      saveCheckpoint(db, created.id, checkpoint.step, { kind, content, state, tensors });
      return created;
    });
    return await train({ db, run, config, engine, data, judging, hooks, checkpoint });
  } finally {
    await engine.dispose();
  }
}

function loadResumable(db: WriteConnection, runId: RunId, step: number): LoadedCheckpoint {
  requireResumableStep(db, runId, step);
  const checkpoint = loadCheckpoint(db, runId, { kind: "resumable", step });
  if (checkpoint?.step === step) return checkpoint;
  throw new WorkbenchError("workspace-corrupt", `the checkpoint of step ${step} is damaged`, { where: db.name });
}

interface PreparedRun extends NamedRecords {
  readonly request: Omit<TrainRequest, "workspace">;
  readonly config: TrainingConfig;
  readonly adapter?: Adapter;
}

async function prepareRun(request: Omit<TrainRequest, "workspace">, db?: WriteConnection): Promise<PreparedRun> {
  const choices = await configRequest(request);
  const config = resolveConfig(choices);
  const settled =
    request.adapter === undefined
      ? { config }
      : await withInitialAdapter(modelFolder(request.model), request.adapter, config, choices.set ?? []);
  return { request, ...settled, ...(await trainingRecords(request.data, db)) };
}

async function trainPrepared(
  db: WriteConnection,
  prepared: PreparedRun,
  hooks: TrainHooks,
  openEngine: OpenTrainingEngine,
): Promise<TrainOutcome> {
  const { request, records, adapter } = prepared;
  const engine = await openEngine(engineRequest(modelFolder(request.model), prepared.config, hooks, request.device));
  try {
    const config = { ...prepared.config, workers: engine.workers };
    const data = prepareTrainingData(records, engine, config);
    const judging = await runJudging(db, config, data, engine, hooks);
    const run = transaction(db, () => {
      const created = storeRun(db, { ...prepared, config }, engine);
      if (adapter !== undefined) saveCheckpoint(db, created.id, 0, initialCheckpoint(config, adapter));
      return created;
    });
    const checkpoint = adapter === undefined ? undefined : loadCheckpoint(db, run.id, { kind: "resumable" });
    return await train({ db, run, config, engine, data, judging, hooks, checkpoint });
  } finally {
    await engine.dispose();
  }
}

interface Training {
  readonly db: WriteConnection;
  readonly run: Run;
  readonly config: TrainingConfig;
  readonly engine: TrainingEngine;
  readonly data: TrainingData;
  /** Undefined where no record asks a question. */
  readonly judging: Judging | undefined;
  readonly hooks: TrainHooks;
  readonly checkpoint: LoadedCheckpoint | undefined;
}

/** Before anything of a run is stored: a judge that is missing is told at once. A local one computes where the run does. */
async function runJudging(
  db: WriteConnection,
  config: TrainingConfig,
  data: TrainingData,
  { device: { device } }: TrainingEngine,
  { signal, readSecret }: TrainHooks,
): Promise<Judging | undefined> {
  return config.method === "sft" ? undefined : openJudging(config.judge, data.records, { db, signal, readSecret, session: { device } });
}

async function train(training: Training): Promise<TrainOutcome> {
  const { db, run, config, engine, data, judging, hooks, checkpoint } = training;
  const fromStep = checkpoint?.step ?? 0;
  hooks.onStart?.({
    runId: run.id,
    config,
    device: engine.device,
    supportsSystemRole: engine.template.supportsSystemRole,
    fromStep,
    records: data.records.length,
    skipped: data.skipped,
    damaged: checkpoint?.damaged ?? [],
  });
  try {
    const { step } = config.method === "sft" ? await trainSupervised(training) : await trainByReward(training);
    const ended = step >= config.steps ? "finished" : hooks.stopRequested?.() === "pause" ? "paused" : "stopped";
    setRunStatus(db, run.id, ended === "stopped" ? "cancelled" : ended);
    return { runId: run.id, steps: step, ended };
  } catch (error) {
    storeFailure(db, run.id, error);
    throw error;
  } finally {
    await judging?.dispose();
  }
}

function trainByReward({ run, config, engine, data, judging, hooks, checkpoint, db }: Training): Promise<TrainerState> {
  const origin = stepOrigin(run, config);
  return trainPolicy({
    config,
    policy: engine.policy,
    sampler: engine.sampler,
    prompts: data.prompts,
    experts: data.experts,
    reward: recordReward(data.records, config, judging?.ask),
    sink: { recordStep: (result, due) => storeStep(db, config, stepRecord(origin, result, due), hooks) },
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
        return storeStep(db, config, record, hooks);
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

function givenHooks({ signal, onPhase, stopRequested }: TrainHooks): Pick<TrainerHooks, "signal" | "onPhase" | "shouldStop"> {
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(onPhase === undefined ? {} : { onPhase }),
    ...(stopRequested === undefined ? {} : { shouldStop: () => stopRequested() !== undefined }),
  };
}

/** The step and the pruning of older checkpoints in one transaction. */
async function storeStep(db: WriteConnection, config: TrainingConfig, record: StepRecord, hooks: TrainHooks): Promise<void> {
  for (;;) {
    try {
      transaction(db, () => {
        recordStep(db, record);
        indexStep(db, record.runId, record.step);
        if (record.checkpoint !== undefined)
          pruneCheckpoints(db, record.runId, { keepResumable: config.keepCheckpoints, keepWeightsEvery: 0 });
      });
      return;
    } catch (error) {
      const canWait = hooks.onStorageBusy !== undefined && hooks.signal?.aborted !== true;
      if (!canWait || !isWorkbenchError(error, "workspace-locked")) throw error;
      await hooks.onStorageBusy(record.step);
    }
  }
}

function stepOrigin(run: Run, config: TrainingConfig): StepOrigin {
  const { temperature, topP, topK, maxNewTokens } = config;
  const sampler = config.method === "sft" ? undefined : sha256(canonicalJson({ temperature, topP, topK, maxNewTokens }));
  const hashes: StepHashes = { model: run.modelHash, chatTemplate: run.chatTemplateHash, sampler };
  return { runId: run.id, hashes, config };
}

function storeRun(db: WriteConnection, { request, config, records, dataset, title }: PreparedRun, engine: TrainingEngine): Run {
  return transaction(db, () => {
    const stored = dataset ?? addDataset(db, { name: title ?? request.data, source: request.data, records });
    return createRun(db, {
      name: request.name ?? `${config.method} on ${stored.name}`,
      method: config.method,
      recipe: request.recipe,
      config,
      seed: config.seed,
      device: engine.device.device,
      deviceReason: engine.device.reason,
      totalSteps: config.steps,
      datasetId: stored.id,
      dataHash: stored.contentHash,
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
    // Nothing is wrong with the run: it goes on from its last checkpoint once the device is back.
    else if (isWorkbenchError(error, "device-lost")) setRunStatus(db, runId, "interrupted", details);
    else setRunStatus(db, runId, "failed", details);
  } catch {
    // A full or broken disk may refuse even this; the run then reads as interrupted, and the first error is the one to report.
  }
}

/** Runs from before workers were stored had none. */
function storedConfig(run: Run): TrainingConfig {
  return trainingConfigSchema.parse({ workers: 1, ...(run.config as object) });
}

/** Where a run computed so far, as something to ask for. */
function storedDevice({ device }: Run): DeviceRequest {
  return (DEVICE_REQUESTS as readonly string[]).includes(device) ? (device as DeviceRequest) : "auto";
}

function chooseRun(db: WriteConnection, request: ResumeRequest): Run {
  if (request.runId !== undefined) return getRun(db, request.runId as RunId);
  const run = listRuns(db).find((candidate) => candidate.status !== "finished");
  if (run !== undefined) return run;
  throw new WorkbenchError("not-found", "there is no run to resume", { where: request.workspace, expected: "a run that is not finished" });
}

function engineRequest(
  folder: string,
  config: TrainingConfig,
  hooks: TrainHooks,
  device: DeviceRequest = "auto",
): Parameters<OpenTrainingEngine>[0] {
  const { signal, onMicroBatchLowered } = hooks;
  return { modelFolder: folder, config, device, onMicroBatchLowered, ...(signal === undefined ? {} : { signal }) };
}
