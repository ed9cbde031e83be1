// What the engine process does: takes the workspace's engine lock, then runs jobs until it is told to leave or its host is gone.
// Talks over the message channel of plain Node or of Electron's utility processes.

import type { FromEngine, ToEngine } from "../../shared/engine-protocol.ts";
import { failureOf } from "../../shared/result.ts";
import { settleAbandonedWork } from "../services/abandoned-work.ts";
import type { OpenTrainingEngine } from "../services/training-engine.ts";
import { openEngineWorkspace, type EngineWorkspace } from "../storage/open-workspace.ts";
import { createEngineLoop } from "./engine-loop.ts";

/** Electron's utility processes talk through this instead of `process.send`. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: "message", listener: (event: { readonly data: unknown }) => void): void;
}

const parentPort = (process as NodeJS.Process & { readonly parentPort?: ParentPort }).parentPort;

function post(message: FromEngine): void {
  if (parentPort !== undefined) parentPort.postMessage(message);
  // A host that has gone is noticed by "disconnect".
  else if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function listen(receive: (message: ToEngine) => void): void {
  if (parentPort !== undefined) parentPort.on("message", ({ data }) => receive(data as ToEngine));
  else process.on("message", (message) => receive(message as ToEngine));
  // Without a host nobody could stop this process; what it had stored is enough to go on from.
  process.on("disconnect", () => process.exit(0));
}

function open(file: string): EngineWorkspace | undefined {
  try {
    const workspace = openEngineWorkspace(file);
    // With the lock taken, whatever still says "running" was cut off.
    settleAbandonedWork(workspace.db, "The engine that worked on this is gone.");
    return workspace;
  } catch (error) {
    post({ type: "refused", failure: failureOf(error) });
    return undefined;
  }
}

/** Ends the process when it is through; a bug ends it with its stack on standard error, for the host to show. */
export async function runEngine(file: string, openEngine: OpenTrainingEngine): Promise<void> {
  // Ctrl-C reaches the whole group of processes; the host decides what it means.
  process.on("SIGINT", () => undefined);
  const workspace = open(file);
  if (workspace === undefined) {
    // Time for the message to get through.
    setTimeout(() => process.exit(1), 200);
    return;
  }
  const loop = createEngineLoop(workspace.db, post, openEngine);
  listen(loop.receive);
  post({ type: "ready" });
  await loop.run();
  workspace.close();
  process.exit(0);
}
