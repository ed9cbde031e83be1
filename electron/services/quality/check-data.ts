// Checks of a dataset as a command or a page asks for them: where rows, references and the model's tokenizer come from.

import { setImmediate as yieldToEvents } from "node:timers/promises";
import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import { FINDING_TYPES, type FindingType, type QualityFinding } from "../../../shared/domain/quality.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { checkRows, type CheckOptions, type CheckProgress } from "../../engine/data-quality/check-rows.ts";
import { NO_LABEL, qualityRow, type QualityRow } from "../../engine/data-quality/quality-row.ts";
import { readModelConfig } from "../../engine/model/hf-folder.ts";
import { buildPrompt } from "../../engine/rollout/prompt.ts";
import { ChatTemplate } from "../../engine/tokenizer/chat-template.ts";
import { Tokenizer } from "../../engine/tokenizer/tokenizer.ts";
import type { ReadConnection } from "../../storage/connection.ts";
import { modelFolder } from "../resource-paths.ts";
import { isStoredName, trainingRecords } from "../training-records.ts";
import { cancelledCheck, readRows } from "./read-rows.ts";

export interface CheckDataRequest {
  readonly types?: readonly FindingType[] | undefined;
  readonly duplicateThreshold?: number | undefined;
  readonly leakageThreshold?: number | undefined;
  /** What must not leak into the data: files or folders of any known layout, shipped names, names of stored datasets. */
  readonly against?: readonly string[] | undefined;
  /** Prompts are counted as this model gets them. */
  readonly model?: string | undefined;
  /** Longest prompt; by default what the model's context leaves beside a response of maxNewTokens. */
  readonly maxPromptTokens?: number | undefined;
  readonly maxNewTokens?: number | undefined;
}

export interface CheckHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CheckProgress) => void;
}

const DEFAULT_MAX_NEW_TOKENS = 1024;
/** How long nothing else gets a turn, so that cancelling is felt at once. */
const TURN_MS = 50;

/** Throws "cancelled", and what reading references or the model throws. `db` is where names of stored datasets are looked up. */
export async function checkQualityRows(
  rows: readonly QualityRow[],
  request: CheckDataRequest,
  hooks: CheckHooks,
  db?: ReadConnection,
): Promise<QualityFinding[]> {
  const checks = checkRows(rows, await checkOptions(request, db, hooks.signal));
  let turnMs = -Infinity;
  for (;;) {
    const step = checks.next();
    if (step.done === true) return step.value;
    if (performance.now() - turnMs < TURN_MS) continue;
    hooks.onProgress?.(step.value);
    await yieldToEvents();
    turnMs = performance.now();
    if (hooks.signal?.aborted === true) throw cancelledCheck();
  }
}

/** Throws "invalid-argument" for a type of finding that does not exist. */
export function parseFindingTypes(text: string): FindingType[] {
  return text.split(",").map((part) => {
    const type = FINDING_TYPES.find((name) => name === part.trim());
    if (type !== undefined) return type;
    throw new WorkbenchError("invalid-argument", `there is no finding "${part.trim()}"`, { expected: FINDING_TYPES.join(", "), got: text });
  });
}

async function checkOptions(
  { against = [], model, maxPromptTokens, maxNewTokens, ...rest }: CheckDataRequest,
  db: ReadConnection | undefined,
  signal: AbortSignal | undefined,
): Promise<CheckOptions> {
  const references: NonNullable<CheckOptions["references"]>[number][] = [];
  for (const name of against) {
    references.push({ name, rows: (await referenceRecords(name, db, signal)).map((record, index) => qualityRow(record, index)) });
  }
  if (model === undefined) return { ...rest, references };
  return { ...rest, references, prompts: await promptCounter(model, maxPromptTokens, maxNewTokens) };
}

async function referenceRecords(
  name: string,
  db: ReadConnection | undefined,
  signal: AbortSignal | undefined,
): Promise<readonly InstructionRecord[]> {
  if (isStoredName(name)) return (await trainingRecords(name, db)).records;
  return (await readRows(name, signal)).rows.map(({ checked }) => checked);
}

async function promptCounter(
  model: string,
  maxPromptTokens: number | undefined,
  maxNewTokens = DEFAULT_MAX_NEW_TOKENS,
): Promise<NonNullable<CheckOptions["prompts"]>> {
  const folder = modelFolder(model);
  const tokenizer = await Tokenizer.load(folder);
  const template = await ChatTemplate.load(folder, tokenizer);
  const countTokens = (record: InstructionRecord): number => buildPrompt(record, tokenizer, template, "think").ids.length;
  const limitTokens = maxPromptTokens ?? (await contextLimit(folder, maxNewTokens));
  const emptyTokens = countTokens({ id: "", messages: [{ role: "user", content: "a" }], label: NO_LABEL, tags: {} });
  const surelyFits = ({ messages }: InstructionRecord): boolean =>
    messages.reduce((sum, { content }) => sum + emptyTokens + TOKENS_A_BYTE * Buffer.byteLength(content), 0) <= limitTokens;
  return { countTokens, surelyFits, limitTokens };
}

/** A token is a byte at least; twice as many leave room for what tokenizers rewrite before they cut. */
const TOKENS_A_BYTE = 2;

async function contextLimit(folder: string, maxNewTokens: number): Promise<number> {
  const { maxPositionEmbeddings } = await readModelConfig(folder);
  // A small model cannot spare a long response; half of the context is then the prompt's.
  return Math.max(maxPositionEmbeddings - maxNewTokens, Math.floor(maxPositionEmbeddings / 2));
}
