// One question put to a judge, to see whether it is there and what it says. Remembers nothing.

import type { DeviceChoice, DeviceRequest } from "../../shared/domain/device.ts";
import { DEFAULT_CONFIG } from "../engine/grpo/config.ts";
import { readModelConfig } from "../engine/model/hf-folder.ts";
import type { JudgeVerdict } from "../engine/rewards/leaf-checks.ts";
import { chooseDevice } from "./choose-device.ts";
import { localJudgeFolder, openJudge } from "./judging.ts";

export interface JudgeRequest {
  /** local:<folder> or endpoint:<url>#<model>. */
  readonly judge: string;
  readonly question: string;
  readonly answer: string;
  /** What was answered; default: nothing that matters. */
  readonly prompt?: string;
  /** Where a local model computes. */
  readonly device: DeviceRequest;
}

export interface AskedJudge {
  readonly verdict: JudgeVerdict;
  /** Undefined for an endpoint. */
  readonly device: DeviceChoice | undefined;
}

/** Throws "invalid-config" for what names no judge, "device-unavailable", and what opening and asking it throws. */
export async function askJudge(request: JudgeRequest, signal?: AbortSignal): Promise<AskedJudge> {
  const { judge: name, question, answer, prompt = "" } = request;
  const folder = localJudgeFolder(name);
  const device = folder === undefined ? undefined : await chooseDevice(request.device, await readModelConfig(folder));
  const session = device === undefined ? {} : { device: device.device };
  const judge = await openJudge({ ...DEFAULT_CONFIG.judge, model: name }, { signal, session });
  try {
    const [verdict] = await judge.ask([{ messages: [{ role: "user", content: prompt }], answer, question }], signal);
    if (verdict === undefined) throw new Error("the judge gave no verdict");
    return { verdict, device };
  } finally {
    await judge.dispose();
  }
}
