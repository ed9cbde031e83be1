// The doctor's look at GPUs: which cards the system names, what WebGPU and CUDA can do here, and what a large model would run on. No
// GPU is no failure: everything works on the CPU.

import { isWorkbenchError } from "../../shared/errors.ts";
import type { Finding, Look } from "./finding.ts";

type NamedLook = readonly [name: string, look: Look];

export const DEVICE_LOOKS: readonly NamedLook[] = [
  ["gpu", lookAtCards],
  ["webgpu", tryWebGpu],
  ["cuda", lookForCuda],
  ["device", chooseForLargeModels],
];

/** Cards as the operating system lists them; which of them the driver offers to WebGPU is another question. */
async function lookAtCards(): Promise<Finding> {
  const { graphics } = await import("systeminformation");
  const { controllers } = await graphics();
  const described = controllers.map(({ vendor, model, vram, driverVersion }) =>
    [vendor, model, vram ? `${vram} MiB` : "", driverVersion ? `driver ${driverVersion}` : ""].filter((part) => part).join(" "),
  );
  return { name: "gpu", status: "ok", detail: described.length === 0 ? "the system lists no graphics card" : described.join("; ") };
}

async function tryWebGpu(): Promise<Finding> {
  const [{ inspectWebGpu }, { firstLine, SLOW_GFLOPS }] = await Promise.all([import("./device-report.ts"), import("./choose-device.ts")]);
  const reason = (error: unknown) => firstLine(isWorkbenchError(error) ? (error.details.got ?? error.message) : String(error));
  const speedNote = (gflops: number) => (gflops < SLOW_GFLOPS ? " (as slow as a driver in software: for tests, not for work)" : "");
  try {
    const { gflops, shaderF16, subgroups, maxBufferBytes, maxStorageBuffers } = await inspectWebGpu();
    const limits = [
      maxBufferBytes === undefined ? "" : `buffers up to ${(maxBufferBytes / 2 ** 20).toFixed(0)} MiB`,
      maxStorageBuffers === undefined ? "" : `${maxStorageBuffers} storage buffers a shader`,
    ].filter((part) => part !== "");
    const half = `shader-f16 ${shaderF16 ? "yes" : "no"} (lora.baseBits=16 ${shaderF16 ? "can be used" : "is refused"})`;
    const features = [half, `subgroups ${subgroups ? "yes" : "no"}`, ...limits];
    return {
      name: "webgpu",
      status: "ok",
      detail: `works, and multiplies matrices at ${gflops.toPrecision(2)} GFLOP/s${speedNote(gflops)}; ${features.join(", ")}; driver: ${driverHint()}`,
    };
  } catch (error) {
    return { name: "webgpu", status: "warning", detail: `cannot be used, so the CPU does everything: ${reason(error)}` };
  }
}

/** ONNX Runtime does not name the adapter; a driver chosen by variable is known all the same. */
function driverHint(): string {
  const chosen = process.env["VK_DRIVER_FILES"] ?? process.env["VK_ICD_FILENAMES"];
  return chosen === undefined ? "the system's" : `as a variable says, ${chosen}`;
}

async function lookForCuda(): Promise<Finding> {
  const { hasCudaLibraries } = await import("./cuda-libraries.ts");
  if (!hasCudaLibraries()) return { name: "cuda", status: "ok", detail: "ONNX Runtime's CUDA libraries are not installed (optional)" };
  const { measureDevice } = await import("./choose-device.ts");
  try {
    return { name: "cuda", status: "ok", detail: `works: ${(await measureDevice("cuda")).toFixed(1)} GFLOP/s` };
  } catch (error) {
    return { name: "cuda", status: "warning", detail: (error as Error).message };
  }
}

async function chooseForLargeModels(): Promise<Finding> {
  const { AUTO_PARAMETERS, fastestDevice } = await import("./choose-device.ts");
  const { device, reason } = await fastestDevice();
  const least = `${AUTO_PARAMETERS / 1e6} million parameters`;
  return { name: "device", status: "ok", detail: `models from ${least} on run on ${device} (${reason}), smaller ones on the CPU` };
}
