// Where the user's own workspace lies when no other is asked for: the system's place for a program's data.

import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const PRODUCT_FOLDER = "RAIF Workbench";

/** The folder of this user's data, per system; not made yet. */
export function userDataFolder(
  platform = process.platform,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  home = homedir(),
): string {
  if (platform === "win32") return join(environment["APPDATA"] ?? join(home, "AppData", "Roaming"), PRODUCT_FOLDER);
  if (platform === "darwin") return join(home, "Library", "Application Support", PRODUCT_FOLDER);
  const configured = environment["XDG_DATA_HOME"];
  // Relative values must be ignored, says the XDG specification.
  return join(configured?.startsWith("/") === true ? configured : join(home, ".local", "share"), "raif-workbench");
}

/** The default workspace file; its folder is made. */
export function defaultWorkspaceFile(folder = userDataFolder()): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return join(folder, "workspace.sqlite");
}
