// Responses made on request for the interface: one prompt, several weights, modes and seeds; each with its tokens, the hashes of
// what spoke, and its reward where the prompt has a record to judge by. Stores nothing.

import type {
  GeneratedResponse,
  GeneratedReward,
  GenerationAsk,
  GenerationRequest,
  WeightsSource,
} from "../../shared/domain/generation.ts";
import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { generate } from "../engine/decoding/generate.ts";
import { DEFAULT_CONFIG, trainingConfigSchema, type TrainingConfig } from "../engine/grpo/config.ts";
import { readModelConfig } from "../engine/model/hf-folder.ts";
import type { SessionOptions } from "../engine/onnx/session.ts";
import { parseResponse } from "../engine/rewards/format.ts";
import { scoreResponses } from "../engine/rewards/score-responses.ts";
import { buildPrompt } from "../engine/rollout/prompt.ts";
import { StreamDecoder } from "../engine/tokenizer/stream-decoder.ts";
import type { ReadConnection } from "../storage/connection.ts";
import { getDatasetRecord } from "../storage/datasets.ts";
import type { DatasetId, RolloutId, RunId } from "../storage/ids.ts";
import { getRollout } from "../storage/rollouts.ts";
import { getRun } from "../storage/runs.ts";
import { chooseDevice } from "./choose-device.ts";
import { openBaseSubject, openRunSubject, type EvaluationSubject } from "./evaluation-subject.ts";
import { asksQuestions, localJudgeFolder, openJudging, type ReadSecret } from "./judging.ts";

export interface ResponseHooks {
  readonly signal?: AbortSignal;
  readonly readSecret?: ReadSecret;
  /** The whole text so far of the response at this place among the asks. */
  readonly onText?: (index: number, text: string, tokens: number) => void;
  /** After each source's responses. */
  readonly onResponses?: (done: readonly GeneratedResponse[]) => void;
}

interface PromptToAnswer {
  readonly messages: InstructionRecord["messages"];
  readonly record: InstructionRecord | undefined;
  readonly reward: TrainingConfig["reward"];
  readonly judge: TrainingConfig["judge"];
}

/** In the order of the asks. Throws what loading models throws, "not-found", "prompt-too-long", "cancelled", "non-finite". */
export async function generateResponses(
  db: ReadConnection,
  request: GenerationRequest,
  hooks: ResponseHooks = {},
  session: SessionOptions = {},
): Promise<GeneratedResponse[]> {
  const prompt = promptToAnswer(db, request.prompt);
  const score = await openScoring(prompt, hooks, session);
  const responses = new Map<number, GeneratedResponse>();
  try {
    for (const { source, asks } of bySource(request.asks)) {
      const subject = await openSource(db, source, hooks.signal, session);
      try {
        for (const response of await answer(subject, prompt, request, asks, hooks, score.rewards)) responses.set(response.index, response);
      } finally {
        await subject.dispose();
      }
      hooks.onResponses?.(ordered(responses));
    }
  } finally {
    await score.dispose();
  }
  return ordered(responses);
}

/** Weights ready to speak. */
export function openSource(
  db: ReadConnection,
  source: WeightsSource,
  signal?: AbortSignal,
  session: SessionOptions = {},
): Promise<EvaluationSubject> {
  return source.type === "base"
    ? openBaseSubject(source.model, signal, session)
    : openRunSubject(db, source.runId as RunId, { step: source.step, signal }, session);
}

function ordered(responses: ReadonlyMap<number, GeneratedResponse>): GeneratedResponse[] {
  return [...responses.values()].sort((a, b) => a.index - b.index);
}

interface IndexedAsk {
  readonly index: number;
  readonly ask: GenerationAsk;
}

/** Each model is loaded once. */
function bySource(asks: readonly GenerationAsk[]): { readonly source: WeightsSource; readonly asks: IndexedAsk[] }[] {
  const groups = new Map<string, { source: WeightsSource; asks: IndexedAsk[] }>();
  asks.forEach((ask, index) => {
    const key = JSON.stringify(ask.source);
    const group = groups.get(key) ?? { source: ask.source, asks: [] };
    group.asks.push({ index, ask });
    groups.set(key, group);
  });
  return [...groups.values()];
}

