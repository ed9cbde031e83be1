// What an evaluation looks at: a base model or what a run has trained, ready to generate, with everything that identifies it.

import { createHash } from "node:crypto";
import type { DeviceChoice, DeviceRequest } from "../../shared/domain/device.ts";
import { openModel } from "../engine/decoding/open-language-model.ts";
import type { EvaluatedModel } from "../engine/benchmarks/evaluation.ts";
import type { SessionOptions } from "../engine/onnx/session.ts";
import type { Float32Tensor } from "../engine/tensor/tensor.ts";
import type { ReadConnection } from "../storage/connection.ts";
import type { RunId } from "../storage/ids.ts";
import { loadBaseWeights, openLanguageModel } from "./base-model.ts";
import { chooseDevice } from "./choose-device.ts";
import { modelFolder } from "./resource-paths.ts";
import { loadTrainedModel, type TrainedModelQuery } from "./trained-model.ts";

export interface EvaluationSubject extends EvaluatedModel {
  /** Folder of the base model, or "nano". */
  readonly model: string;
  /** Both absent for a base model. */
  readonly runId?: RunId;
  readonly step?: number;
  /** SHA-256 hex: the folder's fingerprint, or of the trained weights. */
  readonly modelHash: string;
  readonly chatTemplateHash: string;
  readonly device: DeviceChoice;
  dispose(): Promise<void>;
}

/** `model`: a Hugging Face folder or "nano"; `adapter`: a folder in PEFT's layout. Throws what loading them throws. */
export async function openBaseSubject(
  model: string,
  signal?: AbortSignal,
  session: SessionOptions = {},
  adapter?: string,
  request: DeviceRequest = "auto",
): Promise<EvaluationSubject> {
  const base = await loadBaseWeights(modelFolder(model), { signal, adapter });
  const device = await chooseDevice(request, base.config, session);
  const languageModel = await openLanguageModel(base, { ...session, device: device.device });
  return {
    model: model === "nano" ? model : modelFolder(model),
    modelHash: base.fingerprints.model,
    chatTemplateHash: base.fingerprints.chatTemplate,
    device,
    languageModel,
    tokenizer: base.tokenizer,
    template: base.template,
    stopTokenIds: base.stopTokenIds,
    dispose: () => languageModel.dispose(),
  };
}

/** Throws what loadTrainedModel throws. */
export async function openRunSubject(
  db: ReadConnection,
  runId: RunId,
  query: TrainedModelQuery = {},
  session: SessionOptions = {},
  request: DeviceRequest = "auto",
): Promise<EvaluationSubject> {
  const { run, step, base, config, parameters } = await loadTrainedModel(db, runId, query);
  const device = await chooseDevice(request, config, session);
  const languageModel = await openModel(config, parameters, { ...session, device: device.device });
  return {
    model: run.baseModel,
    runId,
    step,
    modelHash: parametersSha256(parameters),
    chatTemplateHash: base.fingerprints.chatTemplate,
    device,
    languageModel,
    tokenizer: base.tokenizer,
    template: base.template,
    stopTokenIds: base.stopTokenIds,
    dispose: () => languageModel.dispose(),
  };
}

/** Over name, shape and bits of every tensor, by name. */
export function parametersSha256(parameters: ReadonlyMap<string, Float32Tensor>): string {
  const hash = createHash("sha256");
  for (const name of [...parameters.keys()].sort()) {
    const { shape, data } = parameters.get(name) as Float32Tensor;
    hash.update(JSON.stringify([name, shape])).update(data);
  }
  return hash.digest("hex");
}
