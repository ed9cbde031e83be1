// Weights of this machine behind the same interface as an endpoint. One question at a time: they share the processor anyway.

import pLimit from "p-limit";
import { WorkbenchError } from "../../../shared/errors.ts";
import { generate } from "../../engine/decoding/generate.ts";
import { buildPrompt } from "../../engine/rollout/prompt.ts";
import { openBaseSubject } from "../evaluation-subject.ts";
import type { ChatModel, ChatReply, ChatRequest } from "./chat-model.ts";

export interface LocalChatModel extends ChatModel {
  readonly dispose: () => Promise<void>;
}

/** `model`: a Hugging Face folder or "nano". Throws what loading it throws. */
export async function openLocalChatModel(model: string, signal?: AbortSignal): Promise<LocalChatModel> {
  const subject = await openBaseSubject(model, signal);
  const limit = pLimit(1);
  const { languageModel, tokenizer, template, stopTokenIds, modelHash, chatTemplateHash } = subject;

  const answer = async (request: ChatRequest, cancel: AbortSignal | undefined): Promise<ChatReply> => {
    const { ids } = buildPrompt(request.messages, tokenizer, template, "plain");
    const maxNewTokens = Math.min(request.maxTokens, languageModel.contextLength - ids.length);
    // A prompt that fills the context is answered with nothing, as a cut-off answer.
    if (maxNewTokens < 1) return { text: "", finish: "length", promptTokens: ids.length, completionTokens: 0, logProbs: [] };
    const [[completion] = []] = await generate(
      languageModel,
      [{ promptIds: ids, seeds: [request.seed ?? 0] }],
      { temperature: request.temperature, topK: 0, topP: 1, maxNewTokens, stopTokenIds, stopStrings: [] },
      cancel === undefined ? {} : { signal: cancel },
    );
    if (completion === undefined) throw new Error("generation gave no row");
    if (cancel?.aborted === true || completion.finish === "cancelled") throw new WorkbenchError("cancelled", "generating was cancelled");
    const said = completion.tokenIds.filter((id) => !stopTokenIds.includes(id));
    return {
      text: tokenizer.decode(said, { skipSpecialTokens: false }),
      finish: completion.finish === "length" ? "length" : "stop",
      promptTokens: ids.length,
      completionTokens: completion.tokenIds.length,
      logProbs: [],
    };
  };

  return {
    identity: `local ${modelHash} ${chatTemplateHash}`,
    ask: (request, cancel) => limit(() => answer(request, cancel)),
    dispose: () => subject.dispose(),
  };
}
