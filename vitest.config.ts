// How the tests run: plain Node, one process per file, two at a time, because most of the time goes into ONNX Runtime.

import { defineConfig } from "vitest/config";
import { softwareVulkanVariables } from "./electron/engine/testing/software-vulkan.ts";

// Libraries are looked for where a process's environment said at its start, so the workers have to inherit this.
Object.assign(process.env, softwareVulkanVariables());

export default defineConfig({
  test: {
    environment: "node",
    pool: "forks",
    maxWorkers: 2,
    include: ["shared/**/*.test.ts", "renderer/**/*.test.ts", "electron/**/*.test.ts", "build/**/*.test.ts"],
    // Two workers share two cores: threads that spin while the others wait for a core would make everything slower.
    env: { RAIF_THREADS: "1" },
    // Far above what any test takes on a quiet machine: a busy one is no reason to fail.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
