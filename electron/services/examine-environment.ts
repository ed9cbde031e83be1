// Finds out whether this machine can run the workbench: each part is tried, not just looked up. Changes nothing.

import { existsSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import path from "node:path";
import type { Finding, Look } from "./finding.ts";
import { getRow } from "../storage/connection.ts";
import { DEVICE_LOOKS } from "./examine-devices.ts";
import { checkIntegrity } from "../storage/integrity.ts";
import { openWorkspace, openWorkspaceReadOnly } from "../storage/open-workspace.ts";

/** Yields one finding after the other; with a workspace file, its soundness too; with `devices`, GPUs and what would be used. */
export async function* examineEnvironment(workspaceFile?: string, devices = false): AsyncGenerator<Finding> {
  const looks: readonly (readonly [name: string, look: Look])[] = [
    ["node", lookAtNode],
    ["machine", lookAtMachine],
    ["onnxruntime", tryOnnxRuntime],
    ["sqlite", trySqlite],
    ["model", () => lookForShipped("model", "nano", "config.json")],
    ["data", () => lookForShipped("data", "starter", "train.jsonl")],
    ...(devices ? DEVICE_LOOKS : []),
    ...(workspaceFile === undefined ? [] : ([["workspace", () => lookAtWorkspace(workspaceFile)]] as const)),
  ];
  for (const [name, look] of looks) {
    try {
      yield await look();
    } catch (error) {
      yield { name, status: "failed", detail: error instanceof Error ? error.message : String(error) };
    }
  }
}

function lookAtNode(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  return {
    name: "node",
    status: major === 24 ? "ok" : "failed",
    detail: `${process.version} at ${process.execPath}${major === 24 ? "" : "; 24 is needed"}`,
  };
}

function lookAtMachine(): Finding {
  const gibibytes = totalmem() / 2 ** 30;
  return {
    name: "machine",
    status: gibibytes < 3 ? "warning" : "ok",
    detail: `${process.platform} ${process.arch}, ${availableParallelism()} x ${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${gibibytes.toFixed(1)} GiB memory`,
  };
}

/** Multiplies two small matrices on the CPU. */
async function tryOnnxRuntime(): Promise<Finding> {
  const [{ Graph }, { serializeGraph }, { OnnxSession, ONNX_RUNTIME_VERSION }, { float32 }] = await Promise.all([
    import("../engine/onnx/graph.ts"),
    import("../engine/onnx/serialize.ts"),
    import("../engine/onnx/session.ts"),
    import("../engine/tensor/tensor.ts"),
  ]);
  const graph = new Graph("doctor");
  graph.output(graph.op("MatMul", [graph.input("a", "float32", [2, 2]), graph.input("b", "float32", [2, 2])], {}), "product");
  const session = await OnnxSession.create(serializeGraph(graph));
  const { product } = await session.run({ a: float32([2, 2], [1, 2, 3, 4]), b: float32([2, 2], [5, 6, 7, 8]) });
  await session.dispose();
  const got = Array.from(product?.data ?? [], Number).join(" ");
  const right = got === "19 22 43 50";
  return {
    name: "onnxruntime",
    status: right ? "ok" : "failed",
    detail: right ? `version ${ONNX_RUNTIME_VERSION}, CPU works` : `a matrix product on the CPU gave ${got}, not 19 22 43 50`,
  };
}

/** Makes a whole workspace in memory: migrations, strict tables, full-text search. */
function trySqlite(): Finding {
  const db = openWorkspace(":memory:", { create: true });
  const version = getRow<{ version: string }>(db, "SELECT sqlite_version() AS version")?.version;
  db.close();
  return { name: "sqlite", status: "ok", detail: `version ${version ?? "unknown"}, a workspace can be made` };
}

function lookForShipped(name: string, folder: string, file: string): Finding {
  const shipped = path.join(import.meta.dirname, "..", "..", "resources", folder, file);
  return existsSync(shipped)
    ? { name, status: "ok", detail: `${folder} is in resources` }
    : { name, status: "failed", detail: `resources/${folder}/${file} is missing; get the whole clone` };
}

function lookAtWorkspace(file: string): Finding {
  const db = openWorkspaceReadOnly(file);
  try {
    const problems = checkIntegrity(db);
    return {
      name: "workspace",
      status: problems.length === 0 ? "ok" : "failed",
      detail: problems.length === 0 ? `${file} is sound` : problems.join("; "),
    };
  } finally {
    db.close();
  }
}
