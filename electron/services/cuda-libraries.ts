// Whether the optional CUDA libraries lie beside ONNX Runtime's own. Loads nothing.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const NAMES: Partial<Record<NodeJS.Platform, string>> = {
  linux: "libonnxruntime_providers_cuda.so",
  win32: "onnxruntime_providers_cuda.dll",
};

export function hasCudaLibraries(): boolean {
  const name = NAMES[process.platform];
  if (name === undefined) return false;
  const entry = createRequire(import.meta.url).resolve("onnxruntime-node");
  return existsSync(path.join(path.dirname(entry), "..", "bin", "napi-v6", process.platform, process.arch, name));
}
