// The window: how it is set up, and where it stood when it was last used.

import { join } from "node:path";
import type { AppWindow, ElectronApi } from "./electron-api.ts";
import { readWindowState, restoredBounds, writeWindowState } from "./window-state.ts";

/** Beside the compiled main process; a sandboxed preload is CommonJS. */
export const PRELOAD_FILE = join(import.meta.dirname, "..", "preload", "preload.cjs");

const MINIMUM = { width: 960, height: 600 } as const;
const SAVE_AFTER_MS = 500;

export function createWindow({ BrowserWindow, nativeTheme, screen }: ElectronApi, stateFile: string): AppWindow {
  const state = readWindowState(stateFile);
  const window = new BrowserWindow({
    ...restoredBounds(
      state,
      screen.getAllDisplays().map((display) => display.workArea),
    ),
    minWidth: MINIMUM.width,
    minHeight: MINIMUM.height,
    title: "RAIF Workbench",
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? "#0f1216" : "#ffffff",
    autoHideMenuBar: true,
    webPreferences: {
      preload: PRELOAD_FILE,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  });
  if (state?.maximised === true) window.maximize();
  window.once("ready-to-show", () => window.show());
  keepState(window, stateFile);
  return window;
}

/** Saved while it is used, not only at the end: a crash must not lose it. */
function keepState(window: AppWindow, stateFile: string): void {
  let timer: NodeJS.Timeout | undefined;
  const save = (): void => {
    clearTimeout(timer);
    if (window.isDestroyed() || window.isMinimized()) return;
    writeWindowState(stateFile, { ...window.getNormalBounds(), maximised: window.isMaximized() });
  };
  const saveSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER_MS);
  };
  window.on("resize", saveSoon);
  window.on("move", saveSoon);
  window.on("close", save);
}
