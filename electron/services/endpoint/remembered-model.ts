// A model whose answers are kept in the workspace: what was answered once is never asked again, also after a crash. Counts what was
// paid for, and stops at a budget.

import { WorkbenchError } from "../../../shared/errors.ts";
import type { WriteConnection } from "../../storage/connection.ts";
import { canonicalJson, sha256 } from "../../storage/hashing.ts";
import { findModelReply, storeModelReply } from "../../storage/model-replies.ts";
import type { ChatModel, ChatReply, ChatRequest } from "./chat-model.ts";

export interface RememberedReply extends ChatReply {
  readonly cached: boolean;
}

export interface ModelUse {
  readonly requests: number;
  readonly cached: number;
  /** Of answers that were not there already. */
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface RememberedModel {
  readonly identity: string;
  /** Throws "budget-spent", and what asking throws. */
  readonly ask: (request: ChatRequest, signal?: AbortSignal) => Promise<RememberedReply>;
  readonly use: () => ModelUse;
}

/**
 * `tokenBudget` bounds prompt and completion tokens of all answers, those that were there already included, so that work that is
 * resumed ends where it would have ended. It can be overrun by the requests that are on their way.
 */
export function rememberReplies(db: WriteConnection, model: ChatModel, tokenBudget = Infinity): RememberedModel {
  const onTheirWay = new Map<string, Promise<ChatReply>>();
  let use: ModelUse = { requests: 0, cached: 0, promptTokens: 0, completionTokens: 0 };
  let spentTokens = 0;

  const answered = (reply: ChatReply, cached: boolean): RememberedReply => {
    spentTokens += reply.promptTokens + reply.completionTokens;
    const paid = cached ? { promptTokens: 0, completionTokens: 0 } : reply;
    use = {
      requests: use.requests + 1,
      cached: use.cached + (cached ? 1 : 0),
      promptTokens: use.promptTokens + paid.promptTokens,
      completionTokens: use.completionTokens + paid.completionTokens,
    };
    return { ...reply, cached };
  };

  return {
    identity: model.identity,
    use: () => use,
    ask: async (request, signal) => {
      if (spentTokens >= tokenBudget) {
        throw new WorkbenchError("budget-spent", "the budget of tokens is spent", {
          expected: `at most ${tokenBudget} tokens`,
          got: `${spentTokens} tokens`,
        });
      }
      const hash = requestHash(model.identity, request);
      const known = findModelReply(db, hash) as ChatReply | undefined;
      if (known !== undefined) return answered(known, true);
      const same = onTheirWay.get(hash);
      if (same !== undefined) return answered(await same, true);
      const asked = model.ask(request, signal);
      onTheirWay.set(hash, asked);
      try {
        const reply = await asked;
        storeModelReply(db, hash, model.identity, reply);
        return answered(reply, false);
      } finally {
        onTheirWay.delete(hash);
      }
    },
  };
}

export function requestHash(identity: string, request: ChatRequest): string {
  return sha256(canonicalJson({ identity, ...request }));
}
