// A language model on the device that a session names: on the CPU with caches in host memory, small ones on several threads; on WebGPU
// with everything there.

import { dequantised, type ModelWeights } from "../model/block-quantisation.ts";
import type { DecoderConfig } from "../model/config.ts";
import type { Adapter } from "../model/peft-adapter.ts";
import type { SessionOptions } from "../onnx/session.ts";
import { DeviceLanguageModel } from "./device-language-model.ts";
import type { LanguageModel, ScoringLanguageModel } from "./language-model.ts";
import { OnnxLanguageModel } from "./onnx-language-model.ts";
import { ThreadedLanguageModel } from "./threaded-language-model.ts";
import { workerCount } from "./worker-count.ts";

export interface OpenLanguageModel extends LanguageModel {
  /** The model cannot be used afterwards. */
  dispose(): Promise<void>;
}

export interface OpenScoringModel extends ScoringLanguageModel {
  /** The model cannot be used afterwards. */
  dispose(): Promise<void>;
}

/**
 * The adapter, where there is one, stands beside the weights. Throws "missing-weights", "invalid-model",
 * "unsupported-architecture" and "device-unavailable".
 */
export async function openModel(
  config: DecoderConfig,
  weights: ModelWeights,
  session: SessionOptions,
  adapter?: Adapter,
): Promise<OpenLanguageModel> {
  if (session.device === "webgpu") return DeviceLanguageModel.load(config, weights, { session, adapter });
  const workers = adapter === undefined ? workerCount(0, weights, session) : 1;
  if (workers > 1) return new ThreadedLanguageModel(config, dequantised(weights), workers, { session });
  const languageModel = new OnnxLanguageModel(config, weights, { session });
  if (adapter !== undefined) await languageModel.setAdapter(adapter);
  return languageModel;
}

/** A model that gives its scores to the host, wherever it computes. Throws as openModel. */
export async function openScoringModel(config: DecoderConfig, weights: ModelWeights, session: SessionOptions): Promise<OpenScoringModel> {
  if (session.device !== "webgpu") return new OnnxLanguageModel(config, weights, { session });
  const model = await DeviceLanguageModel.load(config, weights, { session });
  return {
    vocabularySize: model.vocabularySize,
    contextLength: model.contextLength,
    prefill: (groups, settings) => model.prefillScores(groups, settings),
    dispose: () => model.dispose(),
  };
}
