// Which device a model runs on. What was asked for by name is tried and taken or refused; "auto" leaves small models on the CPU and
// compares for others how fast each device really multiplies, so that a software driver or a weak card never wins by its name.

import type { DeviceChoice, DeviceRequest } from "../../shared/domain/device.ts";
import { isWorkbenchError, WorkbenchError } from "../../shared/errors.ts";
import { parameterShapes, type DecoderConfig } from "../engine/model/config.ts";
import { Graph } from "../engine/onnx/graph.ts";
import { OnnxSession, type SessionOptions } from "../engine/onnx/session.ts";
import { float32, sizeOf } from "../engine/tensor/tensor.ts";
import { hasCudaLibraries } from "./cuda-libraries.ts";

/** Below this a device waits for its next small piece of work longer than it computes. Not measured on many devices: see docs/gpu.md. */
export const AUTO_PARAMETERS = 50e6;
const PROBE_RUNS = 3;
/**
 * A GPU has to be so many times as fast. A driver in software computes on the CPU itself, far below what the CPU does, so however busy
 * the machine is while one of them is measured, it does not come near.
 */
const GPU_MARGIN = 2;
/** Sides of the matrices that are multiplied to compare devices; a GPU needs large ones to show what it can do. */
const SMALL = 256;
const LARGE = 2048;
/** Slower than any CPU: a software driver, for which the large product would take minutes. */
export const SLOW_GFLOPS = 2;

type GpuDevice = Exclude<DeviceChoice["device"], "cpu">;

/** GFLOP/s of a matrix product, a large one unless a small one was slow already. Throws "device-unavailable". */
export async function measureDevice(device: DeviceChoice["device"], session: SessionOptions = {}): Promise<number> {
  const small = await measureProduct(SMALL, device, session);
  return small < SLOW_GFLOPS ? small : measureProduct(LARGE, device, session);
}

/** Best of a few runs after one that warms up. */
async function measureProduct(size: number, device: DeviceChoice["device"], session: SessionOptions): Promise<number> {
  const graph = new Graph("product");
  const x = graph.input("x", "float32", [size, size]);
  // Only a row leaves, so that copying the output out is not part of the time.
  graph.output(graph.op("ReduceMax", [graph.op("MatMul", [x, x], {})], { axes: [0], keepDims: false }), "y");
  const opened = await OnnxSession.open(graph, { ...session, device });
  try {
    const feeds = { x: float32([size, size], new Float32Array(size * size).fill(1 / size)) };
    await opened.run(feeds);
    let bestMs = Infinity;
    for (let run = 0; run < PROBE_RUNS; run++) {
      const startMs = performance.now();
      await opened.run(feeds);
      bestMs = Math.min(bestMs, performance.now() - startMs);
    }
    return (2 * size ** 3) / bestMs / 1e6;
  } finally {
    await opened.dispose();
  }
}

/** Throws "device-unavailable" where a device that was asked for by name cannot be opened. */
export async function chooseDevice(request: DeviceRequest, config: DecoderConfig, session: SessionOptions = {}): Promise<DeviceChoice> {
  if (request === "cpu") return { device: "cpu", reason: "asked for" };
  if (request !== "auto") {
    await requireDevice(request, session);
    return { device: request, reason: "asked for" };
  }
  const parameters = [...parameterShapes(config).values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
  if (parameters < AUTO_PARAMETERS) {
    return { device: "cpu", reason: `a model of ${(parameters / 1e6).toFixed(1)} million parameters is too small to gain from a GPU` };
  }
  return fastestDevice(session);
}

/** The CPU unless a GPU that can be opened multiplies at least twice as fast. `measure` is another in tests only. */
export async function fastestDevice(session: SessionOptions = {}, measure = measureDevice): Promise<DeviceChoice> {
  const cpu = await measure("cpu", session);
  const candidates: readonly GpuDevice[] = hasCudaLibraries() ? ["cuda", "webgpu"] : ["webgpu"];
  const failures: string[] = [];
  for (const device of candidates) {
    try {
      const gpu = await measure(device, session);
      const compared = `${device} multiplies matrices at ${rounded(gpu)} GFLOP/s, the CPU at ${rounded(cpu)}`;
      if (gpu >= GPU_MARGIN * cpu) return { device, reason: compared };
      failures.push(gpu > cpu ? `${compared}, less than ${GPU_MARGIN} times that` : compared);
    } catch (error) {
      failures.push(`${device} cannot be opened (${shortReason(error)})`);
    }
  }
  return { device: "cpu", reason: failures.join("; ") };
}

function rounded(gflops: number): string {
  return gflops < 10 ? gflops.toPrecision(2) : gflops.toFixed(0);
}

async function requireDevice(device: GpuDevice, session: SessionOptions): Promise<void> {
  if (device === "cuda" && !hasCudaLibraries()) {
    throw new WorkbenchError("device-unavailable", "the CUDA libraries of ONNX Runtime are not installed", {
      expected: "libonnxruntime_providers_cuda beside onnxruntime-node's own library",
      hint: "docs/gpu.md says how to get them; --device webgpu needs nothing but the card's driver.",
    });
  }
  await measureDevice(device, session);
}

/** Why a device does not open, without advice and without where in the runtime's sources that was found. */
export function shortReason(error: unknown): string {
  const { message } = error as Error;
  const said = isWorkbenchError(error) ? (error.details.got ?? message.split("; ", 1)[0] ?? message) : message;
  return firstLine(said);
}

/** The runtime's messages begin with where in its sources they come from. */
export function firstLine(message: string): string {
  const line = message.split("\n", 1)[0] as string;
  return line.slice(line.lastIndexOf(" was false. ") + 1).replace(/^was false\. /, "");
}
