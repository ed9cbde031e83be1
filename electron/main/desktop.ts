// The desktop application put together: one instance, a hardened session, the host, one window, menu and tray, and an orderly end.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { openHost, type Host } from "../ipc/host.ts";
import { sideTasks } from "../ipc/side-task.ts";
import { RENDERER_FOLDER } from "../services/resource-paths.ts";
import { APP_ORIGIN, registerAppScheme, serveApp } from "./app-protocol.ts";
import { createBackground } from "./background.ts";
import { guardClosing } from "./close-guard.ts";
import { systemDialogs } from "./dialogs.ts";
import type { AppWindow, ElectronApi } from "./electron-api.ts";
import { bridgeCalls } from "./ipc-bridge.ts";
import { menuTemplate } from "./menu.ts";
import { openSecretStore } from "./secret-store.ts";
import { hardenContents, hardenSession } from "./security.ts";
import { launchUtilityAside, utilityEngineLauncher } from "./utility-processes.ts";
import { createWindow } from "./window.ts";

interface DesktopOptions {
  readonly workspaceFile: string | undefined;
  readonly example: boolean;
}

/** Returns at once; everything else happens on Electron's events. */
export function startDesktop(electron: ElectronApi, argv: readonly string[]): void {
  const { app } = electron;
  // A second start shows the first one's window: two hosts on one workspace would be in each other's way.
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  // Before "ready": every renderer, whatever made it, is sandboxed.
  app.enableSandbox();
  registerAppScheme(electron.protocol);
  hardenContents(app);
  app.whenReady().then(
    () => run(electron, readOptions(argv)),
    (error: unknown) => fail(electron, error),
  );
}

/** Electron and Chromium have switches of their own, which are left to them. */
function readOptions(argv: readonly string[]): DesktopOptions {
  const { values } = parseArgs({
    args: [...argv],
    strict: false,
    options: { workspace: { type: "string" }, "no-example": { type: "boolean" } },
  });
  return {
    workspaceFile: typeof values.workspace === "string" ? values.workspace : undefined,
    example: values["no-example"] !== true,
  };
}

function run(electron: ElectronApi, options: DesktopOptions): void {
  const { app } = electron;
  const userData = app.getPath("userData");
  let window: AppWindow | undefined;
  let host: Host;
  try {
    host = openHost({
      surface: "desktop",
      workspaceFile: options.workspaceFile ?? join(userData, "workspace.sqlite"),
      launchEngine: utilityEngineLauncher(electron.utilityProcess),
      runAside: sideTasks(launchUtilityAside(electron.utilityProcess)),
      dialogs: systemDialogs(electron.dialog, () => window),
      secrets: openSecretStore(electron.safeStorage, join(userData, "secrets.json")),
      example: options.example,
      onBug: (where, error) => console.error(where, error),
    });
  } catch (error) {
    fail(electron, error);
    return;
  }
  hardenSession(electron.session.defaultSession);
  serveApp(electron.protocol, RENDERER_FOLDER);

  const show = (): void => {
    if (window === undefined || window.isDestroyed()) {
      window = createWindow(electron, join(userData, "window.json"));
      guardClosing(electron, window, { host, background, onClosed: () => (window = undefined) });
      void window.loadURL(`${APP_ORIGIN}/`);
    } else {
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
    }
  };
  const background = createBackground(electron, { show, quit: () => app.quit() });

  bridgeCalls(electron.ipcMain, host, () => window);
  electron.Menu.setApplicationMenu(electron.Menu.buildFromTemplate(menuTemplate(process.platform)));
  app.on("second-instance", show);
  app.on("activate", show);
  endInOrder(electron, host, background);
  show();
}

/** Whoever quits while a run is going has it paused behind its step first; it can be resumed to the same bits. */
function endInOrder({ app }: ElectronApi, host: Host, background: ReturnType<typeof createBackground>): void {
  let ended = false;
  app.on("window-all-closed", () => {
    if (!background.isOn()) app.quit();
  });
  app.on("will-quit", (event) => {
    if (ended) return;
    event.preventDefault();
    background.off();
    void host.close().finally(() => {
      ended = true;
      app.quit();
    });
  });
}

function fail({ app, dialog }: ElectronApi, error: unknown): void {
  dialog.showErrorBox("RAIF Workbench cannot start", error instanceof Error ? error.message : String(error));
  app.exit(1);
}
