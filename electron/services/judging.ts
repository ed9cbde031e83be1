// Opens the judge that the settings name and remembers what it says: in the workspace where there is one, so that judging that was
// cut off goes on where it was, else for as long as it is open.

import pLimit from "p-limit";
import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import { isWorkbenchError, WorkbenchError } from "../../shared/errors.ts";
import { leaves } from "../engine/constraints/tree-shape.ts";
import { openScoringModel } from "../engine/decoding/open-language-model.ts";
import type { TrainingConfig } from "../engine/grpo/config.ts";
import type { Judge } from "../engine/judge/judge.ts";
import { JUDGE_PROMPT_VERSION } from "../engine/judge/judge-prompt.ts";
import { LocalJudge } from "../engine/judge/local-judge.ts";
import type { AskJudge, JudgeQuestion, JudgeVerdict } from "../engine/rewards/leaf-checks.ts";
import type { SessionOptions } from "../engine/onnx/session.ts";
import type { WriteConnection } from "../storage/connection.ts";
import { canonicalJson, sha256 } from "../storage/hashing.ts";
import { addJudgeVerdicts, getJudgeVerdict, type StoredJudgeVerdict } from "../storage/judge-verdicts.ts";
import { loadBaseWeights } from "./base-model.ts";
import { EndpointJudge } from "./endpoint/endpoint-judge.ts";
import { modelFolder } from "./resource-paths.ts";

export type JudgeSettings = TrainingConfig["judge"];

export interface Judging {
  readonly ask: AskJudge;
  dispose(): Promise<void>;
}

export type ReadSecret = (name: string) => Promise<string | undefined>;

export interface JudgingOptions {
  /** Where verdicts are remembered. */
  readonly db?: WriteConnection | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Of a local model: where and with how many threads it computes. */
  readonly session?: SessionOptions;
  /** Of a host's store, for an endpoint's key; the environment comes first. */
  readonly readSecret?: ReadSecret | undefined;
}

/** Whether a judge has to be there for this record. */
export function asksQuestions({ label }: InstructionRecord): boolean {
  return label.type === "tree" && leaves(label.tree).some(({ type }) => type === "question");
}

/**
 * The judge for these records; undefined where none of them asks a question. Throws "invalid-config" where one does and no judge, or
 * none that can be, is set, and what loading a local model throws.
 */
export async function openJudging(
  settings: JudgeSettings,
  records: readonly InstructionRecord[],
  options: JudgingOptions = {},
): Promise<Judging | undefined> {
  const asking = records.find(asksQuestions);
  if (asking === undefined) return undefined;
  if (settings.model === "") {
    throw new WorkbenchError("invalid-config", "the data asks questions that only a judge can answer, and no judge is set", {
      where: "judge.model",
      expected: "local:<model folder> or endpoint:<url>#<model>",
      got: `nothing, but the record "${asking.id}" asks one`,
      hint: "Give one with --judge, or in the settings of the run.",
    });
  }
  const judge = await openJudge(settings, options);
  return { ask: rememberingJudge(judge, options), dispose: () => judge.dispose() };
}

