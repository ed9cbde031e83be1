// Reads a chat model's reply to a yes/no question: which of the two it is, and how sure where token probabilities came with it.

import type { ChatReply } from "./chat-model.ts";

/** What was said, reasoning left out. */
export function saidText({ text }: Pick<ChatReply, "text">): string {
  return text.replace(/^[^]*<\/think>/, "").trim();
}

/** Its first word, or the only one of the two that occurs; undefined for anything else. */
export function readLabel(said: string): boolean | undefined {
  const first = /^[^\p{L}\p{N}]*(yes|no)(?![\p{L}\p{N}])/iu.exec(said)?.[1]?.toLowerCase();
  if (first !== undefined) return first === "yes";
  const [yes, no] = ["yes", "no"].map((word) => new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, "iu").test(said));
  return yes === no ? undefined : yes === true;
}

/** log p(yes) - log p(no) at the last token that says one of them; undefined where one of the two is not told. */
export function readMargin({ logProbs }: Pick<ChatReply, "logProbs">): number | undefined {
  const at = logProbs.findLast(({ token }) => wordOf(token) !== undefined);
  if (at === undefined) return undefined;
  const best = (word: string): number =>
    Math.max(...[at, ...at.top].filter(({ token }) => wordOf(token) === word).map(({ logProb }) => logProb));
  const margin = best("yes") - best("no");
  return Number.isFinite(margin) ? margin : undefined;
}

function wordOf(token: string): "yes" | "no" | undefined {
  const word = token.trim().toLowerCase();
  return word === "yes" || word === "no" ? word : undefined;
}
