// Electron's security checklist, point by point in its order, and the fuses of the packaged program.
// https://www.electronjs.org/docs/latest/tutorial/security

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { compileFunction } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import builder from "../../build/electron-builder.config.ts";
import { CONTENT_POLICY_HEADER } from "../../shared/content-policy.ts";
import { buildInterface } from "../e2e/testing/served-process.ts";
import { openDesktop, type TestDesktop } from "./testing/desktop.ts";
import { preloadProgram } from "./testing/preload.ts";
import { ContentsDouble, type WindowDouble } from "./testing/electron-double.ts";

const OUTSIDE = [
  "https://example.com/",
  "http://127.0.0.1/",
  "file:///etc/passwd",
  "app://elsewhere/",
  "app://workbench.evil/",
  "javascript:alert(1)",
  "data:text/html,x",
  "about:blank",
];
const projectRoot = join(import.meta.dirname, "..", "..");

let desktop: TestDesktop;
let window: WindowDouble;

beforeAll(async () => {
  await buildInterface();
  desktop = await openDesktop();
  window = desktop.double.window();
});
afterAll(async () => desktop.end());

const preferences = (): NonNullable<WindowDouble["options"]["webPreferences"]> => window.options.webPreferences ?? {};
const sessionHandler = (name: string): ((...values: unknown[]) => unknown) => desktop.double.sessionHandlers[name] as never;

/** Source of the application and of the page, tests aside. */
function sources(...folders: string[]): { readonly file: string; readonly text: string }[] {
  return folders.flatMap((folder) =>
    readdirSync(join(projectRoot, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|cts|svelte|html)$/.test(name) && !/test|testing/.test(name))
      .map((name) => ({ file: `${folder}/${name}`, text: readFileSync(join(projectRoot, folder, name), "utf8") })),
  );
}

test("1. only content of its own is loaded, and nothing from anywhere else", () => {
  expect(window.loaded).toEqual(["app://workbench/"]);
  const cancelled = (url: string): unknown => {
    let answer: unknown;
    sessionHandler("beforeRequest")({ url }, (value: { cancel: boolean }) => (answer = value.cancel));
    return answer;
  };
  for (const url of [
    "https://example.com/x.js",
    "http://127.0.0.1:80/",
    "ws://127.0.0.1/",
    "file:///etc/passwd",
    "app://elsewhere/",
    "blob:https://example.com/1",
  ]) {
    expect([url, cancelled(url)]).toEqual([url, true]);
  }
  for (const url of ["app://workbench/index.html", "blob:app://workbench/1", "data:image/png;base64,AA"])
    expect([url, cancelled(url)]).toEqual([url, false]);
});

test("2. the page has no Node", () => {
  expect(preferences()).toMatchObject({ nodeIntegration: false, nodeIntegrationInWorker: false, nodeIntegrationInSubFrames: false });
});

test("3. the preload's world is apart from the page's", () => {
  expect(preferences().contextIsolation).toBe(true);
});

test("4. every renderer is sandboxed, whatever made it", () => {
  expect(desktop.double.sandboxed).toBe(true);
  expect(preferences().sandbox).toBe(true);
});

test("5. permissions are denied, but for copying text from its own page", () => {
  const contents = new ContentsDouble();
  const request = (permission: string, url: string): unknown => {
    let granted: unknown;
    contents.mainFrame.url = url;
    sessionHandler("permissionRequest")(contents, permission, (answer: boolean) => (granted = answer));
    return granted;
  };
  for (const permission of [
    "media",
    "geolocation",
    "notifications",
    "midi",
    "openExternal",
    "fileSystem",
    "clipboard-read",
    "display-capture",
    "hid",
    "serial",
    "usb",
  ]) {
    expect([permission, request(permission, "app://workbench/")]).toEqual([permission, false]);
    expect(sessionHandler("permissionCheck")(null, permission, "app://workbench/")).toBe(false);
  }
  expect(request("clipboard-sanitized-write", "app://workbench/")).toBe(true);
  expect(request("clipboard-sanitized-write", "https://example.com/")).toBe(false);
  expect(sessionHandler("device")({})).toBe(false);
  let streams: unknown;
  sessionHandler("displayMedia")({}, (answer: unknown) => (streams = answer));
  expect(streams).toEqual({});
});

test("6. web security stays on", () => {
  expect(preferences().webSecurity).toBe(true);
});

test("7. pages come with a content policy that lets no script in from outside or inline", async () => {
  for (const path of ["/", "/index.html", "/nowhere"]) {
    const response = await desktop.double.fetch(`app://workbench${path}`);
    expect(response.headers.get("content-security-policy")).toBe(CONTENT_POLICY_HEADER);
  }
  expect(CONTENT_POLICY_HEADER).toContain("default-src 'none'; script-src 'self'");
  expect(CONTENT_POLICY_HEADER).not.toMatch(/unsafe|https?:|\*/);
  const page = await (await desktop.double.fetch("app://workbench/")).text();
  expect(page).not.toMatch(/<script(?![^>]*\bsrc=)/);
});

test("8. insecure content is not let in", () => {
  expect(preferences().allowRunningInsecureContent).toBe(false);
});

test("9. no experimental features", () => {
  expect(preferences().experimentalFeatures).toBe(false);
});

test("10. no Blink features are switched on", () => {
  expect(preferences().enableBlinkFeatures).toBeUndefined();
  for (const { file, text } of sources("electron/main"))
    expect([file, /enableBlinkFeatures|appendSwitch/.test(text)]).toEqual([file, false]);
});

