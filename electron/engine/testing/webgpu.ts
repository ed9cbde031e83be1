// WebGPU for tests: the session options where this process can open it, else the reason, said aloud once.

import { Graph } from "../onnx/graph.ts";
import { OnnxSession, type SessionOptions } from "../onnx/session.ts";

/** Undefined where there is no adapter, not even a software one: then the tests that need it are skipped. */
export async function webGpuForTests(): Promise<SessionOptions | undefined> {
  const options: SessionOptions = { device: "webgpu", threads: 1 };
  const graph = new Graph("webgpu-for-tests");
  graph.output(graph.op("Neg", [graph.input("x", "float32", [1])], {}), "y");
  try {
    await (await OnnxSession.open(graph, options)).dispose();
    return options;
  } catch (error) {
    console.log(`SKIPPED: no WebGPU here, so nothing of it is tested (docs/gpu.md says how): ${(error as Error).message}`);
    return undefined;
  }
}
