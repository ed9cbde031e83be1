// A demonstration in what a model said: reasoning in one block, the answer in another, as it was asked for or as models that reason by
// themselves write it. Says nothing about whether the answer is any good.

import type { Expert } from "../../../shared/domain/instruction.ts";
import { withoutFence } from "../../engine/constraints/readable-text.ts";
import { isPlaceholder, parseResponse } from "../../engine/rewards/format.ts";

/** `complete`: the model ended by itself. Undefined where reasoning or answer cannot be told apart, or one of them is empty. */
export function readAnswer(text: string, complete: boolean): Expert | undefined {
  if (!complete) return undefined;
  for (const { form, mode } of formsOf(text)) {
    const { formatOk, think, answer } = parseResponse(form, mode);
    if (formatOk && answer !== "" && !isPlaceholder(think)) return { think, answer };
  }
  return undefined;
}

type Form = { readonly form: string; readonly mode: "lenient" | "think-only" };

/** As it was asked for first; then without slips; then reasoning of the model's own in front; then no tags around the answer. */
function formsOf(text: string): Form[] {
  const plain = withoutFence(text)
    .replace(/<(\/?)think(?:ing)?>/gi, "<$1think>")
    .replace(/<(\/?)(?:final[_ ]?)?answer>/gi, "<$1answer>");
  // Templates may begin the reasoning themselves, so that it is only ended.
  const opened =
    plain.includes("</think>") && plain.indexOf("</think>") < (plain.indexOf("<think>") + 1 || Infinity) ? `<think>${plain}` : plain;
  const closed = opened.includes("<answer>") && !opened.includes("</answer>") ? `${opened}</answer>` : opened;
  const second = closed.indexOf("<think>", closed.indexOf("</think>"));
  const forms: Form[] = [text, plain, closed, ...(second > 0 ? [closed.slice(second)] : [])].map((form) => ({ form, mode: "lenient" }));
  return closed.includes("<answer>") ? forms : [...forms, { form: closed, mode: "think-only" }];
}
