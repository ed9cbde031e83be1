// Closing the window while a run is going: asks, unless the user has settled it, whether to go on in the background or to pause.

import { readPreferences } from "../ipc/handlers/settings.ts";
import type { Host } from "../ipc/host.ts";
import type { Background } from "./background.ts";
import type { AppWindow, ElectronApi } from "./electron-api.ts";

const CHOICES = ["Go on in the background", "Pause and quit", "Cancel"] as const;

export interface CloseGuard {
  readonly host: Pick<Host, "engine" | "context">;
  readonly background: Background;
  readonly onClosed: () => void;
}

export function guardClosing({ app, dialog }: ElectronApi, window: AppWindow, { host, background, onClosed }: CloseGuard): void {
  let settled = false;
  let quitting = false;
  // Quitting, unlike closing, always means to pause.
  const onQuit = (): void => void (quitting = true);
  app.on("before-quit", onQuit);
  const close = (choice: "background" | "pause"): void => {
    settled = true;
    if (choice === "background") background.on();
    window.close();
    if (choice === "pause") app.quit();
  };
  window.on("close", (event) => {
    if (settled || quitting || host.engine.condition().state !== "working") return;
    event.preventDefault();
    const { onCloseWhileRunning } = readPreferences(host.context.workspaces.own.db);
    if (onCloseWhileRunning !== "ask") {
      // Not inside the event that was just stopped.
      setImmediate(() => close(onCloseWhileRunning));
      return;
    }
    void ask(dialog, window).then((choice) => {
      if (choice !== "cancel" && !window.isDestroyed()) close(choice);
    });
  });
  window.on("closed", () => {
    app.off("before-quit", onQuit);
    onClosed();
  });
}

async function ask(dialog: ElectronApi["dialog"], window: AppWindow): Promise<"background" | "pause" | "cancel"> {
  const { response } = await dialog.showMessageBox(window, {
    type: "question",
    title: "A run is going",
    message: "A run is going. Let it go on without the window?",
    detail: "Paused, it stops behind its step with everything saved, and resumes later exactly where it was.",
    buttons: [...CHOICES],
    defaultId: 0,
    cancelId: 2,
    noLink: true,
  });
  return (["background", "pause", "cancel"] as const)[response] ?? "cancel";
}
