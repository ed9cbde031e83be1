// Going on without a window: an icon in the system's tray that leads back, and out.

import { join } from "node:path";
import { RENDERER_FOLDER } from "../services/resource-paths.ts";
import type { ElectronApi } from "./electron-api.ts";

export interface Background {
  readonly on: () => void;
  readonly off: () => void;
  readonly isOn: () => boolean;
}

export function createBackground(
  { Menu, Tray, nativeImage }: ElectronApi,
  { show, quit }: { readonly show: () => void; readonly quit: () => void },
): Background {
  let tray: InstanceType<ElectronApi["Tray"]> | undefined;
  const off = (): void => {
    tray?.destroy();
    tray = undefined;
  };
  const open = (): void => {
    off();
    show();
  };
  return {
    isOn: () => tray !== undefined,
    off,
    on: () => {
      if (tray !== undefined) return;
      tray = new Tray(nativeImage.createFromPath(join(RENDERER_FOLDER, "tray.png")));
      tray.setToolTip("RAIF Workbench: a run is going");
      tray.setContextMenu(
        Menu.buildFromTemplate([
          { label: "Open the workbench", click: open },
          { type: "separator" },
          { label: "Pause the run and quit", click: quit },
        ]),
      );
      tray.on("click", open);
    },
  };
}
