// The demonstration: evaluates the base model with and without reasoning, trains it with RAIF, evaluates it again on the same
// held-out instructions, and says by how much it changed. Owns the sequence and the choice of examples; printing is the callers'.

import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { DeviceRequest } from "../../shared/domain/device.ts";
import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import type { EvaluatedItem } from "../engine/benchmarks/evaluation.ts";
import { COMPOSITIONS, compare, type Composition, type Differences } from "../engine/benchmarks/evaluation-summary.ts";
import type { EvaluationMethod } from "../engine/benchmarks/methods.ts";
import { mixSeed } from "../engine/tensor/random.ts";
import { interruptRunningEvaluations } from "../storage/evaluations.ts";
import type { RunId } from "../storage/ids.ts";
import { openEngineWorkspace } from "../storage/open-workspace.ts";
import { readDatasetFile, type DatasetFile } from "./dataset-file.ts";
import { DEMO_SETTINGS, QUICK_SETTINGS, type DemoSettings } from "./demo-settings.ts";
import { evaluateSubject, type EvaluationOutcome } from "./evaluate.ts";
import { openBaseSubject, openRunSubject, type EvaluationSubject } from "./evaluation-subject.ts";
import { openOnnxTrainingEngine } from "./onnx-training-engine.ts";
import { trainRun, type TrainHooks, type TrainStep } from "./train.ts";
import type { OpenTrainingEngine } from "./training-engine.ts";

export { COMPOSITIONS, type Composition, type Differences, type EvaluationOutcome };

export interface DemoRequest {
  /** Made when absent, folder included; an existing one gets another run. */
  readonly workspace: string;
  readonly seed: number;
  readonly quick: boolean;
  /** Default "nano". */
  readonly model?: string;
  /** Default: DEMO_SETTINGS or QUICK_SETTINGS. */
  readonly settings?: DemoSettings;
  /** Default: auto. */
  readonly device?: DeviceRequest;
}

export type DemoSet = "heldout" | "heldoutOod";

export interface DemoProgress {
  /** E.g. "base cot, heldout" or "train". */
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Of the training step just done. */
  readonly step?: TrainStep;
}

export interface DemoHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DemoProgress) => void;
  readonly onPhase?: (phase: DemoPhase) => void;
}

export interface DemoPhase {
  readonly name: "evaluate base" | "train" | "evaluate trained";
  readonly durationMs: number;
}

export interface DemoRow {
  readonly model: "base" | "trained";
  readonly method: EvaluationMethod;
  readonly results: Readonly<Record<DemoSet, EvaluationOutcome>>;
}

export interface DemoExample {
  readonly record: InstructionRecord;
  readonly composition: Composition;
  readonly before: EvaluatedItem;
  readonly after: EvaluatedItem;
}

export interface DemoReport {
  readonly workspace: string;
  readonly runId: RunId;
  readonly settings: DemoSettings;
  readonly seed: number;
  readonly rows: readonly DemoRow[];
  /** Trained with reasoning minus base with and without it. */
  readonly differences: Readonly<Record<DemoSet, { readonly toBaseCot: Differences; readonly toBaseNoThink: Differences }>>;
  /** At most two, see chooseExamples. */
  readonly examples: readonly DemoExample[];
  readonly phases: readonly DemoPhase[];
}

const SETS = ["heldout", "heldoutOod"] as const satisfies readonly DemoSet[];
const BASE_METHODS = ["io", "cot", "no-think"] as const satisfies readonly EvaluationMethod[];
const TRAINED_METHODS = ["cot", "no-think"] as const satisfies readonly EvaluationMethod[];

/**
 * Throws what training and evaluating throw. What was stored until then stays; a run that was cut off can be resumed.
 */
export async function runDemo(
  request: DemoRequest,
  hooks: DemoHooks = {},
  openEngine: OpenTrainingEngine = openOnnxTrainingEngine,
): Promise<DemoReport> {
  const { seed, model = "nano", device = "auto" } = request;
  const settings = request.settings ?? (request.quick ? QUICK_SETTINGS : DEMO_SETTINGS);
  const workspace = resolve(request.workspace);
  await mkdir(dirname(workspace), { recursive: true });
  const data = { heldout: await readDatasetFile(settings.heldout), heldoutOod: await readDatasetFile(settings.heldoutOod) };
  const phases: DemoPhase[] = [];
  const timed = async <Result>(name: DemoPhase["name"], work: () => Promise<Result>): Promise<Result> => {
    const startMs = performance.now();
    const result = await work();
    phases.push({ name, durationMs: performance.now() - startMs });
    hooks.onPhase?.(phases.at(-1) as DemoPhase);
    return result;
  };
  const context = { workspace, settings, seed, device, data, hooks };
  const base = await timed("evaluate base", () => evaluateBase(context, model));
  const runId = await timed("train", () => train(context, model, openEngine));
  const trained = await timed("evaluate trained", () => evaluateTrained(context, runId));
  const rows = [...base, ...trained];
  return {
    workspace,
    runId,
    settings,
    seed,
    rows,
    differences: { heldout: differencesOn("heldout", rows, seed), heldoutOod: differencesOn("heldoutOod", rows, seed) },
    examples: chooseExamples(data.heldout.records, itemsOf(rows, "base", "cot", "heldout"), itemsOf(rows, "trained", "cot", "heldout")),
    phases,
  };
}

