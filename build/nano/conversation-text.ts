// A conversation in the nano model's chat format, as plain text with its special tokens. The tokenizer's chat template says the
// same in Jinja; both are compared by a test.

import type { ChatMessage } from "../../shared/domain/instruction.ts";

export const END_OF_TEXT = "<|endoftext|>";
export const TURN_START = "<|im_start|>";
export const TURN_END = "<|im_end|>";

/** Prompt up to and including the header of the assistant's turn; the pre-fill and the response follow directly. */
export function promptText(messages: readonly ChatMessage[]): string {
  return `${messages.map(({ role, content }) => `${TURN_START}${role}\n${content}${TURN_END}\n`).join("")}${TURN_START}assistant\n`;
}

export const CHAT_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
