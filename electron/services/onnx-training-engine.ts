// The training engine on ONNX Runtime: loads a Hugging Face folder, and samples with the policy's merged weights, refreshed
// before each step.

import { generate } from "../engine/decoding/generate.ts";
import type { LanguageModel } from "../engine/decoding/language-model.ts";
import { OnnxLanguageModel } from "../engine/decoding/onnx-language-model.ts";
import type { TrainingConfig } from "../engine/grpo/config.ts";
import { needsLowMemory } from "../engine/grpo/memory-estimate.ts";
import { DEFAULT_PACKING, OnnxPolicy } from "../engine/grpo/onnx-policy.ts";
import { isQuantised, type BlockFormat } from "../engine/model/block-quantisation.ts";
import type { SessionOptions } from "../engine/onnx/session.ts";
import type { RolloutSampler } from "../engine/rollout/rollout.ts";
import type { Tokenizer } from "../engine/tokenizer/tokenizer.ts";
import { loadBaseWeights, type BaseWeights } from "./base-model.ts";
import { fittingMicroBatch } from "./estimate-memory.ts";
import { baseFormat, loraConfig } from "./trained-model.ts";
import type { TrainingEngine, TrainingEngineRequest } from "./training-engine.ts";

/**
 * Throws what loading the model, the tokenizer and the template throws, and "device-unavailable". A resumed run repeats the bits
 * of its first part only with the same number of threads.
 */
export async function openOnnxTrainingEngine(request: TrainingEngineRequest, options: SessionOptions = {}): Promise<TrainingEngine> {
  const { modelFolder, config, signal } = request;
  const session: SessionOptions = { ...options, device: request.device };
  const model = await loadBaseWeights(modelFolder, { signal, quantise: baseFormat(config) });
  const { tokenizer, template, fingerprints } = model;
  const lowMemory = needsLowMemory(model.config, config);
  const policy = await openPolicy(model, config, session, lowMemory);
  const languageModel = new OnnxLanguageModel(model.config, model.weights, { session, lowMemory });
  const isQuantisedBase = [...model.weights.values()].some(isQuantised);
  // An adapter is folded into float32 weights, which is faster, and stands beside quantised ones.
  const refresh = () =>
    isQuantisedBase
      ? languageModel.setAdapter({ lora: loraConfig(config.lora), tensors: policy.adapterTensors() })
      : languageModel.setParameters(policy.mergedParameters());
  return {
    tokenizer,
    template,
    contextTokens: model.config.maxPositionEmbeddings,
    fingerprints,
    policy,
    sampler: {
      ...modelSampler(languageModel, tokenizer, model.stopTokenIds, refresh),
      ...(lowMemory ? { release: () => languageModel.release() } : {}),
    },
    dispose: () => {
      policy.dispose();
      void languageModel.dispose();
    },
  };
}

function openPolicy(model: BaseWeights, config: TrainingConfig, session: SessionOptions, lowMemory: boolean): Promise<OnnxPolicy> {
  const { epsilonLow, epsilonHigh, klEstimator, importanceLevel, temperature, lora } = config;
  const supervised = config.method === "sft";
  return OnnxPolicy.create({
    config: model.config,
    parameters: model.weights,
    lossShape: { epsilonLow, epsilonHigh, klEstimator, importanceLevel, temperature: supervised ? 1 : temperature },
    seed: config.seed,
    session,
    packing: { ...DEFAULT_PACKING, tokensPerMicroBatch: fittingMicroBatch(model.config, formatOf(model), config) },
    activationCheckpointing: config.activationCheckpointing,
    lowMemory,
    keepReference: !supervised && config.beta > 0,
    ...(lora.enabled ? { lora: loraConfig(lora) } : {}),
  });
}

/** How the layers' matrices are stored; undefined = float32. */
function formatOf({ weights }: BaseWeights): BlockFormat | undefined {
  return [...weights.values()].find(isQuantised);
}

/** Samples with a language model as the trainer does; `refresh` brings its weights up to date. */
export function modelSampler(
  languageModel: LanguageModel,
  tokenizer: Tokenizer,
  stops: readonly number[],
  refresh: () => void | Promise<void>,
): RolloutSampler {
  return {
    stopTokenIds: stops,
    refresh,
    generate: (groups, settings, hooks) => generate(languageModel, groups, settings, hooks),
    decode: (tokenIds) => {
      const ended = stops.includes(tokenIds.at(-1) ?? -1);
      return tokenizer.decode(ended ? tokenIds.slice(0, -1) : tokenIds, { skipSpecialTokens: false });
    },
  };
}