/** Throws "invalid-config" for what names no judge, and what loading a local model throws. */
export async function openJudge(settings: JudgeSettings, { signal, session = {}, readSecret }: JudgingOptions): Promise<Judge> {
  const folder = localJudgeFolder(settings.model);
  if (folder !== undefined) return openLocalJudge(folder, session, signal);
  const [, url = "", model = ""] = /^endpoint:([^#]+)#(.+)$/.exec(settings.model) ?? [];
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new WorkbenchError("invalid-config", "this names no judge", {
      where: "judge.model",
      expected: "local:<model folder>, or endpoint:<http or https url>#<model>",
      got: settings.model,
    });
  }
  const { concurrency, timeoutSeconds, retries } = settings;
  return new EndpointJudge({
    baseUrl: url,
    model,
    apiKey: await judgeKey(new URL(url).host, readSecret),
    concurrency,
    timeoutMs: timeoutSeconds * 1000,
    maxAttempts: 1 + retries,
  });
}

/** A stored key is for one host, so that settings from elsewhere cannot send it to another. */
async function judgeKey(host: string, readSecret: ReadSecret | undefined): Promise<string | undefined> {
  const given = process.env["RAIF_JUDGE_KEY"]?.trim();
  if (given !== undefined && given !== "") return given;
  return readSecret?.(`judge-key:${host}`);
}

/** Where the weights of a judge on this machine lie; undefined where the name is of another kind. */
export function localJudgeFolder(judge: string): string | undefined {
  const name = /^local:(.+)$/.exec(judge)?.[1];
  return name === undefined ? undefined : modelFolder(name);
}

async function openLocalJudge(folder: string, session: SessionOptions, signal: AbortSignal | undefined): Promise<Judge> {
  const base = await loadBaseWeights(folder, { signal });
  const languageModel = await openScoringModel(base.config, base.weights, session);
  const hash = sha256(canonicalJson(base.fingerprints));
  return new LocalJudge({ languageModel, tokenizer: base.tokenizer, template: base.template, hash }, () => languageModel.dispose());
}

/** Asks what is not known yet, each question once, and stores every batch as it comes. */
export function rememberingJudge(judge: Judge, { db, signal }: JudgingOptions): AskJudge {
  const memory = verdictMemory(db);
  return async (questions) => {
    const keys = questions.map((question) => questionKey(judge.identity, question));
    const first = [...new Map(keys.map((key, index) => [key, index])).values()];
    const different = first.map((index) => ({ key: keys[index] as string, question: questions[index] as JudgeQuestion }));
    const batches = judge
      .plan(different.map(({ question }) => question))
      .map((batch) => batch.map((index) => different[index] as (typeof different)[number]))
      .filter((batch) => batch.some(({ key }) => memory.get(key) === undefined));
    await askBatches(judge, batches, memory, signal);
    memory.flush();
    return keys.map((key): JudgeVerdict => {
      const verdict = memory.get(key);
      if (verdict === undefined) throw new Error("a judged question was not remembered");
      const { yes, margin, note } = verdict;
      return { yes, ...(margin === undefined ? {} : { margin }), ...(note === undefined ? {} : { note }) };
    });
  };
}

type Batch = readonly { readonly key: string; readonly question: JudgeQuestion }[];

/** The first failure stops what has not begun; what is on the way is still waited for and remembered. */
async function askBatches(judge: Judge, batches: readonly Batch[], memory: VerdictMemory, signal: AbortSignal | undefined): Promise<void> {
  const limit = pLimit(judge.concurrency);
  let failure: { readonly error: unknown } | undefined;
  await limit.map(batches, async (batch) => {
    if (failure !== undefined) return;
    try {
      const verdicts = await judge.ask(
        batch.map(({ question }) => question),
        signal,
      );
      memory.put(batch.map(({ key }, index) => ({ key, judge: judge.identity, ...(verdicts[index] as JudgeVerdict) })));
    } catch (error) {
      failure ??= { error };
    }
  });
  if (failure !== undefined) throw failure.error;
}

function questionKey(judge: string, { messages, answer, question }: JudgeQuestion): string {
  return sha256(canonicalJson({ judge, wording: JUDGE_PROMPT_VERSION, messages, answer, question }));
}

interface VerdictMemory {
  get(key: string): StoredJudgeVerdict | undefined;
  /** What is known already stays as it is. */
  put(verdicts: readonly StoredJudgeVerdict[]): void;
  flush(): void;
}

function verdictMemory(db: WriteConnection | undefined): VerdictMemory {
  /** What the workspace does not hold: all of it where there is none, else what another program kept from being stored. */
  const kept = new Map<string, StoredJudgeVerdict>();
  const get = (key: string): StoredJudgeVerdict | undefined => kept.get(key) ?? (db === undefined ? undefined : getJudgeVerdict(db, key));
  const flush = (): void => {
    if (db === undefined || kept.size === 0) return;
    try {
      addJudgeVerdicts(db, [...kept.values()]);
      kept.clear();
    } catch (error) {
      // The next batch tries again; whoever stores the step waits for the file anyway.
      if (!isWorkbenchError(error, "workspace-locked")) throw error;
    }
  };
  const put = (verdicts: readonly StoredJudgeVerdict[]): void => {
    for (const verdict of verdicts) if (get(verdict.key) === undefined) kept.set(verdict.key, verdict);
    flush();
  };
  return { get, put, flush };
}
