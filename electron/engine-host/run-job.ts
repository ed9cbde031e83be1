// What each kind of job does, as calls of the services. Queue, statuses and messages are the engine loop's business.

import type { GeneratedResponse } from "../../shared/domain/generation.ts";
import type { JobResult } from "../../shared/domain/job.ts";
import type { EngineEvent } from "../../shared/engine-protocol.ts";
import type { QualityCheckRequest } from "../../shared/contract/quality.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import type { WriteConnection } from "../storage/connection.ts";
import { addCheckedAnswers, clearCheckedAnswers } from "../storage/checked-answers.ts";
import type { CollectionId, JobId, RunId, SynthesisId } from "../storage/ids.ts";
import { getQualityCheck } from "../storage/quality-checks.ts";
import { METHOD_NAMES, evaluateSubject, type EvaluationMethod } from "../services/evaluate.ts";
import { exportAdapter, exportRun } from "../services/export-run.ts";
import { generateResponses, openSource } from "../services/generate-responses.ts";
import { checkAnswers } from "../services/datasets/check-answers.ts";
import { preflight } from "../services/preflight.ts";
import { checkDataset } from "../services/quality/check-dataset.ts";
import { runSynthesis } from "../services/synthesis/run-synthesis.ts";
import { scoreRollout } from "../services/score-rollout.ts";
import { forkRunIn, resumeRunIn, trainRunIn, type TrainHooks, type TrainOutcome } from "../services/train.ts";
import type { OpenTrainingEngine } from "../services/training-engine.ts";
import { namedDataFile } from "../services/training-records.ts";
import type { JobArguments } from "./job-arguments.ts";
import type { JobProgress } from "./job-tracker.ts";

export interface JobContext {
  readonly jobId: number;
  readonly db: WriteConnection;
  readonly signal: AbortSignal;
  readonly openEngine: OpenTrainingEngine;
  /** How far it is, and what there is of the result already. */
  readonly report: (progress: JobProgress) => void;
  readonly publish: (event: EngineEvent) => void;
  /** The job turned out to be about this run. */
  readonly onRun: (runId: RunId) => void;
  readonly stopRequested: (runId: RunId) => "pause" | "stop" | undefined;
  /** Where a long training lets short jobs through. */
  readonly betweenSteps: () => Promise<void>;
  /** A finished step could not be stored because another program has the file; resolves when it is worth another try. */
  readonly waitForStorage: (step: number) => Promise<void>;
  /** Of the host's store. */
  readonly readSecret: (name: string) => Promise<string | undefined>;
}

/** The host passes on at most ten events a second anyway. */
const TEXT_EVERY_MS = 100;
const TOKENS_EVERY_MS = 500;

/** Throws what the service behind the kind throws. */
export async function runJob(job: JobArguments, context: JobContext): Promise<JobResult> {
  const { db, signal, readSecret } = context;
  context.report({ fraction: null, activity: "loading" });
  switch (job.kind) {
    case "train": {
      const hooks = trainHooks(context);
      if ("fork" in job) {
        const { runId, step, set, name } = job.fork;
        return trained(await forkRunIn(db, { runId, step, set: Object.entries(set), name }, hooks, context.openEngine));
      }
      const { name, set, ...request } = job.request;
      const named = name === undefined || name === "" ? {} : { name };
      return trained(await trainRunIn(db, { ...request, ...named, set: Object.entries(set) }, hooks, context.openEngine));
    }
    case "resume":
      return trained(await resumeRunIn(db, job.runId as RunId, trainHooks(context), context.openEngine));
    case "probe": {
      const { model, data, recipe, set, probeGroups, device } = job.request;
      const report = await preflight(
        db,
        { model, data, recipe, set: Object.entries(set), probeGroups, device },
        {
          signal,
          readSecret,
          onReport: (part, fraction) => context.report({ fraction, activity: "probing", result: { type: "preflight", report: part } }),
        },
      );
      return { type: "preflight", report };
    }
    case "generate":
      return { type: "responses", responses: await respond(job.request, context) };
    case "score":
      return { type: "scores", scores: await scoreRollout(db, job.rolloutId, job.source, signal) };
    case "verify":
      return verify(job.request, context);
    case "evaluate":
      return evaluate(job, context);
    case "check":
      return checkRows(job.request, context);
    case "synthesize":
      return grow(job.synthesisId as SynthesisId, context);
    case "export": {
      const { runId, step, dtype, to, content } = job;
      const request = { workspace: db.name, runId, to, step, dtype, signal };
      const { folder } = content === "adapter" ? await exportAdapter(request) : await exportRun(request);
      return { type: "export", path: folder };
    }
  }
}

