// `raif estimate`: what a training would take of memory, and which settings would make it fit. Reads config.json, loads no weights.

import { readFile } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import { WorkbenchError } from "../../shared/errors.ts";
import type { TrainingConfig } from "../engine/grpo/config.ts";
import { estimateDeviceMemory, type DeviceMemoryEstimate } from "../engine/grpo/device-memory-estimate.ts";
import { estimateMemory, type MemoryEstimate, type MemoryPhase } from "../engine/grpo/memory-estimate.ts";
import { applyOverrides } from "../engine/grpo/overrides.ts";
import { resolveConfig } from "../engine/grpo/recipes.ts";
import type { BlockFormat } from "../engine/model/block-quantisation.ts";
import { parseHfConfig, parameterShapes, type DecoderConfig } from "../engine/model/config.ts";
import { readConfigJson } from "../engine/model/hf-folder.ts";
import { sizeOf } from "../engine/tensor/tensor.ts";
import { modelFolder } from "./resource-paths.ts";
import { baseFormat } from "./trained-model.ts";
import { configRequest, type SettingsRequest } from "./training-config.ts";

export interface EstimateRequest extends SettingsRequest {
  /** Hugging Face folder, the path of a config.json, or "nano". */
  readonly model: string;
  /** Bytes that may be used: of the host for "cpu", of the device for "webgpu". Default: what is free on the host, unknown of a device. */
  readonly memoryBytes?: number;
  /** Default: where these settings can run, the CPU where both can. */
  readonly device?: "cpu" | "webgpu";
}

export interface EstimateReport {
  readonly device: "cpu" | "webgpu";
  /** Of the device's memory. */
  readonly phases: readonly MemoryPhase[];
  readonly peakBytes: number;
  /** What the process takes beside a device; null on the CPU, where it is the peak. */
  readonly hostBytes: number | null;
  readonly tokensPerMicroBatch: number;
  readonly parameters: number;
  /** Null where nothing is known. */
  readonly availableBytes: number | null;
  readonly fits: boolean | null;
  /** Where it does not: the fewest of the usual remedies that would make it fit; null where none does. */
  readonly remedy: { readonly set: readonly string[]; readonly peakBytes: number } | null;
}

/** Throws "file-not-found", "invalid-json", and what reading a configuration and settings throws. */
export async function estimateTraining(request: EstimateRequest): Promise<EstimateReport> {
  const { config, stored } = await readArchitecture(request.model);
  const training = resolveConfig(await configRequest(request));
  const isHalf = training.lora.enabled && training.lora.baseBits === 16;
  const device = request.device ?? (isHalf ? "webgpu" : "cpu");
  if (isHalf && device === "cpu") throw halvesOnCpu();
  const availableBytes = request.memoryBytes ?? (device === "cpu" ? freemem() : null);
  // Remedies are looked for within what may be used; a run of its own accord takes a share of the whole.
  const estimateOf = (settings: TrainingConfig, usable = request.memoryBytes) =>
    device === "cpu" ? estimateFor(config, stored, settings, usable) : deviceEstimate(config, stored, settings);
  const estimate = estimateOf(training);
  const fits = availableBytes === null ? null : estimate.peakBytes <= availableBytes;
  return {
    device,
    phases: estimate.phases,
    peakBytes: estimate.peakBytes,
    hostBytes: "hostBytes" in estimate ? estimate.hostBytes : null,
    tokensPerMicroBatch: estimate.tokensPerMicroBatch,
    parameters: [...parameterShapes(config).values()].reduce((sum, shape) => sum + sizeOf(shape), 0),
    availableBytes,
    fits,
    remedy:
      fits !== false || availableBytes === null
        ? null
        : findRemedy(training, availableBytes, (settings) => estimateOf(settings, availableBytes).peakBytes),
  };
}

function halvesOnCpu(): WorkbenchError {
  return new WorkbenchError("unsupported", "weights in float16 are for WebGPU only", {
    where: "lora.baseBits",
    expected: "--device webgpu, or 4, 8 or 32 bits",
    got: "16 on cpu",
  });
}

/** Of a WebGPU device. Throws "invalid-config". */
export function deviceEstimate(config: DecoderConfig, stored: BlockFormat | undefined, training: TrainingConfig): DeviceMemoryEstimate {
  const blocks = baseFormat(training) ?? stored;
  const isHalf = training.lora.enabled && training.lora.baseBits === 16;
  return estimateDeviceMemory(config, blocks ?? (isHalf ? "float16" : undefined), training);
}