interface DemoContext {
  readonly workspace: string;
  readonly settings: DemoSettings;
  readonly seed: number;
  readonly device: DeviceRequest;
  readonly data: Readonly<Record<DemoSet, DatasetFile>>;
  readonly hooks: DemoHooks;
}

async function train(
  { workspace, settings, seed, device, hooks }: DemoContext,
  model: string,
  openEngine: OpenTrainingEngine,
): Promise<RunId> {
  const set = Object.entries(settings.training);
  const request = { model, data: settings.trainData, workspace, method: "raif", seed, device, set, name: "demonstration" } as const;
  const trainHooks: TrainHooks = {
    ...(hooks.signal === undefined ? {} : { signal: hooks.signal }),
    onStart: ({ fromStep, config }) => hooks.onProgress?.({ label: "train", done: fromStep, total: config.steps }),
    onStep: (step) => hooks.onProgress?.({ label: "train", done: step.step, total: step.totalSteps, step }),
  };
  const outcome = await trainRun(request, trainHooks, openEngine);
  return outcome.runId;
}

function evaluateBase(context: DemoContext, model: string): Promise<DemoRow[]> {
  return evaluateAll(context, "base", BASE_METHODS, () => openBaseSubject(model, context.hooks.signal, {}, undefined, context.device));
}

function evaluateTrained(context: DemoContext, runId: RunId): Promise<DemoRow[]> {
  return evaluateAll(context, "trained", TRAINED_METHODS, (db) =>
    openRunSubject(db, runId, { signal: context.hooks.signal }, {}, context.device),
  );
}

async function evaluateAll(
  context: DemoContext,
  model: DemoRow["model"],
  methods: readonly EvaluationMethod[],
  open: (db: ReturnType<typeof openEngineWorkspace>["db"]) => Promise<EvaluationSubject>,
): Promise<DemoRow[]> {
  const workspace = openEngineWorkspace(context.workspace, { create: true });
  try {
    interruptRunningEvaluations(workspace.db);
    const subject = await open(workspace.db);
    try {
      const rows: DemoRow[] = [];
      for (const method of methods) {
        const evaluate = (set: DemoSet): Promise<EvaluationOutcome> => {
          const { data, settings, seed, hooks } = context;
          const limit = settings.limits?.[set];
          const choices = { method, seed, maxNewTokens: settings.maxNewTokens, ...(limit === undefined ? {} : { limit }) };
          const label = `${model} ${method}, ${data[set].name}`;
          hooks.onProgress?.({ label, done: 0, total: Math.min(data[set].records.length, limit ?? Infinity) });
          return evaluateSubject(
            subject,
            data[set],
            choices,
            {
              ...(hooks.signal === undefined ? {} : { signal: hooks.signal }),
              onProgress: (done, total) => hooks.onProgress?.({ label, done, total }),
            },
            workspace.db,
          );
        };
        rows.push({ model, method, results: { heldout: await evaluate("heldout"), heldoutOod: await evaluate("heldoutOod") } });
      }
      return rows;
    } finally {
      await subject.dispose();
    }
  } finally {
    workspace.close();
  }
}

function itemsOf(rows: readonly DemoRow[], model: DemoRow["model"], method: EvaluationMethod, set: DemoSet): readonly EvaluatedItem[] {
  const row = rows.find((candidate) => candidate.model === model && candidate.method === method);
  if (row === undefined) throw new Error(`no row ${model} ${method}`);
  return row.results[set].items;
}

function differencesOn(set: DemoSet, rows: readonly DemoRow[], seed: number): DemoReport["differences"][DemoSet] {
  const after = itemsOf(rows, "trained", "cot", set);
  const options = { seed: mixSeed(seed, "differences", SETS.indexOf(set)) };
  return {
    toBaseCot: compare(itemsOf(rows, "base", "cot", set), after, options),
    toBaseNoThink: compare(itemsOf(rows, "base", "no-think", set), after, options),
  };
}

/**
 * Two records that the base got wrong and the trained model gets right: going through the kinds from the most to the least
 * composed, the first such record of each kind. They show what changed, not how often.
 */
export function chooseExamples(
  records: readonly InstructionRecord[],
  before: readonly EvaluatedItem[],
  after: readonly EvaluatedItem[],
): DemoExample[] {
  const flipped = after.flatMap((item, index): DemoExample[] => {
    const earlier = before[index];
    const record = records[item.position];
    if (earlier === undefined || record === undefined || earlier.judgement.correct || !item.judgement.correct) return [];
    return [{ record, composition: item.composition, before: earlier, after: item }];
  });
  const firstOfEachKind = COMPOSITIONS.toReversed()
    .filter((kind) => kind !== "maths")
    .flatMap((kind) => flipped.find((example) => example.composition === kind) ?? []);
  return firstOfEachKind.slice(0, 2);
}