test("11. there is no webview, so none that opens windows", () => {
  expect(preferences().webviewTag).toBe(false);
  for (const { file, text } of sources("renderer")) expect([file, /<webview|allowpopups/.test(text)]).toEqual([file, false]);
});

test("12. a webview that something attaches all the same is refused", () => {
  expect(window.webContents.tries("will-attach-webview", "app://workbench/")).toBe(false);
});

test("13. the page goes nowhere else, nor does a frame or a redirect", () => {
  for (const kind of ["will-navigate", "will-redirect", "will-frame-navigate"] as const) {
    for (const url of OUTSIDE) expect([kind, url, window.webContents.tries(kind, url)]).toEqual([kind, url, false]);
    expect(window.webContents.tries(kind, "app://workbench/#/runs")).toBe(true);
  }
});

test("14. the page opens no windows, not even of its own", () => {
  for (const url of [...OUTSIDE, "app://workbench/"]) expect(window.webContents.windowOpenHandler?.({ url })).toEqual({ action: "deny" });
});

test("15. nothing is handed to the system to open: Electron's shell is not even within reach", () => {
  for (const { file, text } of sources("electron", "renderer"))
    expect([file, /openExternal\(|openPath\(|showItemInFolder\(/.test(text)]).toEqual([file, false]);
  expect(sources("electron/main").find(({ file }) => file.endsWith("electron-api.ts"))?.text).not.toMatch(/"shell"/);
});

test("16. Electron is pinned to one version, recent enough for its Node", () => {
  const { devDependencies } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
    devDependencies: Record<string, string>;
  };
  const [major = ""] = (devDependencies["electron"] ?? "").split(".");
  expect(devDependencies["electron"]).toMatch(/^\d+\.\d+\.\d+$/);
  expect(Number(major)).toBeGreaterThanOrEqual(45);
});

test("17. a call is answered to the main frame of the own window on the own page, and to nobody else", async () => {
  const { double } = desktop;
  const ask = (from: { sender?: unknown; senderFrame?: unknown }): Promise<unknown> => double.invoke("raif:call", ["runs.list", {}], from);
  expect(await ask({})).toEqual({ ok: true, value: [] });
  const other = new ContentsDouble();
  other.mainFrame.url = "app://workbench/";
  const refused = { ok: false, error: { code: "unauthorised" } };
  expect(await ask({ sender: other, senderFrame: other.mainFrame })).toMatchObject(refused);
  expect(await ask({ senderFrame: { url: "app://workbench/" } })).toMatchObject(refused);
  expect(await ask({ senderFrame: null })).toMatchObject(refused);
  for (const url of OUTSIDE) {
    window.webContents.mainFrame.url = url;
    expect([url, await ask({})]).toMatchObject([url, refused]);
  }
  window.webContents.mainFrame.url = "app://workbench/";
  expect(await ask({})).toEqual({ ok: true, value: [] });
});

test("18. pages come over a protocol of their own, which serves the built files and nothing else", async () => {
  expect(desktop.double.schemes).toEqual([{ scheme: "app", privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
  const status = async (url: string, method = "GET"): Promise<number> => (await desktop.double.fetch(url, { method })).status;
  expect(await status("app://workbench/index.html")).toBe(200);
  for (const path of [
    "/../package.json",
    "/%2e%2e/package.json",
    "/..%2fpackage.json",
    "/assets/..%5c..%5cpackage.json",
    "/%00",
    "/assets",
    "/nowhere",
  ]) {
    expect([path, await status(`app://workbench${path}`)]).toEqual([path, 404]);
  }
  expect(await status("app://elsewhere/index.html")).toBe(404);
  expect(await status("app://workbench/index.html", "POST")).toBe(404);
  for (const { file, text } of sources("electron/main")) expect([file, /loadFile\(|["'`]file:\/\//.test(text)]).toEqual([file, false]);
});

test("19. the fuses of the packaged program are set, each of them", () => {
  expect(Object.keys(builder.electronFuses ?? {})).toHaveLength(8);
});

test.each([
  ["runAsNode", false],
  ["enableCookieEncryption", true],
  ["enableNodeOptionsEnvironmentVariable", false],
  ["enableNodeCliInspectArguments", false],
  ["enableEmbeddedAsarIntegrityValidation", true],
  ["onlyLoadAppFromAsar", true],
  ["loadBrowserProcessSpecificV8Snapshot", false],
  ["grantFileProtocolExtraPrivileges", false],
] as const)("fuse %s is %s", (fuse, value) => {
  expect(builder.electronFuses?.[fuse]).toBe(value);
  expect(builder.asar).toBe(true);
});

test("20. the page is given two functions and nothing of Electron", () => {
  const exposed: [string, Record<string, unknown>][] = [];
  const electron = {
    contextBridge: { exposeInMainWorld: (name: string, api: Record<string, unknown>) => exposed.push([name, api]) },
    ipcRenderer: { on: () => undefined, invoke: async () => "answer" },
  };
  const program = compileFunction(preloadProgram(), ["require"]) as (require: (name: string) => unknown) => void;
  program((name) => (name === "electron" ? electron : undefined));
  expect(exposed).toHaveLength(1);
  const [name, api] = exposed[0] as [string, Record<string, unknown>];
  expect([name, Object.keys(api).sort()]).toEqual(["raif", ["invoke", "subscribe"]]);
  for (const value of Object.values(api)) expect(typeof value).toBe("function");
  for (const { file, text: source } of sources("renderer")) expect([file, /from ["'](node:|electron)/.test(source)]).toEqual([file, false]);
});
