// The workbench behind HTTP and a WebSocket on this machine only: the same handlers as the desktop's, under plain Node.

import { createServer, type Server } from "node:http";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { WorkbenchError } from "../../shared/errors.ts";
import { nodeEngineLauncher, type LaunchEngine } from "../engine-host/engine-process.ts";
import { noDialogs, sessionSecrets, openHost, type Host } from "../ipc/host.ts";
import { launchNodeAside, sideTasks } from "../ipc/side-task.ts";
import { createAccess } from "./access.ts";
import { serveEvents } from "./event-sockets.ts";
import { createRequestHandler } from "./request-handler.ts";

/** Only processes of this machine reach it. */
const ADDRESS = "127.0.0.1";

export interface ServeOptions {
  readonly workspaceFile: string;
  /** 0: one that is free. */
  readonly port: number;
  /** Built renderer. */
  readonly rendererFolder: string;
  readonly launchEngine?: LaunchEngine;
  /** Train a small example in a workspace in which nothing was ever done. */
  readonly example: boolean;
  readonly onBug: (where: string, error: unknown) => void;
}

export interface ServedWorkbench {
  /** An address to be opened once, by one browser; those handed out before and not opened stop working. */
  readonly newAddress: () => string;
  readonly origin: string;
  readonly host: Host;
  /** Pauses what trains and ends. */
  readonly close: () => Promise<void>;
}

/** Throws what opening the workspace throws, "file-not-found" without a built renderer, "invalid-argument" for a port that is taken. */
export async function serve(options: ServeOptions): Promise<ServedWorkbench> {
  if (!existsSync(join(options.rendererFolder, "index.html"))) {
    throw new WorkbenchError("file-not-found", "the interface is not built yet", { where: options.rendererFolder, hint: "Run npm start." });
  }
  const server = createServer();
  const port = await listen(server, options.port);
  try {
    const host = openHost({
      surface: "served",
      workspaceFile: options.workspaceFile,
      launchEngine: options.launchEngine ?? nodeEngineLauncher(),
      runAside: sideTasks(launchNodeAside),
      dialogs: noDialogs,
      secrets: sessionSecrets(),
      example: options.example,
      onBug: options.onBug,
    });
    const access = createAccess(port);
    server.on("request", createRequestHandler(access, host.dispatch, options.rendererFolder));
    const closeEvents = serveEvents(server, access, host.subscribe);
    const origin = `http://${ADDRESS}:${port}`;
    return {
      newAddress: () => `${origin}/?token=${access.newToken()}`,
      origin,
      host,
      close: async () => {
        closeEvents();
        server.closeAllConnections();
        server.close();
        await host.close();
      },
    };
  } catch (error) {
    server.close();
    throw error;
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      reject(
        new WorkbenchError(
          "invalid-argument",
          "cannot listen on this port",
          { where: `--port ${port}`, got: cause.code ?? cause.message },
          { cause },
        ),
      );
    });
    server.listen(port, ADDRESS, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
