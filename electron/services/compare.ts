// Two to four responses to one prompt side by side: what each pane shows and which weights are proven to speak in it, one grid of
// checks with what flips against the first pane, and the words of the reasoning that they share.

import type {
  Comparison,
  ComparisonPane,
  ConstraintRow,
  PaneChoice,
  PaneProof,
  PaneResponse,
  PaneSource,
  PromptFilter,
} from "../../shared/domain/comparison.ts";
import type { GeneratedResponse } from "../../shared/domain/generation.ts";
import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import type { TraceComposition } from "../../shared/domain/trace.ts";
import type { Verdict } from "../../shared/domain/verdict.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { METHODS, type EvaluationMethod } from "../engine/benchmarks/methods.ts";
import { compositionKind } from "../engine/constraints/tree-shape.ts";
import { getComparisonNote } from "../storage/annotations.ts";
import {
  answeredEvaluations,
  answeredSteps,
  evaluationItemOf,
  promptOfRollout,
  promptsOfEvaluation,
  promptsOfStep,
  recordPlaces,
  rolloutOfStep,
  type AnsweredPrompt,
} from "../storage/compare-rows.ts";
import type { ReadConnection } from "../storage/connection.ts";
import { getDatasetRecord } from "../storage/datasets.ts";
import { getEvaluation, listEvaluations, type Evaluation } from "../storage/evaluations.ts";
import type { DatasetId, EvaluationId, JobId, RolloutId, RunId } from "../storage/ids.ts";
import { getJob } from "../storage/jobs.ts";
import { getRollout } from "../storage/rollouts.ts";
import { getRun } from "../storage/runs.ts";
import { jobResult } from "./job-views.ts";
import { compositionOf } from "./trace-index.ts";
import { stepHashes, weightsProof } from "./trace-origin.ts";
import { alignedDiff } from "./word-diff.ts";

/** `db` is what is shown; jobs are in the user's own workspace. */
export interface ComparedWorkspaces {
  readonly db: ReadConnection;
  readonly jobsDb: ReadConnection;
}

const MODE_NAMES = { think: "with reasoning", empty: "reasoning forced empty", plain: "plain" } as const;
type Mode = keyof typeof MODE_NAMES;

/** Steps of runs and evaluations that have answers. */
export function paneChoices(db: ReadConnection, runId?: RunId): PaneChoice[] {
  const prompts = new Map(answeredEvaluations(db).map((row) => [row.evaluationId, row.prompts]));
  const evaluations = listEvaluations(db, runId).flatMap((evaluation): PaneChoice[] => {
    const count = prompts.get(evaluation.id) ?? 0;
    if (count === 0) return [];
    return [{ source: { type: "evaluation", evaluationId: evaluation.id }, label: evaluationLabel(db, evaluation), prompts: count }];
  });
  const names = new Map<number, string>();
  const nameOf = (id: number): string => {
    if (!names.has(id)) names.set(id, getRun(db, id as RunId).name);
    return names.get(id) as string;
  };
  const steps = answeredSteps(db, runId).map(({ prompts: count, ...place }): PaneChoice => ({
    source: { type: "run", ...place },
    label: `${nameOf(place.runId)}, step ${place.step}, ${MODE_NAMES[place.mode]}`,
    prompts: count,
  }));
  return [...evaluations, ...steps];
}

function evaluationLabel(db: ReadConnection, { runId, step, model, method, datasetName }: Evaluation): string {
  const who = runId === undefined ? model : `${getRun(db, runId).name}, step ${step ?? "?"}`;
  return `${who}, ${datasetName} by ${method}`;
}

/** Prompts that at least two panes answered, in the order of the data; `total` is before the filter. Throws "not-found". */
export function comparedPrompts(
  at: ComparedWorkspaces,
  panes: readonly PaneSource[],
  filter: PromptFilter,
): { readonly recordIds: readonly string[]; readonly total: number } {
  const states = panes.map((pane) => new Map(answersOf(at, pane).map((answer) => [answer.recordId, answer.checkStates])));
  const all = [...new Set(states.flatMap((pane) => [...pane.keys()]))];
  const shared = all.filter((recordId) => states.filter((pane) => pane.has(recordId)).length >= 2);
  const wanted = shared.filter((recordId) =>
    passesFilter(
      states.map((pane) => pane.get(recordId)),
      filter,
    ),
  );
  const places = recordPlaces(at.db, wanted);
  const recordIds = wanted.sort((a, b) => (places.get(a) ?? Infinity) - (places.get(b) ?? Infinity) || 0);
  return { recordIds, total: shared.length };
}

