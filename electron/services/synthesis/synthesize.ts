// A synthesis from request to records, whoever writes: templates, an endpoint, a local model. Commands and jobs both come through here.

import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import type { RejectedSample, SynthesisOutcome, SynthesisRequest, SynthesisSource } from "../../../shared/domain/synthesis.ts";
import { DEFAULT_MIX } from "../../engine/synthesis/mix.ts";
import type { WriteConnection } from "../../storage/connection.ts";
import { openEngineWorkspace, openWorkspace } from "../../storage/open-workspace.ts";
import { openChatEndpoint } from "../endpoint/chat-endpoint.ts";
import type { ChatModel } from "../endpoint/chat-model.ts";
import { openLocalChatModel } from "../endpoint/local-chat-model.ts";
import { rememberReplies } from "../endpoint/remembered-model.ts";
import type { ReadSecret } from "../judging.ts";
import { trainingRecords } from "../training-records.ts";
import { synthesizeWithModel } from "./model-synthesis.ts";
import { synthesisPrompts } from "./prompts.ts";
import { readSeeds, SHIPPED_SEEDS } from "./read-seeds.ts";
import { synthesisRequestOf, type SynthesisOptions } from "./synthesis-options.ts";
import { synthesizeFromTemplates } from "./template-synthesis.ts";
import { writeJsonLines } from "./write-records.ts";

export interface SynthesizeHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (accepted: number, wanted: number) => void;
  /** Of a host's store, for an endpoint's key; the environment comes first. */
  readonly readSecret?: ReadSecret | undefined;
  readonly onSample?: (sample: { readonly index: number; readonly record: InstructionRecord } | RejectedSample) => void;
}

/** `db` remembers what models answer. Throws "invalid-argument", "cancelled", and what models, seeds and datasets throw. */
export async function synthesize(db: WriteConnection, request: SynthesisRequest, hooks: SynthesizeHooks = {}): Promise<SynthesisOutcome> {
  const { count, mix = DEFAULT_MIX, seed, source } = request;
  const avoid = (await Promise.all(request.avoid.map((name) => trainingRecords(name, db)))).flatMap(({ records }) => records);
  if (source.type === "templates") return synthesizeFromTemplates({ count, mix, seed, avoid }, hooks);
  const prompts = await synthesisPrompts(request.prompts);
  const seeds = await readSeeds(request.seeds ?? SHIPPED_SEEDS);
  const model = await openModel(source, hooks);
  try {
    const { maxSamples, maxAnswerTokens, questions } = request;
    const concurrency = source.type === "endpoint" ? source.concurrency : 1;
    return await synthesizeWithModel(
      { count, mix, seed, seeds, prompts, concurrency, avoid, maxSamples, maxAnswerTokens, questions },
      rememberReplies(db, model, request.tokenBudget),
      hooks,
    );
  } finally {
    await model.dispose?.();
  }
}

async function openModel(
  source: Exclude<SynthesisSource, { type: "templates" }>,
  { signal, readSecret }: SynthesizeHooks,
): Promise<ChatModel & { readonly dispose?: () => Promise<void> }> {
  if (source.type === "local") return openLocalChatModel(source.model, signal);
  const { baseUrl, model, concurrency, timeoutMs, keyVariable } = source;
  const apiKey = process.env[keyVariable] ?? (await storedKey(baseUrl, readSecret));
  return openChatEndpoint({ baseUrl, model, concurrency, timeoutMs, apiKey });
}

/** "endpoint-key:<host>" is a key for that host alone. */
async function storedKey(baseUrl: string, readSecret: ReadSecret | undefined): Promise<string | undefined> {
  const host = URL.parse(baseUrl)?.host ?? "";
  return (await readSecret?.(`endpoint-key:${host}`)) ?? (await readSecret?.("endpoint-key"));
}

export interface SynthesisFiles {
  readonly out: string;
  /** Where rejected samples go; nowhere when absent. */
  readonly rejected?: string | undefined;
  /** Workspace that remembers the answers of models; made when absent. Templates need none. */
  readonly workspace?: string | undefined;
}

/** A synthesis into files. Writes nothing unless all is made, but the workspace, which a next try goes on from. */
export async function synthesizeToFiles(
  options: SynthesisOptions,
  files: SynthesisFiles,
  hooks: SynthesizeHooks = {},
): Promise<SynthesisOutcome> {
  const request = await synthesisRequestOf(options);
  const { db, close } = openMemory(request, files);
  try {
    const outcome = await synthesize(db, request, hooks);
    await writeJsonLines(files.out, outcome.records);
    if (files.rejected !== undefined) await writeJsonLines(files.rejected, outcome.rejected);
    return outcome;
  } finally {
    close();
  }
}

function openMemory(
  { source }: SynthesisRequest,
  { out, workspace }: SynthesisFiles,
): { readonly db: WriteConnection; readonly close: () => void } {
  if (source.type !== "templates") return openEngineWorkspace(workspace ?? `${out}.sqlite`, { create: true });
  const db = openWorkspace(":memory:", { create: true });
  return { db, close: () => db.close() };
}
