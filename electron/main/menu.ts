// The application's menu: what the system expects of one. The workbench's own commands live in its palette.

import type { MenuItemConstructorOptions } from "electron";

/** Developer tools are there: the page holds nothing that its user may not see. */
export function menuTemplate(platform: NodeJS.Platform): MenuItemConstructorOptions[] {
  return [
    ...(platform === "darwin" ? [{ role: "appMenu" } as const] : []),
    { label: "File", submenu: [{ role: platform === "darwin" ? "close" : "quit" }] },
    { role: "editMenu" },
    {
      label: "View",
      submenu: [
        { role: "reload" },
        { role: "toggleDevTools" },
        { type: "separator" },
        { role: "resetZoom" },
        { role: "zoomIn" },
        { role: "zoomOut" },
        { type: "separator" },
        { role: "togglefullscreen" },
      ],
    },
    { role: "windowMenu" },
  ];
}
