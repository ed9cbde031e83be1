// What the user asked, without the chat template around it: from the stored record, or cut out of a rendered prompt.

import type { InstructionRecord } from "../../shared/domain/instruction.ts";

/** The headers and ends of a user's turn in the templates of ChatML, Llama 3 and Gemma. */
const TURN =
  /(?:<\|im_start\|>user\n|<start_of_turn>user\n|<\|start_header_id\|>user<\|end_header_id\|>\n\n)([\s\S]*?)(?:<\|im_end\|>|<end_of_turn>|<\|eot_id\|>)/g;

/** The last turn of the user; the whole prompt where the record is not stored and the template is another one. */
export function userTurn(prompt: string, record?: InstructionRecord): string {
  const stored = record?.messages.findLast(({ role }) => role === "user")?.content;
  return stored ?? [...prompt.matchAll(TURN)].at(-1)?.[1] ?? prompt;
}