/** A model's architecture, and how its folder stores the layers' matrices (undefined: as floats). */
export async function readArchitecture(
  model: string,
): Promise<{ readonly config: DecoderConfig; readonly stored: BlockFormat | undefined }> {
  const json = model.endsWith(".json") ? await readJsonFile(model) : await readConfigJson(modelFolder(model));
  const config = parseHfConfig(json, model);
  const { quantization_config: format } = json as { quantization_config?: { bits?: unknown; block_size?: unknown } };
  if (format?.bits !== 4 && format?.bits !== 8) return { config, stored: undefined };
  return { config, stored: { bits: format.bits, blockSize: Number(format.block_size) } };
}

async function readJsonFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new WorkbenchError("file-not-found", "cannot read the configuration", { where: path }, { cause });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new WorkbenchError("invalid-json", "not a JSON file", { where: path, got: String(cause) }, { cause });
  }
}

/** A share of the whole, not what happens to be free: a resumed run must compute like its first part. */
const USABLE_SHARE = 0.7;

function usableBytes(): number {
  return USABLE_SHARE * totalmem();
}

function estimateFor(
  config: DecoderConfig,
  stored: BlockFormat | undefined,
  training: TrainingConfig,
  usable: number = usableBytes(),
): MemoryEstimate {
  return estimateMemory(config, baseFormat(training) ?? stored, training, usable);
}

/** From what costs least to what changes the training; each is added to those before it until it fits, then what is not needed goes. */
const REMEDIES: readonly (readonly [key: string, value: unknown, helps: (training: TrainingConfig) => boolean])[] = [
  ["tokensPerMicroBatch", 512, ({ tokensPerMicroBatch }) => tokensPerMicroBatch === 0 || tokensPerMicroBatch > 512],
  ["activationCheckpointing", true, ({ activationCheckpointing }) => !activationCheckpointing],
  ["lora.enabled", true, ({ lora }) => !lora.enabled],
  ["lora.baseBits", 8, ({ lora }) => lora.baseBits > 8],
  ["lora.baseBits", 4, ({ lora }) => lora.baseBits !== 4],
  ["maxNewTokens", 1024, ({ maxNewTokens }) => maxNewTokens > 1024],
  ["maxNewTokens", 512, ({ maxNewTokens }) => maxNewTokens > 512],
  ["maxPromptTokens", 512, ({ maxPromptTokens }) => maxPromptTokens > 512],
  ["promptsPerStep", 4, ({ promptsPerStep }) => promptsPerStep > 4],
];

function findRemedy(
  training: TrainingConfig,
  availableBytes: number,
  peakBytes: (settings: TrainingConfig) => number,
): EstimateReport["remedy"] {
  type Change = readonly [key: string, value: unknown];
  const withChanges = (changes: readonly Change[]) => applyOverrides(training, changes);
  const peakOf = (changes: readonly Change[]): number => {
    const changed = withChanges(changes);
    // Bits without an adapter are no setting at all.
    return changed.lora.baseBits !== 32 && !changed.lora.enabled ? Infinity : peakBytes(changed);
  };
  let changes: Change[] = [];
  for (const [key, value, helps] of REMEDIES) {
    if (!helps(withChanges(changes))) continue;
    changes = [...changes.filter(([other]) => other !== key), [key, value]];
    if (peakOf(changes) <= availableBytes) break;
  }
  if (peakOf(changes) > availableBytes) return null;
  for (const change of [...changes].reverse()) {
    const fewer = changes.filter((other) => other !== change);
    if (peakOf(fewer) <= availableBytes) changes = fewer;
  }
  return { set: changes.map(([key, value]) => `${key}=${String(value)}`), peakBytes: peakOf(changes) };
}

/** The most tokens of a micro-batch, from 2048 down, with which the estimate fits, or the least where none does; and that estimate. */
export function fittingEstimate(config: DecoderConfig, stored: BlockFormat | undefined, training: TrainingConfig): MemoryEstimate {
  if (training.tokensPerMicroBatch > 0) return estimateFor(config, stored, training);
  let last: MemoryEstimate | undefined;
  for (const tokensPerMicroBatch of [2048, 1024, 512, 256]) {
    last = estimateFor(config, stored, { ...training, tokensPerMicroBatch });
    if (last.peakBytes <= usableBytes()) break;
  }
  return last as MemoryEstimate;
}
