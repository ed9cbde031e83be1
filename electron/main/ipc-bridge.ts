// Calls and events between the page and the host. Only the main frame of our own window, on our own page, is answered.

import type { IpcMain, IpcMainInvokeEvent } from "electron";
import { WorkbenchError } from "../../shared/errors.ts";
import { failure, type Result } from "../../shared/result.ts";
import type { Host } from "../ipc/host.ts";
import type { AppWindow } from "./electron-api.ts";
import { isOwnPage } from "./security.ts";

export function bridgeCalls(
  ipcMain: Pick<IpcMain, "handle">,
  host: Pick<Host, "dispatch" | "subscribe">,
  window: () => AppWindow | undefined,
): void {
  ipcMain.handle("raif:call", async (event, name: unknown, input: unknown): Promise<Result<unknown>> => {
    if (!isOurs(event, window())) return failure(new WorkbenchError("unauthorised", "only the workbench's own page may ask this"));
    return host.dispatch(String(name), input);
  });
  host.subscribe((topic, payload) => {
    const target = window();
    if (target === undefined || target.isDestroyed() || target.webContents.isDestroyed()) return;
    target.webContents.send("raif:event", topic, payload);
  });
}

function isOurs({ sender, senderFrame }: IpcMainInvokeEvent, window: AppWindow | undefined): boolean {
  if (window === undefined || window.isDestroyed() || sender !== window.webContents) return false;
  // Null once the frame has gone elsewhere or is gone.
  return senderFrame !== null && senderFrame === sender.mainFrame && isOwnPage(senderFrame.url);
}
