// Sentences by the mark they end in. Owns no rule.

import type { CheckMode } from "../../../shared/domain/instruction.ts";
import { sentenceTokens } from "./ifbench-text.ts";
import type { Token } from "./text.ts";

export interface SentencesByEnd {
  readonly statements: readonly Token[];
  readonly questions: readonly Token[];
  readonly exclamations: readonly Token[];
}

/** What may close behind the mark that ends a sentence. */
const CLOSERS = /["'”’»)\]}*_」』）]+$/u;
const WIDE: Readonly<Record<string, string>> = { "。": ".", "．": ".", "？": "?", "！": "!" };

/** "compat" looks at the very last character only; "corrected" past closing quotes and brackets, and at full-width marks too. */
export function sentencesByEnd(text: string, mode: CheckMode): SentencesByEnd {
  const byMark = new Map<string, Token[]>([".", "?", "!"].map((mark) => [mark, []]));
  for (const sentence of sentenceTokens(text, mode)) {
    const last = (mode === "compat" ? sentence.text : sentence.text.replace(CLOSERS, "")).at(-1) ?? "";
    byMark.get(mode === "compat" ? last : (WIDE[last] ?? last))?.push(sentence);
  }
  return { statements: byMark.get(".") ?? [], questions: byMark.get("?") ?? [], exclamations: byMark.get("!") ?? [] };
}