function answersOf({ db, jobsDb }: ComparedWorkspaces, pane: PaneSource): readonly AnsweredPrompt[] {
  switch (pane.type) {
    case "run":
      return promptsOfStep(db, getRun(db, pane.runId as RunId).id, pane.step, pane.mode);
    case "rollout":
      return promptOfRollout(db, getRollout(db, pane.rolloutId as RolloutId).id);
    case "evaluation":
      return promptsOfEvaluation(db, getEvaluation(db, pane.evaluationId as EvaluationId).id);
    case "generated": {
      const { recordId, response } = generated(jobsDb, db, pane.jobId, pane.index);
      const verdicts = response?.reward?.verdicts ?? [];
      return recordId === undefined || response === undefined
        ? []
        : [{ recordId, checkStates: verdicts.map(({ state }) => state[0]).join("") }];
    }
  }
}

/** Whether the answers of the panes, given by the states of their checks, are what is looked for. */
export function passesFilter(states: readonly (string | undefined)[], filter: PromptFilter): boolean {
  const given = states.filter((state) => state !== undefined);
  if (filter === "all") return true;
  if (filter === "different") return given.some((state) => state !== given[0]);
  const [first, ...others] = states;
  if (first === undefined) return false;
  return others.some((other) => other !== undefined && Array.from(other).some((state, check) => flipOf(first[check], state) === filter));
}

/** Against the first pane; by the first letters of the states. Checks that do not count in one of them do not flip. */
function flipOf(first: string | undefined, other: string | undefined): "up" | "down" | null {
  if (first === undefined || other === undefined || first === "i" || other === "i") return null;
  if ((first === "p") === (other === "p")) return null;
  return other === "p" ? "up" : "down";
}

/** Throws "not-found" for a pane that is not there. */
export function compare(at: ComparedWorkspaces, panes: readonly PaneSource[], recordId: string): Comparison {
  const { db } = at;
  const shown = panes.map((pane) => paneOf(at, pane, recordId));
  const diffs = alignedDiff(shown.flatMap(({ response }) => (hasReasoning(response) ? [response.think] : [])));
  const withDiffs = shown.map((pane): ComparisonPane => {
    if (!hasReasoning(pane.response)) return pane;
    return { ...pane, response: { ...pane.response, thinkDiff: diffs.shift() ?? [] } };
  });
  const grid = constraintGrid(withDiffs.map(({ response }) => response?.verdicts));
  const { record, datasetId } = recordOf(at, panes, recordId);
  const flips = (direction: "up" | "down"): number => grid.flatMap(({ cells }) => cells).filter(({ flip }) => flip === direction).length;
  return {
    recordId,
    composition: compositionOfRecord(record, grid),
    datasetId,
    messages: record?.messages ?? [],
    panes: withDiffs,
    grid,
    flipsUp: flips("up"),
    flipsDown: flips("down"),
    vote: getComparisonNote(db, recordId, panes),
  };
}

function hasReasoning(response: PaneResponse | null): response is PaneResponse & { readonly think: string } {
  return response?.think !== null && response?.think !== undefined && response.think !== "";
}

function compositionOfRecord(record: InstructionRecord | undefined, grid: readonly ConstraintRow[]): TraceComposition {
  if (record === undefined) return compositionOf(grid.map(({ path }) => path));
  return record.label.type === "math" ? "maths" : compositionKind(record.label.tree);
}

/** One row a check, in the order of the first pane that has it. */
export function constraintGrid(panes: readonly (readonly Verdict[] | undefined)[]): ConstraintRow[] {
  const rows = new Map<string, Verdict>();
  for (const verdict of panes.flatMap((verdicts) => verdicts ?? [])) if (!rows.has(verdict.path)) rows.set(verdict.path, verdict);
  return [...rows.values()].map(({ path, ruleId, expected }) => {
    const own = panes.map((verdicts) => verdicts?.find((verdict) => verdict.path === path));
    const cells = own.map((verdict, pane) => ({
      state: verdict?.state ?? null,
      got: verdict?.got ?? "",
      flip: pane === 0 ? null : flipOf(own[0]?.state[0], verdict?.state[0]),
    }));
    return { path, ruleId, expected, cells };
  });
}

