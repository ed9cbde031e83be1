// From a conversation to the token ids a rollout starts from, and from an expert demonstration to the ids it is cloned on. Owns
// where the thinking instruction goes and how the assistant turn is pre-filled; the instruction's wording belongs to the format
// rule that judges it.

import type { ChatMessage, Expert } from "../../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { THINKING_INSTRUCTION } from "../rewards/format.ts";
import type { ChatTemplate } from "../tokenizer/chat-template.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** think: reason before answering. empty: the same request with the reasoning forced empty. plain: the conversation as it is. */
export type PromptMode = "think" | "empty" | "plain";

export const THINK_PREFILL = "<think>\n";
export const EMPTY_THINK_PREFILL = "<think>\n\n</think>\n";

export interface PromptOptions {
  /** Most tokens a prompt may have, pre-fill included. Absent = no limit. */
  readonly maxPromptTokens?: number;
  /** False for models that reason by themselves: pre-fill only, no instruction. Default true. */
  readonly addThinkingInstruction?: boolean;
}

export interface Prompt {
  readonly ids: readonly number[];
  /** Whole text, pre-fill included. */
  readonly text: string;
  /** What the assistant turn already says; the format check sees pre-fill + sampled text. */
  readonly prefill: string;
  /** There is system text, and for want of such a role in the template it stands at the head of the first user turn. */
  readonly systemInUserTurn?: true;
}

/**
 * Throws "prompt-too-long" instead of cutting, since a cut prompt loses the assistant header, and "invalid-tokenizer" when the
 * template refuses the conversation.
 */
export function buildPrompt(
  source: { readonly messages: readonly ChatMessage[] } | readonly ChatMessage[],
  tokenizer: Tokenizer,
  template: ChatTemplate,
  mode: PromptMode,
  options: PromptOptions = {},
): Prompt {
  const messages = "messages" in source ? source.messages : source;
  const instruction = mode !== "plain" && (options.addThinkingInstruction ?? true) ? THINKING_INSTRUCTION : "";
  const conversation = withSystemText(messages, instruction, template.supportsSystemRole);
  const isMerged = !template.supportsSystemRole && (instruction !== "" || messages[0]?.role === "system");
  const header = template.render(conversation, { addGenerationPrompt: true });
  const prefill = { think: THINK_PREFILL, empty: EMPTY_THINK_PREFILL, plain: "" }[mode];
  // Templates of reasoning models open the think block themselves.
  const opened = mode === "plain" ? undefined : [THINK_PREFILL, "<think>"].find((opening) => header.endsWith(opening));
  const text = header + prefill.slice(opened?.length ?? 0);
  const ids = tokenizer.encode(text, { addSpecialTokens: false });
  const { maxPromptTokens } = options;
  if (maxPromptTokens !== undefined && ids.length > maxPromptTokens) {
    throw new WorkbenchError("prompt-too-long", "the prompt does not fit", {
      expected: `at most ${maxPromptTokens} tokens`,
      got: `${ids.length} tokens`,
      hint: "Leave the record out or raise the prompt limit; prompts are never cut.",
    });
  }
  return { ids, text, prefill, ...(isMerged ? { systemInUserTurn: true } : {}) };
}

/**
 * What the policy would have sampled after a "think" prompt to give this demonstration: the text behind the pre-fill and the end
 * token. Tokenised apart from the prompt, as sampling does. Throws "invalid-record" when think or answer hold tags of the format,
 * and "invalid-tokenizer" without an end token.
 */
export function buildExpertResponse(expert: Expert, tokenizer: Tokenizer): { readonly ids: readonly number[]; readonly text: string } {
  for (const field of ["think", "answer"] as const) {
    const tag = /<\/?(?:think|answer)>/.exec(expert[field])?.[0];
    if (tag === undefined) continue;
    throw new WorkbenchError("invalid-record", "the demonstration holds a tag of the response format", {
      where: `expert.${field}`,
      expected: "text without think and answer tags",
      got: tag,
    });
  }
  if (tokenizer.eosTokenId === null) {
    throw new WorkbenchError("invalid-tokenizer", "a demonstration needs an end token", {
      where: "tokenizer_config.json: eos_token",
      got: "nothing",
    });
  }
  const text = `${expert.think}\n</think>\n<answer>\n${expert.answer}\n</answer>`;
  return { ids: [...tokenizer.encode(text, { addSpecialTokens: false }), tokenizer.eosTokenId], text };
}

/** Adds `text` behind the system message; a template without that role gets all system text at the head of the first user turn. */
function withSystemText(messages: readonly ChatMessage[], text: string, supportsSystemRole: boolean): ChatMessage[] {
  const [first, ...others] = messages;
  const hasSystem = first?.role === "system";
  const turns = hasSystem ? others : messages;
  const system = joined(hasSystem ? first.content : "", text);
  if (system === "") return [...turns];
  if (supportsSystemRole) return [{ role: "system", content: system }, ...turns];
  const userIndex = turns.findIndex((turn) => turn.role === "user");
  if (userIndex < 0) throw new WorkbenchError("invalid-record", "the conversation has no user turn", { where: "messages" });
  return turns.map((turn, index) => (index === userIndex ? { ...turn, content: joined(system, turn.content) } : turn));
}

function joined(...texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join("\n\n");
}
