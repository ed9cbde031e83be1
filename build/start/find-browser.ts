// Finds an installed Chromium, Chrome or Edge and opens an address in it as a window of its own, apart from the user's profile.

import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync } from "node:fs";
import path from "node:path";

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isRunnable: (file: string) => boolean;
}

export const thisMachine: Surroundings = {
  platform: process.platform,
  environment: process.env,
  isRunnable: (file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  },
};

const LINUX_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "microsoft-edge-stable"];
const MAC_APPS = ["Google Chrome", "Chromium", "Microsoft Edge"];
const WINDOWS_PATHS = [
  "Google\\Chrome\\Application\\chrome.exe",
  "Chromium\\Application\\chrome.exe",
  "Microsoft\\Edge\\Application\\msedge.exe",
];

/** The first that is there; undefined where there is none. */
export function findBrowser({ platform, environment, isRunnable }: Surroundings = thisMachine): string | undefined {
  return candidates(platform, environment).find(isRunnable);
}

function candidates(platform: NodeJS.Platform, environment: Surroundings["environment"]): readonly string[] {
  const home = environment["HOME"] ?? "";
  if (platform === "darwin") {
    return ["/Applications", path.posix.join(home, "Applications")].flatMap((folder) =>
      MAC_APPS.map((app) => `${folder}/${app}.app/Contents/MacOS/${app}`),
    );
  }
  if (platform === "win32") {
    const folders = ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"].flatMap((name) => environment[name] ?? []);
    return folders.flatMap((folder) => WINDOWS_PATHS.map((file) => path.win32.join(folder, file)));
  }
  const folders = (environment["PATH"] ?? "").split(":").filter((folder) => folder.startsWith("/"));
  return LINUX_NAMES.flatMap((name) => folders.map((folder) => path.posix.join(folder, name)));
}

/** Whether a window could be seen at all. */
export function hasDisplay({ platform, environment }: Surroundings = thisMachine): boolean {
  if (platform !== "linux") return true;
  return Boolean(environment["DISPLAY"]) || Boolean(environment["WAYLAND_DISPLAY"]);
}

export interface AppWindow {
  /** When the window was closed, or could not be opened: then with the reason. */
  readonly closed: Promise<{ readonly failed: string | undefined }>;
  readonly close: () => void;
}

/** `profileFolder` keeps the window's size and place. */
export function openAppWindow(browser: string, url: string, profileFolder: string): AppWindow {
  mkdirSync(profileFolder, { recursive: true, mode: 0o700 });
  const args = [
    `--app=${url}`,
    `--user-data-dir=${profileFolder}`,
    "--no-first-run",
    "--no-default-browser-check",
    "--window-size=1440,900",
  ];
  // Chromium refuses its sandbox to root, who has containers for it.
  if (process.getuid?.() === 0) args.push("--no-sandbox");
  const child = spawn(browser, args, { stdio: "ignore" });
  return {
    closed: new Promise((resolve) => {
      child.once("error", (error) => resolve({ failed: error.message }));
      child.once("exit", (code) => resolve({ failed: code === 0 || code === null ? undefined : `exit code ${code}` }));
    }),
    close: () => child.kill(),
  };
}
