// Whether WebGPU can begin to look for a card on Linux: it goes through the Vulkan loader, a library of the system. Without it the
// runtime says so on standard error, in words for developers, before any error of ours.

import { WorkbenchError } from "../../../shared/errors.ts";

const LOADER = "libvulkan.so.1";

/** Throws "device-unavailable" where there is no loader. */
export function requireVulkanLoader(): void {
  if (process.platform !== "linux" || canLoad(LOADER)) return;
  throw new WorkbenchError("device-unavailable", "WebGPU needs the Vulkan loader, which is not installed", {
    expected: `${LOADER}, and the graphics driver of the card`,
    hint: "Install it with the system's packages (libvulkan1 on Debian and Ubuntu, vulkan-loader on Fedora), or use --device cpu.",
  });
}

/** Node opens libraries as native modules only: one that is found is refused for another reason than one that is not. */
function canLoad(library: string): boolean {
  try {
    process.dlopen({ exports: {} }, library);
    return true;
  } catch (error) {
    return !(error as Error).message.includes("cannot open shared object file");
  }
}
