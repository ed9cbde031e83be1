// Lets WebGPU run without a GPU, for tests: SwiftShader, the software Vulkan driver that every Chromium and Electron brings along.
// Sets standard Vulkan variables for processes yet to start; see docs/gpu.md. Opens nothing.

import { existsSync, readdirSync, realpathSync } from "node:fs";
import path from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

const DRIVER = "vk_swiftshader_icd.json";
const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];

/**
 * Variables to add to a process's environment; none where a driver is named already, none is found, or RAIF_SWIFTSHADER is "off".
 * RAIF_SWIFTSHADER may name the folder; else it is looked for beside Electron's program and beside browsers on the PATH.
 */
export function softwareVulkanVariables(environment: Environment = process.env): Record<string, string> {
  const wanted = environment["RAIF_SWIFTSHADER"];
  if (process.platform !== "linux" || wanted === "off") return {};
  if (environment["VK_ICD_FILENAMES"] !== undefined || environment["VK_DRIVER_FILES"] !== undefined) return {};
  const folder = (wanted === undefined ? candidates(environment) : [wanted]).find((each) => existsSync(path.join(each, DRIVER)));
  if (folder === undefined) return {};
  const libraries = [folder, ...(environment["LD_LIBRARY_PATH"] ?? "").split(":").filter((each) => each !== "")];
  // The folder also holds the Vulkan loader, which few machines without a GPU have installed.
  return { VK_ICD_FILENAMES: path.join(folder, DRIVER), LD_LIBRARY_PATH: libraries.join(":") };
}

/** Folders of Electron and of browsers; a system's package often starts its browser through a script in a folder of its own. */
function candidates(environment: Environment): string[] {
  const electron = path.join(import.meta.dirname, "..", "..", "..", "node_modules", "electron", "dist");
  const folders = (environment["PATH"] ?? "").split(":").filter((folder) => path.isAbsolute(folder));
  const beside = folders.flatMap((folder) => {
    const names = new Set(list(folder));
    return BROWSERS.filter((name) => names.has(name)).flatMap((name) => [
      path.dirname(realpathSync(path.join(folder, name))),
      path.join(folder, "..", "lib", name),
    ]);
  });
  return [electron, ...beside];
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