function paneOf(at: ComparedWorkspaces, source: PaneSource, recordId: string): ComparisonPane {
  switch (source.type) {
    case "run": {
      const run = getRun(at.db, source.runId as RunId);
      const label = `${run.name}, step ${source.step}, ${MODE_NAMES[source.mode]}`;
      const rolloutId = rolloutOfStep(at.db, run.id, source.step, source.mode, recordId);
      if (rolloutId === undefined) return { source, label, response: null, proof: NOTHING_SAID };
      return { source, label, ...rolloutPane(at.db, rolloutId as RolloutId) };
    }
    case "rollout": {
      const rollout = getRollout(at.db, source.rolloutId as RolloutId);
      const { name } = getRun(at.db, rollout.runId);
      const label = `${name}, step ${rollout.step}, sample ${rollout.sampleIndex + 1}, ${MODE_NAMES[rollout.mode]}`;
      if (rollout.recordId !== recordId) return { source, label, response: null, proof: NOTHING_SAID };
      return { source, label, ...rolloutPane(at.db, rollout.id) };
    }
    case "evaluation":
      return evaluationPane(at.db, source, recordId);
    case "generated":
      return generatedPane(at, source, recordId);
  }
}

const NOTHING_SAID: PaneProof = {
  proven: false,
  reason: "There is no answer to this prompt.",
  modelHash: null,
  adapterHash: null,
  chatTemplateHash: null,
  samplerHash: null,
  seed: null,
};

function rolloutPane(db: ReadConnection, id: RolloutId): Pick<ComparisonPane, "response" | "proof"> {
  const rollout = getRollout(db, id);
  const run = getRun(db, rollout.runId);
  const weights = weightsProof(db, run, rollout.step);
  const hashes = stepHashes(db, run.id, rollout.step);
  return {
    response: {
      rolloutId: id,
      ...textsOf(rollout.mode, rollout),
      tokens: rollout.tokenIds.length,
      finish: rollout.finish,
      reward: rollout.reward,
      passed: rollout.checksPassed,
      checks: rollout.checksActive,
      verdicts: rollout.verdicts,
    },
    proof: {
      proven: weights.proven,
      reason: weights.reason,
      modelHash: weights.hash,
      adapterHash: hashes?.adapterHash ?? null,
      chatTemplateHash: hashes?.chatTemplateHash ?? null,
      samplerHash: hashes?.samplerHash ?? null,
      seed: rollout.seed,
    },
  };
}

function evaluationPane(db: ReadConnection, source: Extract<PaneSource, { type: "evaluation" }>, recordId: string): ComparisonPane {
  const evaluation = getEvaluation(db, source.evaluationId as EvaluationId);
  const label = evaluationLabel(db, evaluation);
  const item = evaluationItemOf(db, evaluation.id, recordId);
  if (item === undefined) return { source, label, response: null, proof: NOTHING_SAID };
  return {
    source,
    label,
    response: {
      rolloutId: null,
      ...textsOf(modeOfMethod(evaluation.method), item),
      tokens: item.tokens,
      finish: item.finish,
      reward: null,
      passed: item.checksPassed,
      checks: item.checksActive,
      verdicts: item.verdicts,
    },
    proof: {
      proven: true,
      reason: "The evaluation stored the hash of the weights it loaded.",
      modelHash: evaluation.modelHash,
      adapterHash: evaluation.adapterHash ?? null,
      chatTemplateHash: evaluation.chatTemplateHash,
      samplerHash: evaluation.samplerHash,
      seed: item.seed,
    },
  };
}

function modeOfMethod(method: string): Mode {
  return Object.hasOwn(METHODS, method) ? METHODS[method as EvaluationMethod].promptMode : "plain";
}

