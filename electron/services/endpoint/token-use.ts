// How many tokens an answer cost: what the server says where that can be, else what its texts must have cost. A budget has to hold whatever
// a server counts.

import type { ChatReply, ChatRequest } from "./chat-model.ts";

/** Hidden instructions and templates of servers. */
const HIDDEN_PROMPT_TOKENS = 20_000;
const BYTES_A_TOKEN = 4;

/** `usage`: {prompt_tokens, completion_tokens}, numbers or numbers as text; anything else counts as not said. */
export function tokensOf(
  usage: Readonly<Record<string, unknown>> | null | undefined,
  { messages, maxTokens }: ChatRequest,
  text: string,
): Pick<ChatReply, "promptTokens" | "completionTokens"> {
  const promptBytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  const textBytes = Buffer.byteLength(text);
  return {
    promptTokens: believable(usage?.["prompt_tokens"], promptBytes, promptBytes + HIDDEN_PROMPT_TOKENS),
    completionTokens: believable(usage?.["completion_tokens"], textBytes, Math.max(maxTokens, textBytes)),
  };
}

/** Nothing for something, less than nothing and more than there can be are not believed. */
function believable(said: unknown, bytes: number, most: number): number {
  const tokens = typeof said === "number" || (typeof said === "string" && said.trim() !== "") ? Number(said) : NaN;
  if (Number.isFinite(tokens) && tokens >= 0 && tokens <= most && (tokens > 0 || bytes === 0)) return tokens;
  return Math.ceil(bytes / BYTES_A_TOKEN);
}
