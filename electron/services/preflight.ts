// Looks at a planned training session before it starts: the rendered prompt, prompts that do not fit, memory, and a probe of a few
// groups with the real model, sampler and rewards; then says in plain words whether this run can learn. Stores nothing.

import { freemem } from "node:os";
import type { DeviceChoice, DeviceRequest } from "../../shared/domain/device.ts";
import type { MemoryCheck, PreflightReport, ProbeCheck, ProbeGroup, PromptCheck, TemplateCheck } from "../../shared/domain/preflight.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { collectGroups, type JudgedGroup } from "../engine/grpo/collect-groups.ts";
import type { TrainingConfig } from "../engine/grpo/config.ts";
import { DataOrder } from "../engine/grpo/data-order.ts";
import type { PolicyModel } from "../engine/grpo/policy-model.ts";
import { INITIAL_STATE, type RunContext } from "../engine/grpo/run-context.ts";
import { deviceEstimate, fittingEstimate } from "./estimate-memory.ts";
import { resolveConfig } from "../engine/grpo/recipes.ts";
import { openModel } from "../engine/decoding/open-language-model.ts";
import { parameterShapes, type DecoderConfig } from "../engine/model/config.ts";
import type { SessionOptions } from "../engine/onnx/session.ts";
import { sizeOf } from "../engine/tensor/tensor.ts";
import { parseResponse } from "../engine/rewards/format.ts";
import { buildExpertResponse, THINK_PREFILL } from "../engine/rollout/prompt.ts";
import type { ReadConnection } from "../storage/connection.ts";
import { loadBaseWeights, type BaseWeights } from "./base-model.ts";
import { chooseDevice } from "./choose-device.ts";
import { openJudging, type ReadSecret } from "./judging.ts";
import { modelSampler } from "./onnx-training-engine.ts";
import { preflightVerdict } from "./preflight-verdict.ts";
import { modelFolder } from "./resource-paths.ts";
import { baseFormat } from "./trained-model.ts";
import { prepareTrainingData, promptLimit, recordReward, type TrainingData } from "./training-data.ts";
import { trainingRecords } from "./training-records.ts";

export interface PreflightRequest {
  readonly model: string;
  readonly data: string;
  readonly recipe: string;
  readonly set: readonly (readonly [key: string, value: unknown])[];
  readonly probeGroups: number;
  /** Where the probe samples and a local judge answers; default: "auto". */
  readonly device?: DeviceRequest | undefined;
}

export interface PreflightHooks {
  readonly signal?: AbortSignal;
  readonly readSecret?: ReadSecret;
  /** After every part, and after every probed group. */
  readonly onReport?: (report: PreflightReport, fraction: number) => void;
}

const LISTED_OVERLONG = 50;

/** Throws what reading model, data and settings throws, and "cancelled". */
export async function preflight(
  db: ReadConnection,
  request: PreflightRequest,
  hooks: PreflightHooks = {},
  session: SessionOptions = {},
): Promise<PreflightReport> {
  const config = resolveConfig({ recipe: request.recipe, set: request.set });
  const { records } = await trainingRecords(request.data, db);
  const model = await loadBaseWeights(modelFolder(request.model), { signal: hooks.signal, quantise: baseFormat(config) });
  const data = prepareTrainingData(records, { ...model, contextTokens: model.config.maxPositionEmbeddings }, config);
  const device = await chooseDevice(request.device ?? "auto", model.config, session);
  let report: PreflightReport = {
    device,
    template: checkTemplate(model, data),
    prompts: checkPrompts(records.length, data, config, model),
    memory: checkMemory(model, config, device.device),
    probe: null,
    verdict: null,
  };
  hooks.onReport?.(report, 0.1);
  if (config.method !== "sft") {
    const onDevice = { ...session, device: device.device };
    report = { ...report, probe: await probe(model, data, config, request.probeGroups, onDevice, hooks, report) };
  }
  report = { ...report, verdict: preflightVerdict(report, { ...config, parameters: parameterCount(model.config) }) };
  hooks.onReport?.(report, 1);
  return report;
}

