// Generates one response with a model folder: from a text through its chat template, or from token ids as they are.

import type { DeviceChoice, DeviceRequest } from "../../shared/domain/device.ts";
import { generate } from "../engine/decoding/generate.ts";
import type { FinishReason } from "../engine/decoding/types.ts";
import { stopTokenIds, type LoadedWeights } from "../engine/model/hf-folder.ts";
import { buildPrompt, type Prompt, type PromptMode } from "../engine/rollout/prompt.ts";
import { ChatTemplate } from "../engine/tokenizer/chat-template.ts";
import { StreamDecoder } from "../engine/tokenizer/stream-decoder.ts";
import { Tokenizer } from "../engine/tokenizer/tokenizer.ts";
import { loadAdaptedWeights, openLanguageModel } from "./base-model.ts";
import { chooseDevice } from "./choose-device.ts";
import { modelFolder } from "./resource-paths.ts";
import { samplingOf, type Sampling, type SamplingChoices } from "./sampling-defaults.ts";

/** How to sample, where not as the model's generation_config.json says. */
export interface GenerateRequest extends SamplingChoices {
  /** Hugging Face folder or "nano". */
  readonly model: string;
  /** Folder of an adapter in PEFT's layout, applied to the model. */
  readonly adapter?: string | undefined;
  /**
   * A user message, rendered with the model's template; think: "auto" asks for reasoning and opens the think block, "empty" closes
   * it at once, "off" is the plain message. Or token ids, taken as they are.
   */
  readonly prompt: { readonly text: string; readonly think: "auto" | "empty" | "off" } | { readonly ids: readonly number[] };
  readonly maxNewTokens: number;
  readonly seed: number;
  /** Default: auto. */
  readonly device?: DeviceRequest;
}

/** What was settled before the first token. */
export interface GenerationStart {
  readonly device: DeviceChoice;
  readonly sampling: Sampling;
  /** The template has no system role, so the request to reason stands at the head of the user turn. */
  readonly systemInUserTurn: boolean;
}

export interface GeneratedText extends GenerationStart {
  readonly promptIds: readonly number[];
  /** What the assistant turn already says; null when the prompt was given as ids. */
  readonly prefill: string | null;
  /** Sampled ids, the stop token included. */
  readonly tokens: readonly number[];
  /** Sampled text without special tokens; null when the folder has no tokenizer. */
  readonly text: string | null;
  /** Per sampled token, under softmax(logits / temperature), or softmax(logits) when greedy. */
  readonly logProbs: readonly number[];
  readonly finish: FinishReason;
}

export interface GenerateTextHooks {
  readonly signal?: AbortSignal;
  readonly onStart?: (start: GenerationStart) => void;
  /** Text as it becomes certain; not called when the folder has no tokenizer. */
  readonly onText?: (piece: string) => void;
}

const MODES: Readonly<Record<"auto" | "empty" | "off", PromptMode>> = { auto: "think", empty: "empty", off: "plain" };

/** Throws what loading model, tokenizer and template throws, "invalid-argument", "prompt-too-long", "non-finite". */
export async function generateText(request: GenerateRequest, hooks: GenerateTextHooks = {}): Promise<GeneratedText> {
  const folder = modelFolder(request.model);
  const model = await loadAdaptedWeights(folder, { adapter: request.adapter, signal: hooks.signal });
  const tokenizer = await optionalTokenizer(folder, model, "text" in request.prompt);
  const sampling = samplingOf(request, model.generationConfig, folder);
  const { ids, prefill, systemInUserTurn = false } = await promptTokens(request.prompt, folder, tokenizer);
  const decode = (tokenIds: readonly number[]): string => tokenizer?.decode(tokenIds, { skipSpecialTokens: true }) ?? "";
  const stream = new StreamDecoder(decode);
  const device = await chooseDevice(request.device ?? "auto", model.config);
  const start = { device, sampling, systemInUserTurn };
  hooks.onStart?.(start);
  const languageModel = await openLanguageModel(model, { device: device.device });
  try {
    const [[completion] = []] = await generate(
      languageModel,
      [{ promptIds: ids, seeds: [request.seed] }],
      {
        temperature: sampling.temperature,
        topK: sampling.topK,
        topP: sampling.topP,
        maxNewTokens: request.maxNewTokens,
        stopTokenIds: [...new Set([...stopTokenIds(model), ...[tokenizer?.eosTokenId ?? []].flat()])],
        stopStrings: [],
      },
      { ...(hooks.signal === undefined ? {} : { signal: hooks.signal }), onToken: ({ tokenId }) => hooks.onText?.(stream.push(tokenId)) },
    );
    if (completion === undefined) throw new Error("generation gave no row");
    hooks.onText?.(stream.flush());
    return {
      promptIds: ids,
      prefill,
      tokens: completion.tokenIds,
      text: tokenizer === undefined ? null : decode(completion.tokenIds),
      logProbs: Array.from(completion.logProbs),
      finish: completion.finish,
      ...start,
    };
  } finally {
    await languageModel.dispose();
  }
}

/** A folder without a tokenizer still generates from ids. */
async function optionalTokenizer(folder: string, model: LoadedWeights, needed: boolean): Promise<Tokenizer | undefined> {
  if (!needed && model.tokenizerFiles.length === 0) return undefined;
  const tokenizer = await Tokenizer.load(folder);
  tokenizer.requireFits(model.config.vocabSize, folder);
  return tokenizer;
}

async function promptTokens(
  prompt: GenerateRequest["prompt"],
  folder: string,
  tokenizer: Tokenizer | undefined,
): Promise<Pick<Prompt, "ids" | "systemInUserTurn"> & { readonly prefill: string | null }> {
  if ("ids" in prompt) return { ids: prompt.ids, prefill: null };
  if (tokenizer === undefined) throw new Error("a text prompt without a tokenizer");
  const template = await ChatTemplate.load(folder, tokenizer);
  return buildPrompt([{ role: "user", content: prompt.text }], tokenizer, template, MODES[prompt.think]);
}
