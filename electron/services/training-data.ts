// From records to what the trainer takes: prompts with and without reasoning, experts as token ids, supervised examples. Records
// that do not fit the limits are left out and named, never cut.

import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import { WorkbenchError, isWorkbenchError } from "../../shared/errors.ts";
import type { ExpertSource } from "../engine/grpo/behaviour-cloning.ts";
import type { TrainingConfig } from "../engine/grpo/config.ts";
import type { PromptSource, RewardFn, TrainingPrompt } from "../engine/grpo/run-context.ts";
import type { SftExample, SftSource } from "../engine/grpo/sft.ts";
import type { AskJudge } from "../engine/rewards/leaf-checks.ts";
import { scoreResponses } from "../engine/rewards/score-responses.ts";
import { buildExpertResponse, buildPrompt } from "../engine/rollout/prompt.ts";
import type { ChatTemplate } from "../engine/tokenizer/chat-template.ts";
import type { Tokenizer } from "../engine/tokenizer/tokenizer.ts";

export interface SkippedRecord {
  readonly recordId: string;
  readonly reason: string;
}

export interface TrainingData {
  readonly records: readonly InstructionRecord[];
  readonly prompts: PromptSource;
  readonly experts: ExpertSource;
  /** The experts again, for the supervised method. */
  readonly examples: SftSource & { readonly size: number };
  readonly skipped: readonly SkippedRecord[];
}

/**
 * `contextTokens` bounds prompt + response. Throws "prompt-too-long" when no record is left, "invalid-config" when even the
 * longest kept prompt leaves no room for maxNewTokens, or when no expert is there where the method needs one.
 */
export function prepareTrainingData(
  records: readonly InstructionRecord[],
  model: { readonly tokenizer: Tokenizer; readonly template: ChatTemplate; readonly contextTokens: number },
  config: TrainingConfig,
): TrainingData {
  const kept: InstructionRecord[] = [];
  const prompts: TrainingPrompt[] = [];
  const skipped: SkippedRecord[] = [];
  const wanted = config.maths ? records : records.filter((record) => record.label.type !== "math");
  if (wanted.length === 0 && records.length > 0) {
    throw new WorkbenchError("invalid-config", "the data holds nothing but mathematics and that is switched off", { where: "maths" });
  }
  for (const record of wanted) {
    try {
      prompts.push(trainingPrompt(record, model, config));
      kept.push(record);
    } catch (error) {
      if (!isWorkbenchError(error, "prompt-too-long")) throw error;
      skipped.push({ recordId: record.id, reason: error.message });
    }
  }
  if (prompts.length === 0) {
    throw new WorkbenchError("prompt-too-long", "no prompt fits the limit", {
      where: "maxPromptTokens",
      expected: `at most ${promptLimit(model.contextTokens, config)} tokens`,
      got: skipped[0]?.reason ?? "no record",
    });
  }
  const experts = prompts.flatMap((prompt) => prompt.expert ?? []);
  if (experts.length === 0) requireNoExperts(config);
  return {
    records: kept,
    prompts: { size: prompts.length, promptAt: (index) => prompts[index] as TrainingPrompt },
    experts: { size: experts.length, expertAt: (index) => experts[index] as SftExample },
    examples: { size: experts.length, sampleAt: (index) => experts[index] as SftExample },
    skipped,
  };
}

function requireNoExperts({ method, cloning }: TrainingConfig): void {
  if (method !== "sft" && !cloning.enabled) return;
  const what = method === "sft" ? "supervised training" : "behaviour cloning";
  throw new WorkbenchError("invalid-config", `${what} needs expert demonstrations and the data has none that fit the context`, {
    where: method === "sft" ? "method" : "cloning.enabled",
    hint: `Add \`expert\` to some records${method === "sft" ? "" : ", or switch it off with --set cloning.enabled=false"}.`,
  });
}

/** Longest prompt in tokens: it must leave room for a whole response. Throws "invalid-config" where there is none for any prompt. */
export function promptLimit(contextTokens: number, config: TrainingConfig): number {
  if (config.method === "sft") return Math.min(config.maxPromptTokens, contextTokens - 1);
  const limit = Math.min(config.maxPromptTokens, contextTokens - config.maxNewTokens);
  if (limit >= 1) return limit;
  throw new WorkbenchError("invalid-config", "the responses would fill the model's context", {
    where: "maxNewTokens",
    expected: `less than ${contextTokens}`,
    got: String(config.maxNewTokens),
  });
}

function trainingPrompt(
  record: InstructionRecord,
  model: { readonly tokenizer: Tokenizer; readonly template: ChatTemplate; readonly contextTokens: number },
  config: TrainingConfig,
): TrainingPrompt {
  const { tokenizer, template, contextTokens } = model;
  const options = {
    maxPromptTokens: promptLimit(contextTokens, config),
    addThinkingInstruction: config.reward.formatMode !== "think-only",
  };
  const think = buildPrompt(record, tokenizer, template, "think", options);
  const kind = record.label.type === "math" ? "math" : "instruction";
  const compared = config.superiorCot.enabled && config.method !== "sft" && kind === "instruction";
  const expert = record.expert === undefined ? undefined : buildExpertResponse(record.expert, tokenizer).ids;
  const fits = expert !== undefined && think.ids.length + expert.length <= contextTokens;
  return {
    recordId: record.id,
    kind,
    think,
    ...(compared ? { empty: buildPrompt(record, tokenizer, template, "empty", options) } : {}),
    ...(fits ? { expert: { recordId: record.id, promptIds: think.ids, responseIds: expert } } : {}),
  };
}

/** Rewards of the records behind a prompt source; `askJudge` answers their questions. */
export function recordReward(records: readonly InstructionRecord[], config: TrainingConfig, askJudge?: AskJudge): RewardFn {
  const { accuracyMode, gatedFormat, formatMode } = config.reward;
  return (requests) =>
    scoreResponses(
      requests.map(({ promptIndex, text, requireThink }) => ({
        text,
        record: records[promptIndex] as InstructionRecord,
        requireThink,
        formatMode,
      })),
      { accuracyMode, gatedFormat },
      askJudge,
    );
}
