// What pages may never do, whoever wrote them: leave the application, open windows, embed others, ask for devices and permissions.

import type { App, Session } from "electron";
import { APP_ORIGIN } from "./app-protocol.ts";

/** Also for contents that something else may create later. */
export function hardenContents(app: Pick<App, "on">): void {
  app.on("web-contents-created", (_event, contents) => {
    contents.on("will-navigate", (event) => {
      if (!isOwnPage(event.url)) event.preventDefault();
    });
    contents.on("will-redirect", (event) => {
      if (!isOwnPage(event.url)) event.preventDefault();
    });
    contents.on("will-frame-navigate", (event) => {
      if (!isOwnPage(event.url)) event.preventDefault();
    });
    contents.on("will-attach-webview", (event) => event.preventDefault());
    // Nothing is handed to the system's browser either: no link leads outside.
    contents.setWindowOpenHandler(() => ({ action: "deny" }));
  });
}

/** Copying text is the one permission that is needed. */
export function hardenSession(session: Session): void {
  const allowed = (permission: string, url: string): boolean => permission === "clipboard-sanitized-write" && isOwnPage(url);
  session.setPermissionRequestHandler((contents, permission, answer) => answer(allowed(permission, contents.getURL())));
  session.setPermissionCheckHandler((_contents, permission, origin) => allowed(permission, origin));
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}));
  // Nothing is loaded from anywhere but the application itself.
  session.webRequest.onBeforeRequest((details, answer) => answer({ cancel: !isAllowedSource(details.url) }));
  session.setSpellCheckerEnabled(false);
}

export function isOwnPage(url: string): boolean {
  return url === APP_ORIGIN || url.startsWith(`${APP_ORIGIN}/`);
}

/** Images and downloads that a page made itself have no address of their own. */
function isAllowedSource(url: string): boolean {
  return isOwnPage(url) || url.startsWith("devtools:") || url.startsWith("data:") || url.startsWith(`blob:${APP_ORIGIN}`);
}