function generatedPane(
  { db, jobsDb }: ComparedWorkspaces,
  source: Extract<PaneSource, { type: "generated" }>,
  recordId: string,
): ComparisonPane {
  const { recordId: own, response } = generated(jobsDb, db, source.jobId, source.index);
  if (response === undefined || own !== recordId) return { source, label: "generated", response: null, proof: NOTHING_SAID };
  const { ask, reward, step } = response;
  const who = ask.source.type === "base" ? ask.source.model : `${getRun(db, ask.source.runId as RunId).name}, step ${step ?? "?"}`;
  return {
    source,
    label: `${who}, ${MODE_NAMES[ask.mode]}, generated`,
    response: {
      rolloutId: null,
      ...textsOf(ask.mode, response),
      tokens: response.tokenIds.length,
      finish: response.finish,
      reward: reward?.total ?? null,
      passed: reward?.passed ?? 0,
      checks: reward?.checks ?? 0,
      verdicts: reward?.verdicts ?? [],
    },
    proof: {
      proven: true,
      reason: "The engine hashed the weights it loaded when it generated this.",
      modelHash: response.modelHash,
      adapterHash: null,
      chatTemplateHash: response.chatTemplateHash,
      samplerHash: null,
      seed: ask.seed,
    },
  };
}

interface StoredAsk {
  readonly request?: {
    readonly prompt?:
      | { readonly type: "text" }
      | { readonly type: "record"; readonly datasetId: number; readonly recordId: string }
      | { readonly type: "rollout"; readonly rolloutId: number };
  };
}

/** Throws "not-found" for a job that is not there or generates nothing; `response` is undefined until it is made. */
function generated(
  jobsDb: ReadConnection,
  db: ReadConnection,
  jobId: number,
  index: number,
): { readonly recordId: string | undefined; readonly datasetId: number | undefined; readonly response: GeneratedResponse | undefined } {
  const job = getJob(jobsDb, jobId as JobId);
  if (job.kind !== "generate") throw new WorkbenchError("not-found", `job ${jobId} generates nothing`, { where: jobsDb.name });
  const result = jobResult(jobsDb, jobId as JobId);
  const response = result?.type === "responses" ? result.responses.find((one) => one.index === index) : undefined;
  const prompt = (job.arguments as StoredAsk).request?.prompt;
  if (prompt?.type === "record") return { recordId: prompt.recordId, datasetId: prompt.datasetId, response };
  if (prompt?.type !== "rollout") return { recordId: undefined, datasetId: undefined, response };
  const rollout = getRollout(db, prompt.rolloutId as RolloutId);
  return { recordId: rollout.recordId, datasetId: getRun(db, rollout.runId).datasetId, response };
}

function textsOf(
  mode: Mode,
  { text, think, answer }: { readonly text: string; readonly think: string | null; readonly answer: string | null },
): Pick<PaneResponse, "mode" | "text" | "think" | "answer" | "thinkDiff" | "thinkWords" | "answerWords"> {
  const words = (part: string | null): number => part?.match(/\S+/g)?.length ?? 0;
  return { mode, text, think, answer, thinkDiff: [], thinkWords: words(think), answerWords: words(answer) };
}

/** From the data that a pane's answers were made for. */
function recordOf(
  { db, jobsDb }: ComparedWorkspaces,
  panes: readonly PaneSource[],
  recordId: string,
): { readonly record: InstructionRecord | undefined; readonly datasetId: number | null } {
  for (const pane of panes) {
    const datasetId = datasetOf(db, jobsDb, pane);
    const record = datasetId === undefined ? undefined : getDatasetRecord(db, datasetId as DatasetId, recordId);
    if (datasetId !== undefined && record !== undefined) return { record, datasetId };
  }
  return { record: undefined, datasetId: null };
}

function datasetOf(db: ReadConnection, jobsDb: ReadConnection, pane: PaneSource): number | undefined {
  switch (pane.type) {
    case "run":
      return getRun(db, pane.runId as RunId).datasetId;
    case "rollout":
      return getRun(db, getRollout(db, pane.rolloutId as RolloutId).runId).datasetId;
    case "evaluation":
      return getEvaluation(db, pane.evaluationId as EvaluationId).datasetId;
    case "generated":
      return generated(jobsDb, db, pane.jobId, pane.index).datasetId;
  }
}
