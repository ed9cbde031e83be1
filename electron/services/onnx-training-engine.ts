// The training engine on ONNX Runtime: loads a Hugging Face folder, chooses the device, and samples with the policy's weights: on
// the CPU merged and refreshed before each step, on WebGPU the very tensors that are trained.

import type { DeviceChoice } from "../../shared/domain/device.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { DeviceLanguageModel } from "../engine/decoding/device-language-model.ts";
import { generate } from "../engine/decoding/generate.ts";
import type { LanguageModel } from "../engine/decoding/language-model.ts";
import { ThreadedLanguageModel } from "../engine/decoding/threaded-language-model.ts";
import { workerCount } from "../engine/decoding/worker-count.ts";
import { OnnxLanguageModel } from "../engine/decoding/onnx-language-model.ts";
import type { OpenLanguageModel } from "../engine/decoding/open-language-model.ts";
import type { TrainingConfig } from "../engine/grpo/config.ts";
import { DevicePolicy } from "../engine/grpo/device-policy.ts";
import { updatePacking, type MemoryEstimate } from "../engine/grpo/memory-estimate.ts";
import type { PolicyOptions } from "../engine/grpo/micro-batch-feeds.ts";
import { OnnxPolicy } from "../engine/grpo/onnx-policy.ts";
import type { PolicyModel } from "../engine/grpo/policy-model.ts";
import { ThreadedPolicy } from "../engine/grpo/threaded-policy.ts";
import { isQuantised, type BlockFormat } from "../engine/model/block-quantisation.ts";
import { blockFormats, matrixFormats } from "../engine/model/quantised-linear.ts";
import type { SessionOptions } from "../engine/onnx/session.ts";
import type { RolloutSampler } from "../engine/rollout/rollout.ts";
import type { Tokenizer } from "../engine/tokenizer/tokenizer.ts";
import { loadBaseWeights, type BaseWeights } from "./base-model.ts";
import { chooseDevice } from "./choose-device.ts";
import { fittingEstimate } from "./estimate-memory.ts";
import { baseFormat, loraConfig } from "./trained-model.ts";
import type { TrainingEngine, TrainingEngineRequest } from "./training-engine.ts";

/**
 * Throws what loading the model, the tokenizer and the template throws, and "device-unavailable". A resumed run repeats the bits
 * of its first part only with the same number of workers; with a single one, of threads.
 */
export async function openOnnxTrainingEngine(request: TrainingEngineRequest, options: SessionOptions = {}): Promise<TrainingEngine> {
  const { modelFolder, config, signal } = request;
  const model = await loadBaseWeights(modelFolder, { signal, quantise: baseFormat(config) });
  const device = await chooseDevice(request.device, model.config, options);
  if (config.lora.baseBits === 16 && device.device !== "webgpu") throw halvesElsewhere(device);
  const { tokenizer, template, fingerprints } = model;
  const plan = fittingEstimate(model.config, formatOf(model), config);
  const session = { ...options, device: device.device };
  const workers = chooseWorkers(model, config, session, plan);
  const policyRequest = {
    ...policyOptions(model, config, session, plan),
    ...(request.onMicroBatchLowered === undefined ? {} : { onMicroBatchLowered: request.onMicroBatchLowered }),
  };
  const { policy, languageModel, refresh, release } = await openModels(policyRequest, plan, workers);
  return {
    tokenizer,
    template,
    contextTokens: model.config.maxPositionEmbeddings,
    fingerprints,
    device,
    workers,
    policy,
    sampler: {
      ...modelSampler(languageModel, tokenizer, model.stopTokenIds, refresh),
      ...(release === undefined ? {} : { release }),
    },
    dispose: async () => {
      await languageModel.dispose();
      await policy.dispose();
    },
  };
}

