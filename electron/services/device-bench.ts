// Measures one device with a model of the user's, for `raif bench --device`.

import type { DeviceChoice, DeviceRequest } from "../../shared/domain/device.ts";
import { benchmarkDevice, type DeviceBenchResult } from "../engine/benchmarks/device-bench.ts";
import { loadModelFolder } from "../engine/model/hf-folder.ts";
import { chooseDevice } from "./choose-device.ts";
import { modelFolder } from "./resource-paths.ts";

export interface DeviceBenchReport extends DeviceBenchResult {
  readonly model: string;
  readonly device: DeviceChoice;
}

/** `model`: a Hugging Face folder or "nano". Throws what loading it throws, and "device-unavailable". */
export async function measureDeviceSpeed(model: string, request: DeviceRequest): Promise<DeviceBenchReport> {
  const { config, parameters } = await loadModelFolder(modelFolder(model));
  const device = await chooseDevice(request, config);
  return { model, device, ...(await benchmarkDevice(config, parameters, { device: device.device })) };
}
