// A chat model behind an endpoint as judge: one request a question, at temperature 0. Patience with the server is chat-endpoint.ts's
// business, remembering verdicts is ../judging.ts's.

import { isWorkbenchError } from "../../../shared/errors.ts";
import type { Judge } from "../../engine/judge/judge.ts";
import { judgePrompt } from "../../engine/judge/judge-prompt.ts";
import type { JudgeQuestion, JudgeVerdict } from "../../engine/rewards/leaf-checks.ts";
import { openChatEndpoint, type EndpointSettings } from "./chat-endpoint.ts";
import type { ChatModel, ChatReply, ChatRequest } from "./chat-model.ts";
import { readLabel, readMargin, saidText } from "./yes-or-no.ts";

/** One word is asked for; reasoning models say more before it. */
const MAX_TOKENS = 1024;
const TOP_LOG_PROBS = 5;
/** Replies without a label in them before it counts as no. */
const LABEL_TRIES = 3;

export class EndpointJudge implements Judge {
  readonly identity: string;
  readonly concurrency: number;
  private readonly model: ChatModel;
  /** Until the endpoint has refused to give them. */
  private asksForLogProbs = true;

  /** Throws "invalid-argument" for an address that is none. */
  constructor(settings: EndpointSettings & { readonly concurrency: number }) {
    this.model = openChatEndpoint(settings);
    this.concurrency = settings.concurrency;
    this.identity = `endpoint ${this.model.identity}`;
  }

  plan(questions: readonly JudgeQuestion[]): readonly (readonly number[])[] {
    return questions.map((_, index) => [index]);
  }

  /** Throws "network-failed", "unauthorised" and "cancelled". */
  async ask(questions: readonly JudgeQuestion[], signal?: AbortSignal): Promise<readonly JudgeVerdict[]> {
    const verdicts: JudgeVerdict[] = [];
    for (const question of questions) verdicts.push(await this.askOne(question, signal));
    return verdicts;
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  private async askOne(question: JudgeQuestion, signal: AbortSignal | undefined): Promise<JudgeVerdict> {
    const request = { messages: [{ role: "user", content: judgePrompt(question) }], temperature: 0, maxTokens: MAX_TOKENS } as const;
    let said = "";
    for (let attempt = 0; attempt < LABEL_TRIES; attempt++) {
      const reply = await this.reply(request, signal);
      said = saidText(reply);
      const yes = readLabel(said);
      if (yes === undefined) continue;
      const margin = readMargin(reply);
      return { yes, ...(margin === undefined ? {} : { margin }) };
    }
    return { yes: false, note: `the judge said neither yes nor no: ${JSON.stringify(said.slice(0, 120))}` };
  }

  private async reply(request: ChatRequest, signal: AbortSignal | undefined): Promise<ChatReply> {
    if (!this.asksForLogProbs) return this.model.ask(request, signal);
    try {
      return await this.model.ask({ ...request, topLogProbs: TOP_LOG_PROBS }, signal);
    } catch (error) {
      if (!isWorkbenchError(error, "network-failed") || !/status 4\d\d.*logprob/is.test(error.message)) throw error;
      this.asksForLogProbs = false;
      return this.model.ask(request, signal);
    }
  }
}