function checkTemplate(model: BaseWeights, data: TrainingData): TemplateCheck {
  const prompt = data.prompts.promptAt(0);
  const problems: string[] = [];
  if (!prompt.think.text.endsWith(prompt.think.prefill.trimEnd()) && !prompt.think.text.endsWith(prompt.think.prefill)) {
    problems.push("The rendered prompt does not end with the opened think block.");
  }
  const expert = buildExpertResponse({ think: "A step.", answer: "An answer." }, model.tokenizer);
  const readBack = parseResponse(THINK_PREFILL + model.tokenizer.decode(expert.ids.slice(0, -1), { skipSpecialTokens: false }));
  if (!readBack.formatOk) problems.push("A response in the right format is not recognised after tokenising and decoding it.");
  if (!model.stopTokenIds.includes(expert.ids.at(-1) ?? -1)) problems.push("The token that ends a demonstration does not end generation.");
  return {
    state: problems.length === 0 ? "pass" : "fail",
    renderedThink: prompt.think.text,
    renderedEmpty: prompt.empty?.text ?? null,
    promptTokens: prompt.think.ids.length,
    problems,
  };
}

function checkPrompts(total: number, data: TrainingData, config: TrainingConfig, model: BaseWeights): PromptCheck {
  const lengths = Array.from({ length: data.prompts.size }, (_, i) => data.prompts.promptAt(i).think.ids.length).sort((a, b) => a - b);
  const lost = data.skipped.length / total;
  return {
    state: lost > 0.5 ? "fail" : lost > 0.05 ? "warn" : "pass",
    records: total,
    used: data.prompts.size,
    overlong: data.skipped.slice(0, LISTED_OVERLONG),
    overlongCount: data.skipped.length,
    limitTokens: promptLimit(model.config.maxPositionEmbeddings, config),
    longestTokens: lengths.at(-1) ?? 0,
    medianTokens: lengths[Math.floor(lengths.length / 2)] ?? 0,
    experts: data.examples.size,
  };
}

/** The phase that takes most, as `raif estimate` counts it; how much memory a device has cannot be asked, so there the host is compared. */
export function checkMemory(
  { config: architecture }: Pick<BaseWeights, "config">,
  config: TrainingConfig,
  device: DeviceChoice["device"],
  available = freemem(),
): MemoryCheck {
  const planned = fittingEstimate(architecture, baseFormat(config), config);
  const { tokensPerMicroBatch } = planned;
  const onDevice = device === "webgpu" ? deviceEstimate(architecture, undefined, { ...config, tokensPerMicroBatch }) : undefined;
  const { phases, peakBytes } = onDevice ?? planned;
  const parts = phases.find((phase) => phase.totalBytes === peakBytes)?.parts ?? [];
  const totalBytes = onDevice?.hostBytes ?? peakBytes;
  return {
    state: totalBytes > available ? "fail" : totalBytes > 0.7 * available ? "warn" : "pass",
    parts: parts.map(({ name, bytes }) => ({ name, bytes: Math.round(bytes) })),
    totalBytes: Math.round(totalBytes),
    availableBytes: available,
    deviceBytes: onDevice === undefined ? null : Math.round(peakBytes),
  };
}

