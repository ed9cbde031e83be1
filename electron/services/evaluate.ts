// Evaluates a base model or a run on a dataset with one method. Where a workspace is given, every response is stored there with
// its token ids, verdicts and hashes, a batch in one transaction, so that what was done before an error stays readable.

import type { DeviceChoice, DeviceRequest } from "../../shared/domain/device.ts";
import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import { isWorkbenchError, WorkbenchError } from "../../shared/errors.ts";
import { evaluateRecords, type EvaluatedItem, type LeftOutRecord } from "../engine/benchmarks/evaluation.ts";
import { summarise, type EvaluationSummary } from "../engine/benchmarks/evaluation-summary.ts";
import { METHOD_NAMES, type EvaluationMethod } from "../engine/benchmarks/methods.ts";
import { mixSeed } from "../engine/tensor/random.ts";
import type { WriteConnection } from "../storage/connection.ts";
import { addDataset, hashRecords } from "../storage/datasets.ts";
import {
  addEvaluationItems,
  createEvaluation,
  endEvaluation,
  interruptRunningEvaluations,
  type EvaluationItem,
} from "../storage/evaluations.ts";
import { canonicalJson, sha256 } from "../storage/hashing.ts";
import type { EvaluationId, RunId } from "../storage/ids.ts";
import { openEngineWorkspace } from "../storage/open-workspace.ts";
import { DEFAULT_CONFIG } from "../engine/grpo/config.ts";
import { readDatasetFile, type DatasetFile } from "./dataset-file.ts";
import { isStoredName, namedDataFile } from "./training-records.ts";
import { openBaseSubject, openRunSubject, type EvaluationSubject } from "./evaluation-subject.ts";
import { openJudging, type ReadSecret } from "./judging.ts";
import { modelFolder } from "./resource-paths.ts";

export { METHOD_NAMES, type EvaluationMethod, type EvaluationSummary };

export interface EvaluationChoices {
  readonly method: EvaluationMethod;
  readonly seed: number;
  /** Default 0: greedy. */
  readonly temperature?: number;
  /** Longest response in tokens; the context may end it earlier. */
  readonly maxNewTokens?: number;
  /** Only the first so many records. */
  readonly limit?: number;
  /** Who answers the data's questions, as in the setting judge.model. */
  readonly judge?: string | undefined;
}

export interface EvaluateRequest extends EvaluationChoices {
  /** Hugging Face folder or "nano"; with `runId`, where the run's base model lies now. */
  readonly model?: string;
  /** Folder of an adapter in PEFT's layout, applied to the model; not with `runId`. */
  readonly adapter?: string;
  /** Needed with `runId`; else made when absent. */
  readonly workspace?: string;
  readonly runId?: number;
  /** Step of the run's checkpoint; default: the newest intact one. */
  readonly step?: number;
  /** JSONL file, "starter", "heldout" or "heldout-ood". */
  readonly data: string;
  /** Default: auto. */
  readonly device?: DeviceRequest;
}

export interface EvaluateHooks {
  readonly signal?: AbortSignal;
  readonly onDevice?: (choice: DeviceChoice) => void;
  readonly onProgress?: (done: number, total: number) => void;
  readonly readSecret?: ReadSecret;
}

export interface EvaluationOutcome {
  /** Row in the workspace, where one was given. */
  readonly evaluationId: EvaluationId | null;
  readonly model: string;
  readonly runId: RunId | null;
  readonly step: number | null;
  readonly data: string;
  readonly method: EvaluationMethod;
  readonly seed: number;
  readonly temperature: number;
  readonly maxNewTokens: number;
  /** Records of the dataset, evaluated or not. */
  readonly datasetRecords: number;
  readonly summary: EvaluationSummary;
  readonly leftOut: readonly LeftOutRecord[];
  /** By position. */
  readonly items: readonly EvaluatedItem[];
  readonly durationMs: number;
  /** Sampled. */
  readonly tokensPerSecond: number;
  readonly device: DeviceChoice;
}

export const DEFAULT_MAX_NEW_TOKENS = 1024;

/** One evaluation from start to finish. Throws what reading data, model and workspace throws, and "cancelled". */
export async function evaluateModel(request: EvaluateRequest, hooks: EvaluateHooks = {}): Promise<EvaluationOutcome> {
  checkRequest(request);
  // A wrong file is said before a workspace is made.
  const early = isStoredName(request.data) ? undefined : await readDatasetFile(request.data);
  const { workspace: file, runId } = request;
  const workspace = file === undefined ? undefined : openEngineWorkspace(file, { create: runId === undefined });
  try {
    if (workspace !== undefined) interruptRunningEvaluations(workspace.db);
    const data = early ?? (await namedDataFile(request.data, workspace?.db));
    const subject = await openSubject(workspace?.db, request, hooks.signal);
    hooks.onDevice?.(subject.device);
    try {
      return await evaluateSubject(subject, data, request, hooks, workspace?.db);
    } finally {
      await subject.dispose();
    }
  } finally {
    workspace?.close();
  }
}