async function answer(
  subject: EvaluationSubject,
  prompt: PromptToAnswer,
  request: GenerationRequest,
  asks: readonly IndexedAsk[],
  hooks: ResponseHooks,
  score: ScoreTexts,
): Promise<GeneratedResponse[]> {
  const { tokenizer, template } = subject;
  const options = { addThinkingInstruction: prompt.reward.formatMode !== "think-only" };
  const prompts = asks.map(({ ask }) => buildPrompt(prompt.messages, tokenizer, template, ask.mode, options));
  const decode = (ids: readonly number[]): string => tokenizer.decode(ids, { skipSpecialTokens: false });
  const streams = asks.map(({ index }, i) => ({ index, decoder: new StreamDecoder(decode), text: prompts[i]?.prefill ?? "", tokens: 0 }));
  const { temperature, topK, topP, maxNewTokens } = request;
  const completions = await generate(
    subject.languageModel,
    asks.map(({ ask }, i) => ({ promptIds: prompts[i]?.ids ?? [], seeds: [ask.seed] })),
    { temperature, topK, topP, maxNewTokens, stopTokenIds: subject.stopTokenIds, stopStrings: [] },
    {
      ...(hooks.signal === undefined ? {} : { signal: hooks.signal }),
      onToken: ({ group, tokenId }) => {
        const stream = streams[group];
        if (stream === undefined || subject.stopTokenIds.includes(tokenId)) return;
        stream.text += stream.decoder.push(tokenId);
        stream.tokens += 1;
        hooks.onText?.(stream.index, stream.text, stream.tokens);
      },
    },
  );
  if (hooks.signal?.aborted === true) throw new WorkbenchError("cancelled", "generating was cancelled");
  const texts = asks.map((_, i) => {
    const tokenIds = completions[i]?.[0]?.tokenIds ?? [];
    const said = subject.stopTokenIds.includes(tokenIds.at(-1) ?? -1) ? tokenIds.slice(0, -1) : tokenIds;
    return (prompts[i]?.prefill ?? "") + decode(said);
  });
  const rewards = await score(asks.map(({ ask }, i) => ({ text: texts[i] as string, ask })));
  return asks.map(({ index, ask }, i): GeneratedResponse => {
    const completion = completions[i]?.[0];
    const built = prompts[i];
    if (completion === undefined || built === undefined) throw new Error("generation gave no row");
    const { tokenIds, logProbs, finish } = completion;
    const text = texts[i] as string;
    const { think, answer: answerText } = parseResponse(text, prompt.reward.formatMode);
    return {
      index,
      ask,
      prompt: built.text,
      text,
      think: think ?? null,
      answer: answerText ?? null,
      finish,
      tokenIds,
      tokens: tokenIds.map((id) => decode([id])),
      logProbs: Array.from(logProbs),
      modelHash: subject.modelHash,
      chatTemplateHash: subject.chatTemplateHash,
      step: subject.step ?? null,
      device: subject.device,
      reward: rewards[i] ?? null,
    };
  });
}

type ScoreTexts = (responses: readonly { readonly text: string; readonly ask: GenerationAsk }[]) => Promise<(GeneratedReward | null)[]>;

/** Null where there is no record to judge by, the request was a plain one, or the record asks questions and the run had no judge. */
async function openScoring(
  { record, reward, judge }: PromptToAnswer,
  { signal, readSecret }: ResponseHooks,
  session: SessionOptions,
): Promise<{ readonly rewards: ScoreTexts; dispose(): Promise<void> }> {
  const unjudged = record !== undefined && asksQuestions(record) && judge.model === "";
  if (record === undefined || unjudged) {
    return { rewards: (responses) => Promise.resolve(responses.map(() => null)), dispose: () => Promise.resolve() };
  }
  const folder = asksQuestions(record) ? localJudgeFolder(judge.model) : undefined;
  const judgeDevice = folder === undefined ? null : await chooseDevice("auto", await readModelConfig(folder), session);
  const onDevice = judgeDevice === null ? session : { ...session, device: judgeDevice.device };
  const judging = await openJudging(judge, [record], { signal, readSecret, session: onDevice });
  const { accuracyMode, gatedFormat, formatMode } = reward;
  return {
    rewards: async (responses) => {
      const scored = responses.filter(({ ask }) => ask.mode !== "plain");
      const toScore = scored.map(({ text, ask }) => ({ text, record, requireThink: ask.mode === "think", formatMode }));
      const rewards = await scoreResponses(toScore, { accuracyMode, gatedFormat }, judging?.ask);
      return responses.map((response) => {
        const reward = rewards[scored.indexOf(response)];
        return reward === undefined ? null : { ...reward, judgeDevice };
      });
    },
    dispose: async () => judging?.dispose(),
  };
}

function promptToAnswer(db: ReadConnection, source: GenerationRequest["prompt"]): PromptToAnswer {
  if (source.type === "text") {
    return {
      messages: [{ role: "user", content: source.text }],
      record: undefined,
      reward: DEFAULT_CONFIG.reward,
      judge: DEFAULT_CONFIG.judge,
    };
  }
  if (source.type === "record") {
    const record = requireRecord(db, source.datasetId as DatasetId, source.recordId);
    return { messages: record.messages, record, reward: DEFAULT_CONFIG.reward, judge: DEFAULT_CONFIG.judge };
  }
  const rollout = getRollout(db, source.rolloutId as RolloutId);
  const run = getRun(db, rollout.runId);
  const record = requireRecord(db, run.datasetId, rollout.recordId);
  const { reward, judge } = trainingConfigSchema.parse(run.config);
  return { messages: record.messages, record, reward, judge };
}

function requireRecord(db: ReadConnection, datasetId: DatasetId | undefined, recordId: string): InstructionRecord {
  const record = datasetId === undefined ? undefined : getDatasetRecord(db, datasetId, recordId);
  if (record !== undefined) return record;
  throw new WorkbenchError("not-found", `the workspace does not hold the instruction "${recordId}"`, { where: db.name });
}
