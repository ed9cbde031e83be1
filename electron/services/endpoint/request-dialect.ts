// How one server wants to be asked. "OpenAI-compatible" servers differ in what they know beside messages: what one refuses by name is left
// out, or called otherwise, from then on.

import type { ChatRequest } from "./chat-model.ts";

/** What has another name, and what may be left out (null), since an answer is none the worse for it. */
const CHANGES: Readonly<Record<string, string | null>> = {
  response_format: null,
  seed: null,
  temperature: null,
  max_tokens: "max_completion_tokens",
};

export class RequestDialect {
  private readonly refused = new Set<string>();

  body(model: string, { messages, temperature, maxTokens, seed, json, topLogProbs }: ChatRequest): Record<string, unknown> {
    const plain: Record<string, unknown> = {
      model,
      messages,
      temperature,
      max_tokens: maxTokens,
      ...(seed === undefined ? {} : { seed }),
      ...(json === true ? { response_format: { type: "json_object" } } : {}),
      ...(topLogProbs === undefined ? {} : { logprobs: true, top_logprobs: topLogProbs }),
    };
    return Object.fromEntries(
      Object.entries(plain).flatMap(([name, value]): [string, unknown][] => {
        if (!this.refused.has(name)) return [[name, value]];
        const otherName = CHANGES[name] ?? null;
        return otherName === null ? [] : [[otherName, value]];
      }),
    );
  }

  /** True where the refusal of a body names something that the next body will not have. */
  learn(status: number, refusal: string, body: Readonly<Record<string, unknown>>): boolean {
    if (status !== 400 && status !== 422) return false;
    const named = Object.keys(CHANGES).find((name) => name in body && new RegExp(`\\b${name}\\b`).test(refusal));
    if (named !== undefined) this.refused.add(named);
    return named !== undefined;
  }
}