/** One evaluation of an open model; stored where a connection is given. Throws "cancelled" and what generation and storing throw. */
export async function evaluateSubject(
  subject: EvaluationSubject,
  data: DatasetFile,
  choices: EvaluationChoices,
  hooks: EvaluateHooks = {},
  db?: WriteConnection,
): Promise<EvaluationOutcome> {
  const { method, seed, temperature = 0, maxNewTokens = DEFAULT_MAX_NEW_TOKENS, judge } = choices;
  const settings = { method, seed, temperature, maxNewTokens };
  const records = data.records.slice(0, choices.limit);
  const judgeSettings = { ...DEFAULT_CONFIG.judge, model: judge ?? "" };
  const judging = await openJudging(judgeSettings, records, {
    db,
    signal: hooks.signal,
    readSecret: hooks.readSecret,
    session: { device: subject.device.device },
  });
  const judged = judging === undefined ? settings : { ...settings, judge };
  const evaluationId = db === undefined ? null : startEvaluation(db, subject, data, judged, records);
  const startMs = performance.now();
  try {
    const { items, leftOut } = await evaluateRecords(subject, records, settings, {
      ...(hooks.signal === undefined ? {} : { signal: hooks.signal }),
      ...(judging === undefined ? {} : { askJudge: judging.ask }),
      onItems: (batch, done, total) => {
        if (db !== undefined && evaluationId !== null) addEvaluationItems(db, evaluationId, batch.map(storedItem));
        hooks.onProgress?.(done, total);
      },
    });
    const summary = summarise(items, { seed: mixSeed(seed, "bootstrap") });
    if (db !== undefined && evaluationId !== null) endEvaluation(db, evaluationId, "finished", { ...summary, leftOut });
    const durationMs = performance.now() - startMs;
    return {
      evaluationId,
      model: subject.model,
      runId: subject.runId ?? null,
      step: subject.step ?? null,
      data: data.name,
      ...settings,
      datasetRecords: data.records.length,
      summary,
      leftOut,
      items,
      durationMs,
      tokensPerSecond: (summary.meanTokens * items.length * 1000) / durationMs,
      device: subject.device,
    };
  } catch (error) {
    if (db !== undefined && evaluationId !== null) storeFailure(db, evaluationId, error);
    throw error;
  } finally {
    await judging?.dispose();
  }
}

function checkRequest({ model, adapter, workspace, runId, step, limit, method }: EvaluateRequest): void {
  const fail = (what: string, expected: string): never => {
    throw new WorkbenchError("invalid-argument", what, { expected });
  };
  if (!METHOD_NAMES.includes(method)) fail(`there is no method "${method}"`, `one of ${METHOD_NAMES.join(", ")}`);
  if (runId !== undefined && workspace === undefined) fail("a run needs the workspace it lies in", "a workspace file");
  if (runId === undefined && model === undefined) fail("nothing to evaluate", "a model, or a workspace and a run");
  if (runId !== undefined && adapter !== undefined) fail("a run brings its own adapter", "an adapter or a run");
  if (runId === undefined && step !== undefined) fail("only a run has checkpoints", "a run");
  if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < 1)) fail(`cannot take the first ${limit} records`, "1 or more");
}

function openSubject(db: WriteConnection | undefined, request: EvaluateRequest, signal?: AbortSignal): Promise<EvaluationSubject> {
  const { runId, model, adapter, step } = request;
  if (db !== undefined && runId !== undefined) {
    const query = { step, signal, baseFolder: model === undefined ? undefined : modelFolder(model) };
    return openRunSubject(db, runId as RunId, query, {}, request.device);
  }
  if (model === undefined) throw new Error("neither model nor run");
  return openBaseSubject(model, signal, {}, adapter, request.device);
}

function startEvaluation(
  db: WriteConnection,
  subject: EvaluationSubject,
  data: DatasetFile,
  settings: Required<Omit<EvaluationChoices, "limit" | "judge">> & Pick<EvaluationChoices, "judge">,
  records: readonly InstructionRecord[],
): EvaluationId {
  const { temperature, maxNewTokens } = settings;
  const dataset = addDataset(db, { name: data.name, source: data.path, records: data.records });
  return createEvaluation(db, {
    runId: subject.runId,
    step: subject.step,
    model: subject.model,
    modelHash: subject.modelHash,
    chatTemplateHash: subject.chatTemplateHash,
    samplerHash: sha256(canonicalJson({ temperature, topP: 1, topK: 0, maxNewTokens })),
    datasetId: dataset.id,
    datasetName: data.name,
    dataHash: hashRecords(records),
    method: settings.method,
    config: { ...settings, records: records.length },
  });
}

function storedItem({ judgement, ...item }: EvaluatedItem): EvaluationItem {
  const { think, answer, correct, passed, checks, gate, verdicts } = judgement;
  return { ...item, think, answer, correct, checksPassed: passed, checksActive: checks, gate, verdicts };
}

function storeFailure(db: WriteConnection, id: EvaluationId, error: unknown): void {
  try {
    endEvaluation(db, id, isWorkbenchError(error, "cancelled") ? "cancelled" : "failed");
  } catch {
    // A full or broken disk may refuse even this; the evaluation then reads as interrupted, and the first error is the one to report.
  }
}
