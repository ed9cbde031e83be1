// Serves the workbench until it is told to stop, with the places that hold by default. What a front end prints is its own business.

import { RENDERER_FOLDER } from "../services/resource-paths.ts";
import { defaultWorkspaceFile } from "../services/user-folder.ts";
import { serve, type ServedWorkbench } from "./serve.ts";

export interface ServeRequest {
  readonly workspaceFile?: string | undefined;
  readonly port: number;
  readonly rendererFolder?: string | undefined;
  readonly example: boolean;
}

export interface ReadyWorkbench {
  readonly url: string;
  readonly origin: string;
  readonly workspace: string;
}

export interface ServeHooks {
  readonly onReady: (ready: ReadyWorkbench) => void;
  readonly onBug: (where: string, error: unknown) => void;
}

/** Ends, when `signal` aborts, with what trains paused. Throws what serve throws. */
export async function serveUntil(request: ServeRequest, signal: AbortSignal, hooks: ServeHooks): Promise<void> {
  const workbench = await serveWithDefaults(request, hooks.onBug);
  const { origin, host } = workbench;
  hooks.onReady({ url: workbench.newAddress(), origin, workspace: host.context.workspaces.own.path });
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await workbench.close();
}

export function serveWithDefaults(request: ServeRequest, onBug: ServeHooks["onBug"]): Promise<ServedWorkbench> {
  const { workspaceFile, port, rendererFolder, example } = request;
  return serve({
    workspaceFile: workspaceFile ?? defaultWorkspaceFile(),
    port,
    rendererFolder: rendererFolder ?? RENDERER_FOLDER,
    example,
    onBug,
  });
}
