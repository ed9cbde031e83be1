// The parts of Electron that the application uses, as a value that is handed over: tests hand over a double.

import type * as Electron from "electron";

export type ElectronApi = Pick<
  typeof Electron,
  | "app"
  | "BrowserWindow"
  | "Menu"
  | "Tray"
  | "dialog"
  | "ipcMain"
  | "nativeImage"
  | "nativeTheme"
  | "protocol"
  | "safeStorage"
  | "screen"
  | "session"
  | "utilityProcess"
>;

export type AppWindow = Electron.BrowserWindow;
