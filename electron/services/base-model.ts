// A model folder ready to be asked: weights, tokenizer, chat template, end tokens, and the fingerprints by which a run knows its
// base model again. Sessions and trained weights are made elsewhere.

import { WorkbenchError } from "../../shared/errors.ts";
import { loadModelFolder, stopTokenIds, type LoadedModel } from "../engine/model/hf-folder.ts";
import { mergeLora } from "../engine/model/lora.ts";
import { readPeftAdapter } from "../engine/model/peft-adapter.ts";
import { combineSha256 } from "../engine/tensor/sha256.ts";
import { ChatTemplate } from "../engine/tokenizer/chat-template.ts";
import { Tokenizer } from "../engine/tokenizer/tokenizer.ts";

/** SHA-256 hex. */
export interface BaseFingerprints {
  /** Weights and config together. */
  readonly model: string;
  readonly tokenizer: string;
  readonly chatTemplate: string;
}

export interface BaseModel extends LoadedModel {
  readonly folder: string;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  /** Tokens that end an answer; at least one. */
  readonly stopTokenIds: readonly number[];
  readonly fingerprints: BaseFingerprints;
}

/** The model of a folder with the adapter of another (PEFT's layout) folded in. Throws what reading either throws. */
export async function loadAdaptedModel(folder: string, adapter: string | undefined, signal?: AbortSignal): Promise<LoadedModel> {
  const model = await loadModelFolder(folder, signal === undefined ? {} : { signal });
  if (adapter === undefined) return model;
  const { lora, tensors, sha256 } = await readPeftAdapter(adapter, model.config);
  const weights = combineSha256({ base: model.sha256.weights, adapter: sha256 });
  return { ...model, parameters: mergeLora(model.parameters, tensors, lora), sha256: { ...model.sha256, weights } };
}

/** Throws what loading model, adapter, tokenizer and template throws, and "invalid-config" where no token ends an answer. */
export async function loadBaseModel(folder: string, signal?: AbortSignal, adapter?: string): Promise<BaseModel> {
  const model = await loadAdaptedModel(folder, adapter, signal);
  const tokenizer = await Tokenizer.load(folder);
  tokenizer.requireFits(model.config.vocabSize, folder);
  const template = await ChatTemplate.load(folder, tokenizer);
  return {
    ...model,
    folder,
    tokenizer,
    template,
    stopTokenIds: stopIds(model, tokenizer, folder),
    fingerprints: {
      model: combineSha256({ weights: model.sha256.weights, config: model.sha256.config }),
      tokenizer: model.sha256.tokenizer,
      chatTemplate: template.sha256,
    },
  };
}

/** Throws "invalid-model" where the folder no longer holds what a run started from. */
export function checkBaseModel(
  run: { readonly baseModel: string; readonly modelHash: string; readonly tokenizerHash: string; readonly chatTemplateHash: string },
  { model, tokenizer, chatTemplate }: BaseFingerprints,
): void {
  const pairs = [
    ["weights", run.modelHash, model],
    ["tokenizer", run.tokenizerHash, tokenizer],
    ["chat template", run.chatTemplateHash, chatTemplate],
  ] as const;
  for (const [part, expected, got] of pairs) {
    if (expected === got) continue;
    throw new WorkbenchError("invalid-model", `the base model's ${part} changed since the run started`, {
      where: run.baseModel,
      expected,
      got,
    });
  }
}

function stopIds(model: LoadedModel, tokenizer: Tokenizer, folder: string): readonly number[] {
  const ids = [...new Set([...stopTokenIds(model), ...(tokenizer.eosTokenId === null ? [] : [tokenizer.eosTokenId])])];
  if (ids.length > 0) return ids;
  throw new WorkbenchError("invalid-config", "the model names no token that ends an answer", {
    where: folder,
    expected: "eos_token_id or eos_token",
  });
}