/** The CPU's sampling wants float32 weights of its own, so halves would save it nothing. */
function halvesElsewhere({ device, reason }: DeviceChoice): WorkbenchError {
  return new WorkbenchError("unsupported", "weights in float16 are for WebGPU only", {
    where: "lora.baseBits",
    expected: "--device webgpu, or 4, 8 or 32 bits",
    got: `16 on ${device} (${reason})`,
  });
}

/** Where memory is short, threads with sessions of their own are there only for those who ask for them. */
function chooseWorkers(
  { weights }: BaseWeights,
  { workers }: TrainingConfig,
  session: SessionOptions,
  { lowMemory }: MemoryEstimate,
): number {
  return workers === 0 && lowMemory ? 1 : workerCount(workers, weights, session);
}

interface Models {
  readonly policy: PolicyModel;
  readonly languageModel: OpenLanguageModel;
  /** Brings the language model's weights up to date. */
  readonly refresh: () => void | Promise<void>;
  /** Gives memory back that the update may need. */
  readonly release?: () => Promise<void>;
}

function openModels(options: PolicyOptions, plan: MemoryEstimate, workers: number): Promise<Models> {
  if (workers > 1) return openOnThreads(options, workers);
  return options.session?.device === "webgpu" ? openOnDevice(options) : openOnHost(options, plan);
}

/** Nothing that is given back holds on to the host's copy of the weights. */
async function openOnDevice(options: PolicyOptions): Promise<Models> {
  const policy = await DevicePolicy.create(options);
  try {
    return { policy, languageModel: sharingModel(policy, options), refresh: () => undefined };
  } catch (error) {
    await policy.dispose();
    throw error;
  }
}

function sharingModel(
  policy: DevicePolicy,
  { config, parameters, lora, halfBase = false, session = {} }: PolicyOptions,
): DeviceLanguageModel {
  const shared = { session, quantised: matrixFormats(parameters, halfBase), ...(lora === undefined ? {} : { lora }) };
  return DeviceLanguageModel.sharing(config, () => policy.weights(), shared);
}

async function openOnHost(options: PolicyOptions, { lowMemory, preparesFloats }: MemoryEstimate): Promise<Models> {
  const { config, parameters, lora, session = {} } = options;
  const policy = await OnnxPolicy.create(options);
  const languageModel = new OnnxLanguageModel(config, parameters, { session, lowMemory, preparesFloats });
  // An adapter is folded into small float32 weights, which is faster, and stands beside large and quantised ones.
  const refresh = () =>
    lora !== undefined && (lowMemory || blockFormats(parameters).size > 0)
      ? languageModel.setAdapter({ lora, tensors: policy.adapterTensors() })
      : languageModel.setParameters(policy.mergedParameters());
  return { policy, languageModel, refresh, ...(lowMemory ? { release: () => languageModel.release() } : {}) };
}

async function openOnThreads(options: PolicyOptions, workers: number): Promise<Models> {
  const policy = await ThreadedPolicy.create(options, workers);
  const languageModel = new ThreadedLanguageModel(options.config, policy.mergedParameters(), workers);
  return { policy, languageModel, refresh: () => languageModel.setParameters(policy.mergedParameters()) };
}

function policyOptions(
  model: BaseWeights,
  config: TrainingConfig,
  session: SessionOptions,
  { tokensPerMicroBatch, lowMemory }: MemoryEstimate,
): PolicyOptions {
  const { epsilonLow, epsilonHigh, klEstimator, importanceLevel, temperature, lora } = config;
  const supervised = config.method === "sft";
  return {
    config: model.config,
    parameters: model.weights,
    lossShape: { epsilonLow, epsilonHigh, klEstimator, importanceLevel, temperature: supervised ? 1 : temperature },
    seed: config.seed,
    session,
    packing: updatePacking(model.config, tokensPerMicroBatch, session.device !== "webgpu"),
    activationCheckpointing: config.activationCheckpointing,
    lowMemory,
    keepReference: !supervised && config.beta > 0,
    halfBase: lora.enabled && lora.baseBits === 16,
    ...(lora.enabled ? { lora: loraConfig(lora) } : {}),
  };
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
