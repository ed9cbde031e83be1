// A started engine process as the client sees it, and the launcher for plain Node. Electron's launcher lives in electron/main.

import { fork } from "node:child_process";
import { extname, join } from "node:path";
import type { FromEngine, ToEngine } from "../../shared/engine-protocol.ts";

export interface EngineProcess {
  readonly pid: number | undefined;
  readonly send: (message: ToEngine) => void;
  /** Ends it at once. */
  readonly kill: () => void;
}

export interface EngineListeners {
  readonly onMessage: (message: FromEngine) => void;
  /** Once, with how it ended: "exit code 1", "signal SIGKILL". */
  readonly onExit: (how: string, clean: boolean) => void;
  /** Pieces of what it prints on standard error. */
  readonly onErrorOutput: (text: string) => void;
}

export type LaunchEngine = (workspaceFile: string, listeners: EngineListeners) => EngineProcess;

/** The program of the engine process, compiled like this file where this file is. */
export const ENGINE_ENTRY = join(import.meta.dirname, `engine-entry${extname(import.meta.filename)}`);

/** Runs `entry` under this Node with a message channel. */
export function nodeEngineLauncher(entry = ENGINE_ENTRY): LaunchEngine {
  return (workspaceFile, { onMessage, onExit, onErrorOutput }) => {
    const child = fork(entry, [workspaceFile], { stdio: ["ignore", "ignore", "pipe", "ipc"], serialization: "json", execArgv: [] });
    let ended = false;
    const end = (how: string, clean: boolean): void => {
      if (ended) return;
      ended = true;
      onExit(how, clean);
    };
    child.on("message", (message) => onMessage(message as FromEngine));
    child.on("error", (error) => end(error.message, false));
    // "close" comes after the last of its output.
    child.on("close", (code, signal) => end(signal === null ? `exit code ${code ?? "unknown"}` : `signal ${signal}`, code === 0));
    child.stderr?.setEncoding("utf8").on("data", onErrorOutput);
    return {
      pid: child.pid,
      send: (message) => {
        // A process that has just died is told about by "close".
        if (child.connected) child.send(message, () => undefined);
      },
      kill: () => child.kill("SIGKILL"),
    };
  };
}
