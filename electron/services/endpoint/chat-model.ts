// A model that can be talked to, wherever it runs: what is asked, what comes back. An endpoint is chat-endpoint.ts, one of this machine
// local-chat-model.ts; remembering answers is remembered-model.ts.

import type { ChatMessage } from "../../../shared/domain/instruction.ts";

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  /** 0: the likeliest answer. */
  readonly temperature: number;
  readonly maxTokens: number;
  /** Also tells two samples of the same request apart. */
  readonly seed?: number;
  /** The answer has to be one JSON object, where the model can be told so. */
  readonly json?: boolean;
  /** So many alternatives for each token, with their log-probabilities, where the model can say. */
  readonly topLogProbs?: number;
}

export interface TokenAlternatives {
  readonly token: string;
  readonly logProb: number;
  readonly top: readonly { readonly token: string; readonly logProb: number }[];
}

export interface ChatReply {
  readonly text: string;
  /** "stop", or "length" for an answer that was cut off. */
  readonly finish: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** One a token; empty unless asked for and given. */
  readonly logProbs: readonly TokenAlternatives[];
}

export interface ChatModel {
  /** Which model and where, without secrets: part of the request's hash. */
  readonly identity: string;
  /** Throws "network-failed", "unauthorised", "cancelled", and what a local model throws. */
  readonly ask: (request: ChatRequest, signal?: AbortSignal) => Promise<ChatReply>;
}
