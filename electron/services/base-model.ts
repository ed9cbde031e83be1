// A model folder ready to be asked: weights, tokenizer, chat template, end tokens, and the fingerprints by which a run knows its
// base model again. Sessions and trained weights are made elsewhere.

import { WorkbenchError } from "../../shared/errors.ts";
import { openModel, type OpenLanguageModel } from "../engine/decoding/open-language-model.ts";
import { dequantised, isQuantised, type BlockFormat } from "../engine/model/block-quantisation.ts";
import { loadModelWeights, stopTokenIds, type LoadedModel, type LoadedWeights } from "../engine/model/hf-folder.ts";
import { mergeLora } from "../engine/model/lora.ts";
import { readPeftAdapter, type Adapter } from "../engine/model/peft-adapter.ts";
import type { SessionOptions } from "../engine/onnx/session.ts";
import { combineSha256 } from "../engine/tensor/sha256.ts";
import type { Float32Tensor } from "../engine/tensor/tensor.ts";
import { ChatTemplate } from "../engine/tokenizer/chat-template.ts";
import { Tokenizer } from "../engine/tokenizer/tokenizer.ts";

/** SHA-256 hex. */
export interface BaseFingerprints {
  /** Weights and config together. */
  readonly model: string;
  readonly tokenizer: string;
  readonly chatTemplate: string;
}

export interface BaseWeights extends LoadedWeights {
  readonly folder: string;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  /** Tokens that end an answer; at least one. */
  readonly stopTokenIds: readonly number[];
  readonly fingerprints: BaseFingerprints;
}

/** The same with every weight as float32. */
export interface BaseModel extends Omit<BaseWeights, "weights"> {
  readonly parameters: ReadonlyMap<string, Float32Tensor>;
}

export interface BaseModelOptions {
  readonly signal?: AbortSignal | undefined;
  /** Folder of an adapter in PEFT's layout, folded into the weights where they are float32. */
  readonly adapter?: string | undefined;
  /** Put the layers' projections into blocks while reading. */
  readonly quantise?: BlockFormat | undefined;
}

/** A model whose matrices may be in blocks, with an adapter that then stands beside them. */
export interface AdaptedWeights extends LoadedWeights {
  readonly adapter?: Adapter;
}

/** The model of a folder with the adapter of another applied. Throws what reading either throws. */
export async function loadAdaptedWeights(folder: string, options: BaseModelOptions = {}): Promise<AdaptedWeights> {
  const { signal, quantise } = options;
  const model = await loadModelWeights(folder, {
    ...(signal === undefined ? {} : { signal }),
    ...(quantise === undefined ? {} : { quantise }),
  });
  if (options.adapter === undefined) return model;
  const { sha256, ...adapter } = await readPeftAdapter(options.adapter, model.config);
  const fingerprints = { ...model.sha256, weights: combineSha256({ base: model.sha256.weights, adapter: sha256 }) };
  if ([...model.weights.values()].some(isQuantised)) return { ...model, adapter, sha256: fingerprints };
  return { ...model, weights: mergeLora(dequantised(model.weights), adapter.tensors, adapter.lora), sha256: fingerprints };
}

/** The same with every weight as float32 and the adapter folded in. */
export async function loadAdaptedModel(folder: string, options: BaseModelOptions = {}): Promise<LoadedModel> {
  const { weights, adapter, ...model } = await loadAdaptedWeights(folder, options);
  const parameters = dequantised(weights);
  return { ...model, parameters: adapter === undefined ? parameters : mergeLora(parameters, adapter.tensors, adapter.lora) };
}

/** Generates with these weights; an adapter that is not folded in is added beside them. Disposed by the caller. */
export function openLanguageModel({ config, weights, adapter }: AdaptedWeights, session: SessionOptions = {}): Promise<OpenLanguageModel> {
  return openModel(config, weights, session, adapter);
}

/** Throws what loading model, adapter, tokenizer and template throws, and "invalid-config" where no token ends an answer. */
export async function loadBaseWeights(folder: string, options: BaseModelOptions = {}): Promise<BaseWeights & AdaptedWeights> {
  const model = await loadAdaptedWeights(folder, options);
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

/** The same with every weight as float32; blocks, stored or asked for, are rounded values. */
export async function loadBaseModel(folder: string, signal?: AbortSignal, quantise?: BlockFormat): Promise<BaseModel> {
  const { weights, ...model } = await loadBaseWeights(folder, { signal, quantise });
  return { ...model, parameters: dequantised(weights) };
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

function stopIds(model: Pick<LoadedModel, "config" | "generationConfig">, tokenizer: Tokenizer, folder: string): readonly number[] {
  const ids = [...new Set([...stopTokenIds(model), ...(tokenizer.eosTokenId === null ? [] : [tokenizer.eosTokenId])])];
  if (ids.length > 0) return ids;
  throw new WorkbenchError("invalid-config", "the model names no token that ends an answer", {
    where: folder,
    expected: "eos_token_id or eos_token",
  });
}
