// The logits of a model for given token ids, written to a file: what one compares with another implementation of the model.

import type { DeviceChoice, DeviceRequest } from "../../shared/domain/device.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { sequenceLogits } from "../engine/model/logits-graph.ts";
import type { DecoderConfig } from "../engine/model/config.ts";
import { loadAdaptedModel } from "./base-model.ts";
import { chooseDevice } from "./choose-device.ts";
import { modelFolder } from "./resource-paths.ts";
import { writeTensorFile } from "./tensor-file.ts";

export interface LogitsRequest {
  /** Hugging Face folder or "nano". */
  readonly model: string;
  /** Folder of an adapter in PEFT's layout, applied to the model. */
  readonly adapter?: string | undefined;
  readonly ids: readonly number[];
  /** safetensors file; gets one tensor `logits` [T, V], float32. */
  readonly out: string;
  /** Default: auto. */
  readonly device?: DeviceRequest;
}

export interface LogitsOutcome {
  readonly tokens: number;
  readonly vocabSize: number;
  readonly device: DeviceChoice;
}

/** Throws what loading a model throws, "invalid-argument" for ids that do not fit, "prompt-too-long", "non-finite" and storage errors. */
export async function writeLogits(request: LogitsRequest, signal?: AbortSignal): Promise<LogitsOutcome> {
  const { config, parameters } = await loadAdaptedModel(modelFolder(request.model), { adapter: request.adapter, signal });
  checkIds(request.ids, config, "--ids");
  const device = await chooseDevice(request.device ?? "auto", config);
  const logits = await sequenceLogits(config, parameters, request.ids, { device: device.device });
  await writeTensorFile(request.out, new Map([["logits", logits]]));
  return { tokens: request.ids.length, vocabSize: config.vocabSize, device };
}

function checkIds(ids: readonly number[], config: DecoderConfig, where: string): void {
  if (ids.length === 0) throw new WorkbenchError("invalid-argument", "no token ids", { where, expected: "at least one" });
  const bad = ids.findIndex((id) => !Number.isSafeInteger(id) || id < 0 || id >= config.vocabSize);
  if (bad >= 0) {
    throw new WorkbenchError("invalid-argument", "a token id is not in the vocabulary", {
      where: `${where}, id ${bad + 1}`,
      expected: `0 to ${config.vocabSize - 1}`,
      got: String(ids[bad]),
    });
  }
  if (ids.length > config.maxPositionEmbeddings) {
    throw new WorkbenchError("prompt-too-long", "the sequence is longer than the model's context", {
      where,
      expected: `at most ${config.maxPositionEmbeddings} tokens`,
      got: String(ids.length),
    });
  }
}
