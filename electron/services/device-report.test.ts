// What is read out of the runtime's log, and the real thing: every node of the decode and train graphs runs on the device.

import { describe, expect, it } from "vitest";
import { webGpuForTests } from "../engine/testing/webgpu.ts";
import { inspectWebGpu, placeGraphs, readFeatures, readPlacements } from "./device-report.ts";
import { NANO_FOLDER } from "./resource-paths.ts";

const webgpu = await webGpuForTests();

describe("the log of the runtime", () => {
  const at = "[V:onnxruntime:, session_state.cc:1385 VerifyEachNodeIsAssignedToAnEp]";

  it("lists the nodes that would run on the CPU", () => {
    const log = [
      "raif-graph one",
      `${at} Node placements`,
      `${at}  All nodes placed on [WebGpuExecutionProvider]. Number of nodes: 7`,
      "raif-graph two",
      `${at} Node placements`,
      `${at}  Node(s) placed on [CPUExecutionProvider]. Number of nodes: 2`,
      `${at}   Shape (size/T/shape)`,
      `${at}   Gather (size/T)`,
      `${at}  Node(s) placed on [WebGpuExecutionProvider]. Number of nodes: 1`,
      `${at}   Add (layer0/Add_3)`,
    ].join("\n");
    expect(readPlacements(log)).toEqual([
      { graph: "one", deviceNodes: 7, cpuNodes: [] },
      { graph: "two", deviceNodes: 1, cpuNodes: ["Shape (size/T/shape)", "Gather (size/T)"] },
    ]);
  });

  it("that says nothing of a graph is no proof that all is well", () => {
    expect(() => readPlacements("raif-graph one\nnothing of interest\n")).toThrow(/does not say/);
  });

  it("tells features and limits", () => {
    const log = "x\nenable subgroups;\nBuffer size (4000000000) exceeds the max buffer size limit (1073741824).\n";
    expect(readFeatures(log)).toEqual({ subgroups: true, maxBufferBytes: 2 ** 30, maxStorageBuffers: undefined });
    expect(readFeatures("Too many storage buffers in shader. Current: 33, Max is 12").maxStorageBuffers).toBe(12);
  });
});

describe.skipIf(webgpu === undefined)("WebGPU here", () => {
  it("runs every node of the shipped model's graphs", async () => {
    const placements = await placeGraphs(NANO_FOLDER);
    expect(placements.map(({ graph }) => graph)).toEqual(expect.arrayContaining(["loss and gradients, adapter", "decode", "AdamW"]));
    for (const { graph, cpuNodes, deviceNodes } of placements) {
      expect(cpuNodes, graph).toEqual([]);
      expect(deviceNodes, graph).toBeGreaterThan(0);
    }
  });

  it("says what it can do", async () => {
    const { gflops, subgroups, maxBufferBytes } = await inspectWebGpu();
    expect(gflops).toBeGreaterThan(0);
    expect(typeof subgroups).toBe("boolean");
    expect(maxBufferBytes ?? Infinity).toBeGreaterThan(2 ** 27);
  });
});
