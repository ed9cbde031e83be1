// The system's dialogs for picking files and folders.

import type { Dialogs } from "../ipc/host-context.ts";
import type { AppWindow, ElectronApi } from "./electron-api.ts";

/** Over the window where there is one. */
export function systemDialogs(dialog: ElectronApi["dialog"], window: () => AppWindow | undefined): Dialogs {
  const open = async (
    title: string,
    properties: ("openFile" | "openDirectory")[],
    extensions: readonly string[],
  ): Promise<string | undefined> => {
    const options = { title, properties, ...(extensions.length === 0 ? {} : { filters: [{ name: title, extensions: [...extensions] }] }) };
    const parent = window();
    const { canceled, filePaths } = await (parent === undefined ? dialog.showOpenDialog(options) : dialog.showOpenDialog(parent, options));
    return canceled ? undefined : filePaths[0];
  };
  return {
    openFile: ({ title, extensions }) => open(title, ["openFile"], extensions),
    openFolder: ({ title }) => open(title, ["openDirectory"], []),
    saveFile: async ({ title, suggestedName }) => {
      const options = { title, defaultPath: suggestedName };
      const parent = window();
      const { canceled, filePath } = await (parent === undefined ? dialog.showSaveDialog(options) : dialog.showSaveDialog(parent, options));
      return canceled || filePath === "" ? undefined : filePath;
    },
  };
}
