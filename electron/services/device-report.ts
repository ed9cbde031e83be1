// What a GPU can do and where a model's graphs run on it, found out in a process of its own (device-process.ts): its messages and
// its log together, because ONNX Runtime puts features, limits and placements into the log only.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { WorkbenchError } from "../../shared/errors.ts";

export type DeviceTask = { readonly type: "features" } | { readonly type: "graphs"; readonly modelFolder: string };

export interface DeviceMeasurements {
  /** Of a large matrix product. */
  readonly gflops: number;
  readonly shaderF16: boolean;
}

export interface DeviceReport extends DeviceMeasurements {
  readonly subgroups: boolean;
  /** Undefined where the device did not name it. */
  readonly maxBufferBytes: number | undefined;
  readonly maxStorageBuffers: number | undefined;
}

export interface GraphPlacement {
  readonly graph: string;
  readonly deviceNodes: number;
  /** Operator and name of each node that would run on the CPU. */
  readonly cpuNodes: readonly string[];
}

/** Begins what the log says of a graph. */
export const GRAPH_MARK = "raif-graph ";

/** Throws "device-unavailable". */
export async function inspectWebGpu(): Promise<DeviceReport> {
  const { log, answer } = await runTask({ type: "features" });
  if (answer.measured === undefined) throw unavailable("no answer");
  return { ...answer.measured, ...readFeatures(log) };
}

/** Throws "device-unavailable" and what reading the model's configuration throws. */
export async function placeGraphs(modelFolder: string): Promise<GraphPlacement[]> {
  return readPlacements((await runTask({ type: "graphs", modelFolder })).log);
}

/** The runtime begins every shader with what it may use of the device. */
export function readFeatures(log: string): Omit<DeviceReport, keyof DeviceMeasurements> {
  const number = (pattern: RegExp): number | undefined => {
    const found = pattern.exec(log)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  return {
    subgroups: /^enable subgroups;/m.test(log),
    maxBufferBytes: number(/max buffer size limit \((\d+)\)/),
    maxStorageBuffers: number(/Too many storage buffers in shader\. Current: \d+, Max is (\d+)/),
  };
}

/** Lists "Node placements" of the runtime's log: one line for all nodes where they are on one device, else a line a node. */
export function readPlacements(log: string): GraphPlacement[] {
  return log
    .split(GRAPH_MARK)
    .slice(1)
    .map((part) => {
      const graph = part.slice(0, part.indexOf("\n"));
      const cpuNodes: string[] = [];
      let deviceNodes = 0;
      let onCpu = false;
      let placed = false;
      for (const line of part.split("\n")) {
        const provider = /(?:All nodes|Node\(s\)) placed on \[(\w+)\]\. Number of nodes: (\d+)/.exec(line);
        if (provider !== null) {
          placed = true;
          onCpu = provider[1] === "CPUExecutionProvider";
          if (!onCpu) deviceNodes += Number(provider[2]);
          continue;
        }
        const node = /VerifyEachNodeIsAssignedToAnEp\]\s+(\w+ \(.*\))/.exec(line);
        if (node !== null && onCpu) cpuNodes.push(node[1] as string);
      }
      if (!placed) throw new Error(`the runtime's log does not say where the nodes of "${graph}" run`);
      return { graph, deviceNodes, cpuNodes };
    });
}

interface Answer {
  readonly measured?: DeviceMeasurements;
  readonly failed?: string;
}

function runTask(task: DeviceTask): Promise<{ readonly log: string; readonly answer: Answer }> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL("./device-process.ts", import.meta.url)), [JSON.stringify(task)], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let log = "";
    let answer: Answer | undefined;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (log += text));
    child.once("message", (message) => (answer = message as unknown as Answer));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (answer?.failed !== undefined) reject(unavailable(answer.failed));
      else if (answer === undefined) reject(unavailable(`the process that tried it ended with ${signal ?? `exit code ${code}`}`));
      else resolve({ log, answer });
    });
  });
}

function unavailable(got: string): WorkbenchError {
  return new WorkbenchError("device-unavailable", "WebGPU cannot be used", { got });
}
