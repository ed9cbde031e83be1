// Counts what goes into and out of the stages of a synthesis and what each one costs; and how a sample leaves on its way: rejected,
// with the stage and the reason.

import type { SynthesisStage } from "../../../shared/domain/synthesis.ts";
import type { ChatRequest } from "../endpoint/chat-model.ts";
import type { RememberedModel, RememberedReply } from "../endpoint/remembered-model.ts";

/** In their order. */
export const STAGES = ["tags", "plan", "instruction", "questions", "answer", "self-check", "filters"] as const;
export type StageName = (typeof STAGES)[number];

const SHOWN_REPLY = 4000;

/** The sample is not good enough; no fault of the program. */
export class Rejection extends Error {
  readonly stage: StageName;
  /** The beginning of what the model last said in this stage. */
  readonly lastReply: string | undefined;

  constructor(stage: StageName, reason: string, lastReply?: string) {
    super(reason);
    this.stage = stage;
    this.lastReply = lastReply?.slice(0, SHOWN_REPLY);
  }
}

/** What a stage may ask. */
export interface StageModel {
  readonly ask: (request: ChatRequest) => Promise<RememberedReply>;
  readonly reject: (reason: string) => never;
}

type Counts = { -readonly [Key in keyof SynthesisStage]: SynthesisStage[Key] };

export class StageLedger {
  private readonly counts = new Map<StageName, Counts>();
  private readonly model: RememberedModel;
  private readonly signal: AbortSignal | undefined;

  constructor(model: RememberedModel, signal: AbortSignal | undefined) {
    this.model = model;
    this.signal = signal;
    for (const name of STAGES) {
      this.counts.set(name, { name, entered: 0, passed: 0, requests: 0, cached: 0, promptTokens: 0, completionTokens: 0 });
    }
  }

  stages(): SynthesisStage[] {
    return [...this.counts.values()].filter(({ entered }) => entered > 0).map((counts) => ({ ...counts }));
  }

  /** Runs one stage for one sample. Throws Rejection, and what asking the model throws. */
  async run<Outcome>(name: StageName, body: (model: StageModel) => Promise<Outcome> | Outcome): Promise<Outcome> {
    const counts = this.counts.get(name)!;
    counts.entered += 1;
    let lastReply: string | undefined;
    const outcome = await body({
      ask: async (request) => {
        const reply = await this.model.ask(request, this.signal);
        lastReply = reply.text;
        counts.requests += 1;
        if (reply.cached) counts.cached += 1;
        else {
          counts.promptTokens += reply.promptTokens;
          counts.completionTokens += reply.completionTokens;
        }
        return reply;
      },
      reject: (reason) => {
        throw new Rejection(name, reason, lastReply);
      },
    });
    counts.passed += 1;
    return outcome;
  }
}