async function verify(
  request: Extract<JobArguments, { kind: "verify" }>["request"],
  { db, jobId, signal, report }: JobContext,
): Promise<JobResult> {
  clearCheckedAnswers(db, jobId as JobId, request.datasetId as CollectionId);
  const checked = await checkAnswers(db, request, {
    signal,
    onProgress: (done, total) => report({ fraction: done / total, activity: `${done} of ${total} rows` }),
    onListed: (answers) => addCheckedAnswers(db, jobId as JobId, answers),
  });
  return { type: "answers", checked };
}

async function checkRows(request: QualityCheckRequest, { db, signal, report }: JobContext): Promise<JobResult> {
  const checkId = await checkDataset(db, request, { signal, onProgress: report });
  return { type: "quality", checkId, findings: getQualityCheck(db, checkId).counts.findings };
}

async function grow(id: SynthesisId, { db, signal, report, readSecret }: JobContext): Promise<JobResult> {
  const { accepted, rejected } = await runSynthesis(db, id, {
    signal,
    readSecret,
    onProgress: (done, wanted) => report({ fraction: done / wanted, activity: `${done} of ${wanted} records` }),
  });
  return { type: "synthesis", synthesisId: id, accepted, rejected };
}

function trained({ runId, steps }: TrainOutcome): JobResult {
  return { type: "run", runId, steps };
}

function trainHooks({ signal, report, publish, onRun, stopRequested, betweenSteps, waitForStorage, readSecret }: JobContext): TrainHooks {
  let runId: RunId | undefined;
  let total = 0;
  let done = 0;
  let rolling = { step: 0, tokens: 0 };
  let saidAtMs = 0;
  return {
    signal,
    readSecret,
    onToken: () => {
      rolling.tokens += 1;
      const nowMs = performance.now();
      if (nowMs - saidAtMs < TOKENS_EVERY_MS) return;
      saidAtMs = nowMs;
      report({ activity: `step ${rolling.step}: rollout, ${rolling.tokens} tokens` });
    },
    onStart: (start) => {
      runId = start.runId;
      total = start.config.steps;
      done = start.fromStep;
      onRun(runId);
      publish({ type: "event", topic: "run", payload: { runId, step: done, totalSteps: total, status: "running" } });
    },
    onPhase: async (phase, step) => {
      rolling = { step, tokens: 0 };
      report({ fraction: total === 0 ? null : done / total, activity: `step ${step}: ${phase}` });
      await betweenSteps();
    },
    onMicroBatchLowered: (tokens) =>
      report({ activity: `step ${rolling.step}: memory ran out, going on with micro-batches of at most ${tokens} tokens` }),
    onStep: (step) => {
      done = step.step;
      report({ fraction: done / total, activity: `step ${done} stored` });
      publish({ type: "event", topic: "run", payload: { runId: step.runId, step: done, totalSteps: total, status: "running" } });
      publish({ type: "event", topic: "rollouts", payload: { runId: step.runId, step: done } });
    },
    stopRequested: () => (runId === undefined ? undefined : stopRequested(runId)),
    onStorageBusy: waitForStorage,
  };
}

async function respond(
  request: Extract<JobArguments, { kind: "generate" }>["request"],
  { db, jobId, signal, report, publish, readSecret }: JobContext,
): Promise<readonly GeneratedResponse[]> {
  const say = (index: number, text: string, tokens: number, done: boolean): void =>
    publish({ type: "event", topic: "generation", payload: { jobId, index, text, tokens, done } });
  const saidAtMs = new Map<number, number>();
  const responses = await generateResponses(db, request, {
    signal,
    readSecret,
    onText: (index, text, tokens) => {
      const nowMs = performance.now();
      if (nowMs - (saidAtMs.get(index) ?? -Infinity) < TEXT_EVERY_MS) return;
      saidAtMs.set(index, nowMs);
      say(index, text, tokens, false);
    },
    onResponses: (done) =>
      report({ fraction: done.length / request.asks.length, activity: "generating", result: { type: "responses", responses: done } }),
  });
  for (const { index, text, tokenIds } of responses) say(index, text, tokenIds.length, true);
  return responses;
}

async function evaluate(
  job: Extract<JobArguments, { kind: "evaluate" }>,
  { db, signal, report, readSecret }: JobContext,
): Promise<JobResult> {
  const { source, data, method, limit, ...choices } = job.request;
  if (!(METHOD_NAMES as readonly string[]).includes(method)) {
    throw new WorkbenchError("invalid-argument", `there is no method "${method}"`, { expected: `one of ${METHOD_NAMES.join(", ")}` });
  }
  const file = await namedDataFile(data, db);
  const subject = await openSource(db, source, signal);
  try {
    const { evaluationId } = await evaluateSubject(
      subject,
      file,
      { ...choices, method: method as EvaluationMethod, ...(limit === undefined ? {} : { limit }) },
      { signal, readSecret, onProgress: (done, total) => report({ fraction: done / total, activity: `${done} of ${total} instructions` }) },
      db,
    );
    return { type: "evaluation", evaluationId: evaluationId ?? 0 };
  } finally {
    await subject.dispose();
  }
}
