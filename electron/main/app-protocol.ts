// The interface's own protocol, app://workbench/: the built files and nothing else, with the same headers as in served mode. No
// file:// anywhere, whose pages may read the whole disk.

import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import type { Protocol } from "electron";
import { CONTENT_POLICY_HEADER } from "../../shared/content-policy.ts";

const SCHEME = "app";
export const APP_ORIGIN = `${SCHEME}://workbench`;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

/** Has to come before the application is ready. */
export function registerAppScheme(protocol: Pick<Protocol, "registerSchemesAsPrivileged">): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
}

/** Only the files that are in the folder now are served: a list, not a look at the disk for whatever path is asked for. */
export function serveApp(protocol: Pick<Protocol, "handle">, folder: string): void {
  const files = new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [`/${relative(folder, file).split(sep).join("/")}`, file]),
  );
  protocol.handle(SCHEME, async (request) => {
    const url = new URL(request.url);
    const file = files.get(url.pathname === "/" ? "/index.html" : url.pathname);
    if (
      url.origin !== new URL(APP_ORIGIN).origin ||
      url.host !== new URL(APP_ORIGIN).host ||
      file === undefined ||
      request.method !== "GET"
    ) {
      return new Response("There is no such page.", { status: 404, headers: headersFor(".txt") });
    }
    return new Response(new Uint8Array(await readFile(file)), { headers: headersFor(extname(file)) });
  });
}

function headersFor(extension: string): Record<string, string> {
  return {
    "content-type": TYPES[extension] ?? "text/plain; charset=utf-8",
    "content-security-policy": CONTENT_POLICY_HEADER,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
  };
}
