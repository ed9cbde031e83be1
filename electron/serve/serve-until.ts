// Serves the workbench until it is told to stop, with the places that hold by default. What a front end prints is its own business.

import { join } from "node:path";
import { defaultWorkspaceFile } from "../services/user-folder.ts";
import { serve } from "./serve.ts";

/** Where `vite build` puts the interface. */
export const RENDERER_FOLDER = join(import.meta.dirname, "..", "..", "out", "renderer");

export interface ServeRequest {
  readonly workspaceFile?: string | undefined;
  readonly port: number;
  readonly rendererFolder?: string | undefined;
}

export interface ServeHooks {
  readonly onReady: (ready: { readonly url: string; readonly origin: string; readonly workspace: string }) => void;
  readonly onBug: (where: string, error: unknown) => void;
}

/** Ends, when `signal` aborts, with what trains paused. Throws what serve throws. */
export async function serveUntil(
  { workspaceFile, port, rendererFolder }: ServeRequest,
  signal: AbortSignal,
  hooks: ServeHooks,
): Promise<void> {
  const workbench = await serve({
    workspaceFile: workspaceFile ?? defaultWorkspaceFile(),
    port,
    rendererFolder: rendererFolder ?? RENDERER_FOLDER,
    onBug: hooks.onBug,
  });
  hooks.onReady({ url: workbench.url, origin: workbench.origin, workspace: workbench.host.context.workspaces.own.path });
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await workbench.close();
}
