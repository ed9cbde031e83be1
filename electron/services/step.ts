// One loss and gradient evaluation of a model on a given batch, written to a file: what one compares with another trainer.

import { readFile } from "node:fs/promises";
import type { DeviceChoice, DeviceRequest } from "../../shared/domain/device.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { DevicePolicy } from "../engine/grpo/device-policy.ts";
import { OnnxPolicy } from "../engine/grpo/onnx-policy.ts";
import type { LossOutput } from "../engine/grpo/policy-model.ts";
import { loadModelFolder, type ModelContents } from "../engine/model/hf-folder.ts";
import { float32, type Float32Tensor } from "../engine/tensor/tensor.ts";
import { chooseDevice } from "./choose-device.ts";
import { modelFolder } from "./resource-paths.ts";
import { lossSamples, lossShape, parseStepBatch, tokenWeights, type StepBatch } from "./step-batch.ts";
import { writeTensorFile } from "./tensor-file.ts";

export interface StepRequest {
  /** Hugging Face folder or "nano". */
  readonly model: string;
  /** JSON file, see step-batch.ts. */
  readonly batch: string;
  /** safetensors file. */
  readonly out: string;
  /** Default: auto. */
  readonly device?: DeviceRequest;
}

/** loss = policyLoss + beta kl + cloningCoefficient cloningLoss. */
export interface StepOutcome {
  readonly loss: number;
  readonly policyLoss: number;
  readonly kl: number;
  readonly cloningLoss: number;
}

/**
 * Writes the scalars `loss`, `policy_loss`, `kl`, `cloning_loss`, `logprobs.<i>` [response length] of every sample and the gradient
 * of every parameter under its Hugging Face name. Throws what loading a model and parseStepBatch throw, "file-not-found" for the
 * batch, "non-finite" and storage errors.
 */
export async function writeStep(
  request: StepRequest,
  signal?: AbortSignal,
  onDevice?: (choice: DeviceChoice) => void,
): Promise<StepOutcome> {
  const model = await loadModelFolder(modelFolder(request.model), signal === undefined ? {} : { signal });
  const batch = parseStepBatch(await readBatch(request.batch), model.config, request.batch);
  const device = await chooseDevice(request.device ?? "auto", model.config);
  onDevice?.(device);
  const { outcome, tensors } = await evaluateStep(model, batch, device.device);
  await writeTensorFile(request.out, tensors);
  return outcome;
}

async function readBatch(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new WorkbenchError("file-not-found", "cannot read the batch", { where: path }, { cause });
  }
}

export interface EvaluatedStep {
  readonly outcome: StepOutcome;
  readonly tensors: ReadonlyMap<string, Float32Tensor>;
}

/** The evaluation itself; tensors as in the file. Throws "non-finite". */
export async function evaluateStep(
  model: Pick<ModelContents, "config" | "parameters">,
  batch: StepBatch,
  device: DeviceChoice["device"] = "cpu",
): Promise<EvaluatedStep> {
  const { config, parameters } = model;
  const options = { config, parameters, lossShape: lossShape(batch), seed: 0, keepReference: false, session: { device } };
  const policy = device === "webgpu" ? await DevicePolicy.create(options) : await OnnxPolicy.create(options);
  try {
    const output = await policy.accumulate(lossSamples(batch));
    const outcome = {
      loss: output.loss,
      policyLoss: output.policyLoss,
      kl: meanKl(batch, output),
      cloningLoss: meanCloningLoss(batch, output),
    };
    const scalar = (value: number) => float32([], [value]);
    const tensors = new Map<string, Float32Tensor>([
      ["loss", scalar(outcome.loss)],
      ["policy_loss", scalar(outcome.policyLoss)],
      ["kl", scalar(outcome.kl)],
      ["cloning_loss", scalar(outcome.cloningLoss)],
    ]);
    output.logProbs.forEach((row, i) => tensors.set(`logprobs.${i}`, float32([row.length], row)));
    for (const [name, gradient] of await policy.gradients()) tensors.set(name, gradient);
    return { outcome, tensors };
  } finally {
    await policy.dispose();
  }
}

/** The loss graph gives both terms times their coefficients, which may be 0; these are the bare means. */
function meanKl(batch: StepBatch, output: LossOutput): number {
  const weights = tokenWeights(batch);
  return batch.samples.reduce((sum, sample, i) => {
    if (sample.kind === "expert") return sum;
    return (
      sum +
      (weights[i] as number) *
        (sample.refLogProbs ?? []).reduce((kl, reference, t) => kl + klEstimate(reference - (output.logProbs[i]?.[t] as number), batch), 0)
    );
  }, 0);
}

function klEstimate(difference: number, { loss }: StepBatch): number {
  if (loss.klEstimator === "k1") return -difference;
  return loss.klEstimator === "k2" ? difference ** 2 / 2 : Math.expm1(difference) - difference;
}

function meanCloningLoss(batch: StepBatch, output: LossOutput): number {
  const weights = tokenWeights(batch);
  return batch.samples.reduce((sum, sample, i) => {
    if (sample.kind === "policy") return sum;
    return sum - (weights[i] as number) * (output.logProbs[i] as Float32Array).reduce((a, b) => a + b, 0);
  }, 0);
}
