// Whether a device computes in float16, found out by doing it: ONNX Runtime does not tell which features an adapter has. WebGPU calls
// the feature shader-f16.

import { WorkbenchError } from "../../../shared/errors.ts";
import { float32 } from "../tensor/tensor.ts";
import { Graph } from "./graph.ts";
import { OnnxSession, type SessionOptions } from "./session.ts";

/** Numbers to float16, added, and back. Throws "device-unavailable". */
export async function hasHalfPrecision(options: SessionOptions): Promise<boolean> {
  const graph = new Graph("half-precision", { onDevice: true });
  const half = graph.op("Cast", [graph.input("x", "float32", [4])], { to: "float16" });
  graph.output(graph.op("Cast", [graph.op("Add", [half, half], {})], { to: "float32" }), "y");
  const session = await OnnxSession.open(graph, options);
  try {
    const { y } = await session.run({ x: float32([4], [1, 2, 3, 4]) });
    return Number(y?.data[3]) === 8;
  } catch {
    return false;
  } finally {
    await session.dispose();
  }
}

/** Throws "unsupported", naming what is missing. */
export async function requireHalfPrecision(options: SessionOptions): Promise<void> {
  if (await hasHalfPrecision(options)) return;
  throw new WorkbenchError("unsupported", "this device cannot keep weights in float16", {
    where: "lora.baseBits",
    expected: "a device with the feature shader-f16 (raif doctor shows it)",
    got: `${options.device ?? "cpu"} without it`,
    hint: "Set lora.baseBits to 8 or 4, which any device takes, or to 32.",
  });
}
