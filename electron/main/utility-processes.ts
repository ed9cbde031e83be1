// The engine and side tasks as Electron's utility processes: the same programs that plain Node forks in served mode.

import type { UtilityProcess } from "electron";
import { ENGINE_ENTRY, type LaunchEngine } from "../engine-host/engine-process.ts";
import { asideListener, SIDE_TASK_ENTRY, type LaunchAside } from "../ipc/side-task.ts";
import type { FromEngine } from "../../shared/engine-protocol.ts";
import type { ElectronApi } from "./electron-api.ts";

type UtilityProcesses = Pick<ElectronApi["utilityProcess"], "fork">;

export function utilityEngineLauncher({ fork }: UtilityProcesses): LaunchEngine {
  return (workspaceFile, { onMessage, onExit, onErrorOutput }) => {
    const child = fork(ENGINE_ENTRY, [workspaceFile], { stdio: ["ignore", "ignore", "pipe"], serviceName: "RAIF engine" });
    let killed = false;
    child.on("message", (message: unknown) => onMessage(message as FromEngine));
    child.stderr?.on("data", (piece: Buffer) => onErrorOutput(piece.toString("utf8")));
    onceGone(child, (code) => onExit(killed ? "signal SIGKILL" : `exit code ${code}`, code === 0 && !killed));
    return {
      pid: child.pid,
      send: (message) => child.postMessage(message),
      kill: () => {
        killed = true;
        child.kill();
      },
    };
  };
}

export function launchUtilityAside({ fork }: UtilityProcesses): LaunchAside {
  return (args, onProgress, signal) =>
    new Promise((resolve) => {
      const child = fork(SIDE_TASK_ENTRY, [...args], { stdio: "ignore", serviceName: "RAIF helper" });
      child.on("message", asideListener(onProgress, resolve));
      signal?.addEventListener("abort", () => child.kill());
      onceGone(child, () => resolve(undefined));
    });
}

function onceGone(child: UtilityProcess, tell: (code: number) => void): void {
  child.once("exit", tell);
}
