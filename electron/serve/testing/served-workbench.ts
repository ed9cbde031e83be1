// A served workbench on a new workspace with made-up runs, a page of two files, and an engine that only notes what it is told.

import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CallName, InputOf, OutputOf } from "../../../shared/contract/contract.ts";
import type { ToEngine } from "../../../shared/engine-protocol.ts";
import type { Result } from "../../../shared/result.ts";
import type { EngineListeners, LaunchEngine } from "../../engine-host/engine-process.ts";
import { serve, type ServedWorkbench } from "../serve.ts";

export interface TestEngine {
  readonly launch: LaunchEngine;
  readonly told: readonly ToEngine[];
  /** Of the process that was started last. */
  readonly listeners: () => EngineListeners;
}

export function testEngine(): TestEngine {
  const told: ToEngine[] = [];
  let current: EngineListeners | undefined;
  return {
    told,
    listeners: () => {
      if (current === undefined) throw new Error("no engine was started");
      return current;
    },
    launch: (_, listeners) => {
      current = listeners;
      return {
        pid: 1,
        send: (message) => {
          told.push(message);
          if (message.type === "shut-down") listeners.onExit("exit code 0", true);
        },
        kill: () => listeners.onExit("signal SIGKILL", false),
      };
    },
  };
}

export interface TestWorkbench extends ServedWorkbench {
  /** The first address. */
  readonly url: string;
  readonly folder: string;
  readonly workspaceFile: string;
  readonly engine: TestEngine;
  readonly bugs: readonly unknown[];
  /** Of the session that the token was exchanged for. */
  readonly cookie: () => Promise<string>;
  readonly call: <Name extends CallName>(name: Name, input: InputOf<Name>) => Promise<Result<OutputOf<Name>>>;
  readonly remove: () => Promise<void>;
}

/** `fill` may write into the workspace before it is opened. */
export async function openTestWorkbench(fill: (workspaceFile: string) => void = () => undefined): Promise<TestWorkbench> {
  const folder = mkdtempSync(join(tmpdir(), "served-"));
  const rendererFolder = join(folder, "renderer");
  mkdirSync(join(rendererFolder, "assets"), { recursive: true });
  writeFileSync(join(rendererFolder, "index.html"), "<!doctype html><title>Workbench</title>");
  writeFileSync(join(rendererFolder, "assets", "page-1a2b.js"), "export {};");
  writeFileSync(join(folder, "secret.txt"), "not for the browser");
  const workspaceFile = join(folder, "workspace.sqlite");
  fill(workspaceFile);
  const engine = testEngine();
  const bugs: unknown[] = [];
  const options = {
    example: false,
    workspaceFile,
    port: 0,
    rendererFolder,
    launchEngine: engine.launch,
    onBug: (_: string, error: unknown) => bugs.push(error),
  };
  const workbench = await serve(options);
  let session: Promise<string> | undefined;
  const cookie = (): Promise<string> => (session ??= enter(url));
  const url = workbench.newAddress();
  return {
    ...workbench,
    url,
    folder,
    workspaceFile,
    engine,
    bugs,
    cookie,
    call: async (name, input) => {
      const headers = { "content-type": "application/json", origin: workbench.origin, cookie: await cookie() };
      const response = await fetch(`${workbench.origin}/call/${name}`, { method: "POST", headers, body: JSON.stringify(input) });
      return (await response.json()) as never;
    },
    remove: async () => {
      await workbench.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function enter(url: string): Promise<string> {
  const response = await fetch(url, { redirect: "manual" });
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}