function parameterCount(config: DecoderConfig): number {
  return [...parameterShapes(config).values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
}

/** The first half of a step, one group at a time so that there is something to see early. */
async function probe(
  model: BaseWeights,
  data: TrainingData,
  config: TrainingConfig,
  plannedGroups: number,
  session: SessionOptions,
  hooks: PreflightHooks,
  before: PreflightReport,
): Promise<ProbeCheck> {
  const judging = await openJudging(config.judge, data.records, { signal: hooks.signal, readSecret: hooks.readSecret, session });
  const languageModel = await openModel(model.config, model.weights, session);
  const context: RunContext = {
    config: { ...config, promptsPerStep: 1, dynamicSampling: { ...config.dynamicSampling, enabled: false } },
    policy: UNUSED_POLICY,
    sampler: modelSampler(languageModel, model.tokenizer, model.stopTokenIds, () => undefined),
    prompts: data.prompts,
    reward: recordReward(data.records, config, judging?.ask),
    hooks: hooks.signal === undefined ? {} : { signal: hooks.signal },
    promptOrder: new DataOrder(config.seed, "prompts", data.prompts.size),
  };
  try {
    const groups: JudgedGroup[] = [];
    const startMs = performance.now();
    let check = probeCheck(groups, plannedGroups, config, 0);
    for (let i = 0; i < Math.min(plannedGroups, data.prompts.size); i++) {
      const { groups: sampled } = await collectGroups(context, { ...INITIAL_STATE, promptPosition: i });
      groups.push(...sampled);
      check = probeCheck(groups, plannedGroups, config, performance.now() - startMs);
      hooks.onReport?.({ ...before, probe: check }, 0.1 + (0.9 * (i + 1)) / plannedGroups);
    }
    return check;
  } finally {
    await languageModel.dispose();
    await judging?.dispose();
  }
}

/** What the groups say; `spentMs` is what sampling them took. */
export function probeCheck(groups: readonly JudgedGroup[], plannedGroups: number, config: TrainingConfig, spentMs: number): ProbeCheck {
  const byGroup = groups.map((group) => group.samples.filter((sample) => sample.mode === "think"));
  const think = byGroup.flat();
  const rewards = byGroup.map((samples) => samples.map((sample) => sample.shapedReward));
  const zeroSpreadShare = mean(rewards.map((values) => (values.every((value) => value === values[0]) ? 1 : 0)));
  const truncatedShare = mean(think.map((sample) => (sample.finish === "length" ? 1 : 0)));
  const tokens = groups.flatMap((group) => group.samples).reduce((sum, sample) => sum + sample.tokenIds.length, 0);
  const compared = groups.filter((group) => group.superiorCot.reason !== "not-compared");
  return {
    state:
      zeroSpreadShare === 1 || truncatedShare === 1
        ? "fail"
        : (zeroSpreadShare ?? 0) > 0.7 || (truncatedShare ?? 0) > 0.5
          ? "warn"
          : "pass",
    groups: groups.map(probeGroup),
    plannedGroups,
    rewardMean: mean(rewards.flat()),
    rewardSpread: mean(rewards.map(deviation)),
    zeroSpreadShare,
    truncatedShare,
    formatShare: mean(think.map((sample) => (sample.reward.format > 0 ? 1 : 0))),
    keepShare: mean(compared.map((group) => (group.superiorCot.kept ? 1 : 0))),
    tokensPerSecond: spentMs > 0 ? (tokens * 1000) / spentMs : null,
    estimatedMsPerStep: groups.length > 0 && spentMs > 0 ? (spentMs / groups.length) * config.promptsPerStep : null,
  };
}

function probeGroup({ prompt, samples, superiorCot }: JudgedGroup): ProbeGroup {
  const think = samples.filter((sample) => sample.mode === "think");
  return {
    recordId: prompt.recordId,
    prompt: prompt.think.text,
    rewards: think.map((sample) => sample.shapedReward),
    kept: superiorCot.kept,
    truncated: think.filter((sample) => sample.finish === "length").length,
    example: prompt.think.prefill + (think[0]?.text ?? ""),
  };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of the population; 0 for a single value. */
function deviation(values: readonly number[]): number {
  const centre = mean(values) ?? 0;
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)) ?? 0);
}

/** Sampling never asks the policy. */
const UNUSED_POLICY: PolicyModel = (() => {
  const unused = (): never => {
    throw new WorkbenchError("internal-error", "a probe does not train");
  };
  return { logProbs: unused, accumulate: unused, update: unused, exportState: unused, importState: unused, dispose: () => undefined };
})();
