// The desktop application as a whole on the double: starting, closing while a run is going, dialogs, secrets, and its real page in
// real Chromium.

import { NANO_FOLDER } from "../services/resource-paths.ts";
import { openModelHub } from "../services/testing/model-hub.ts";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { browserExecutable, openBrowser, see } from "../e2e/testing/browser.ts";
import { buildInterface } from "../e2e/testing/served-process.ts";
import { startDesktop } from "./desktop.ts";
import { openDesktop, type TestDesktop } from "./testing/desktop.ts";
import { ElectronDouble } from "./testing/electron-double.ts";
import { connectPage } from "./testing/page.ts";
import { restoredBounds } from "./window-state.ts";

beforeAll(buildInterface);

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "desktop-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function working(desktop: TestDesktop): Promise<void> {
  await expect
    .poll(async () => (await desktop.call("app.info", {})) as unknown, { timeout: 60_000 })
    .toMatchObject({ value: { engine: { state: "working" } } });
}

describe("starting", () => {
  test("one window on the own workspace in the system's place for it, with menu, shown when it is ready", async () => {
    const desktop = await openDesktop({ folder });
    const window = desktop.double.window();
    expect(existsSync(join(folder, "workspace.sqlite"))).toBe(true);
    await expect.poll(() => window.visible).toBe(true);
    expect(window.options).toMatchObject({ show: false, minWidth: 960, minHeight: 600, width: 1440, height: 900 });
    expect(desktop.double.menu.map(({ label, role }) => label ?? role)).toEqual(expect.arrayContaining(["File", "editMenu", "View"]));
    expect(await desktop.call("app.info", {})).toMatchObject({ ok: true, value: { surface: "desktop" } });
    await desktop.end();
  });

  test("a second instance leaves at once, and the first one's window comes forward", async () => {
    const second = new ElectronDouble({ userData: folder, isFirstInstance: false });
    startDesktop(second.api, []);
    await second.becomeReady();
    expect(second.ended).toBe(0);
    expect(second.windows).toEqual([]);
    const desktop = await openDesktop({ folder });
    const window = desktop.double.window();
    window.minimised = true;
    desktop.double.app.emit("second-instance");
    expect([window.minimised, window.focused, desktop.double.windows.length]).toEqual([false, 1, 1]);
    await desktop.end();
  });

  test("a workspace that cannot be opened is said in a box, and nothing is touched", async () => {
    const file = join(folder, "mine.txt");
    writeFileSync(file, "not a workspace, though it is long enough to be looked at as one".repeat(30));
    const double = new ElectronDouble({ userData: folder });
    startDesktop(double.api, [`--workspace=${file}`]);
    await double.becomeReady();
    expect(double.errorBoxes).toEqual([expect.stringContaining("the file is damaged or is not a workspace")]);
    expect(double.ended).toBe(1);
    expect(readFileSync(file, "utf8")).toContain("not a workspace");
  });

  test("switches of Chromium on the command line are left to it", async () => {
    const workspace = join(folder, "other.sqlite");
    const desktop = await openDesktop({ folder, argv: ["--no-sandbox", "--disable-gpu", `--workspace=${workspace}`, "--no-example", "."] });
    expect(existsSync(workspace)).toBe(true);
    expect(await desktop.call("jobs.list", {})).toEqual({ ok: true, value: [] });
    await desktop.end();
  });
});

describe("the window", () => {
  test("opens where it was, as it was", async () => {
    const first = await openDesktop({ folder });
    first.double.window().moveTo({ x: 120, y: 80, width: 1100, height: 700 });
    first.double.window().maximize();
    await first.end();
    const second = await openDesktop({ folder });
    expect(second.double.window().options).toMatchObject({ x: 120, y: 80, width: 1100, height: 700 });
    expect(second.double.window().maximised).toBe(true);
    await second.end();
  });

  test("is kept while it is used, so that a crash does not lose it", async () => {
    const desktop = await openDesktop({ folder });
    desktop.double.window().moveTo({ x: 5, y: 6, width: 1000, height: 650 });
    await expect.poll(() => existsSync(join(folder, "window.json"))).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, "window.json"), "utf8"))).toEqual({
      x: 5,
      y: 6,
      width: 1000,
      height: 650,
      maximised: false,
    });
    await desktop.end();
  });

  const small = [{ x: 0, y: 0, width: 1280, height: 760 }];
  const two = [...small, { x: 1280, y: 0, width: 1920, height: 1040 }];
  test.each([
    ["nothing kept", undefined, small, { width: 1280, height: 760 }],
    ["on the second screen", { x: 1400, y: 50, width: 900, height: 700 }, two, { x: 1400, y: 50, width: 900, height: 700 }],
    ["the second screen is gone", { x: 1400, y: 50, width: 900, height: 700 }, small, { width: 900, height: 700 }],
    ["above the screen", { x: 0, y: -300, width: 900, height: 700 }, small, { width: 900, height: 700 }],
    ["larger than every screen", { x: 0, y: 0, width: 5000, height: 4000 }, small, { x: 0, y: 0, width: 1280, height: 760 }],
  ])("fits the screens of today: %s", (_, state, screens, expected) => {
    expect(restoredBounds(state && { ...state, maximised: false }, screens)).toEqual(expected);
  });

  test("a state that cannot be read is none", async () => {
    writeFileSync(join(folder, "window.json"), '{"x": "left"}');
    const desktop = await openDesktop({ folder });
    expect(desktop.double.window().options).toMatchObject({ width: 1440, height: 900 });
    await desktop.end();
  });
});

describe("closing", () => {
  test("without a run ends the application", async () => {
    const desktop = await openDesktop({ folder });
    desktop.double.window().close();
    await expect.poll(() => desktop.double.ended).toBe(0);
    expect(desktop.double.asked).toEqual([]);
  });

  test("while a run is going asks: stay, go on in the background and come back, then quit with the run paused", async () => {
    const desktop = await openDesktop({ folder });
    const { double, call } = desktop;
    const set = { steps: 500, promptsPerStep: 1, maxNewTokens: 16, maxPromptTokens: 256 };
    expect(await call("training.start", { model: "nano", data: "starter", set })).toMatchObject({ ok: true });
    await working(desktop);
    await expect.poll(() => call("runs.get", { runId: 1 }), { timeout: 120_000 }).toMatchObject({ ok: true });

    // By default the double's user gives up.
    double.window().close();
    await expect.poll(() => double.asked.length).toBe(1);
    expect(double.asked[0]).toMatchObject({ buttons: ["Go on in the background", "Pause and quit", "Cancel"], cancelId: 2 });
    expect(double.openWindows()).toHaveLength(1);

    double.answers = [0];
    double.window().close();
    await expect.poll(() => double.openWindows()).toHaveLength(0);
    expect([double.ended, double.trays.length]).toEqual([undefined, 1]);
    const tray = double.trays[0]!;
    expect(tray.menu.map(({ label }) => label ?? "-")).toEqual(["Open the workbench", "-", "Pause the run and quit"]);

    tray.click();
    expect([double.openWindows().length, tray.destroyed]).toEqual([1, true]);
    await working(desktop);

    // Settled for good in the settings: nobody is asked.
    await call("settings.set", { onCloseWhileRunning: "pause" });
    double.window().close();
    await expect.poll(() => double.ended, { timeout: 120_000 }).toBe(0);
    expect(double.asked).toHaveLength(2);
    const again = await openDesktop({ folder });
    expect(await again.call("runs.get", { runId: 1 })).toMatchObject({ ok: true, value: { status: "paused" } });
    await again.end();
  });
});

describe("what the system does for the page", () => {
  test("its dialogs give the paths: pick, or give up", async () => {
    const desktop = await openDesktop({ folder });
    const { double, call } = desktop;
    expect(await call("workspace.exportAll", {})).toEqual({ ok: true, value: null });
    const to = join(folder, "copy.sqlite");
    double.picks = [to, to];
    expect(await call("workspace.exportAll", {})).toEqual({ ok: true, value: { path: to } });
    expect(statSync(to).size).toBeGreaterThan(0);
    expect(await call("workspace.openReadOnly", {})).toMatchObject({ ok: true, value: { path: to, readOnly: true } });
    double.picks = [join(folder, "nowhere")];
    expect(await call("models.import", {})).toMatchObject({ ok: false, error: { code: "file-not-found" } });
    await desktop.end();
  });

  test("helping processes do what would block: the doctor looks at this machine", async () => {
    const desktop = await openDesktop({ folder });
    const result = await desktop.call("app.doctor", {});
    expect(result).toMatchObject({ ok: true });
    if (result.ok) expect(result.value.filter(({ ok }) => !ok)).toEqual([]);
    await desktop.end();
  });

  test("its key store keeps secrets: encrypted, by name, and they never come back", async () => {
    const desktop = await openDesktop({ folder });
    const { call } = desktop;
    expect(await call("settings.listSecrets", {})).toEqual({ ok: true, value: { available: true, lasting: true, names: [] } });
    await call("settings.setSecret", { name: "hub", value: "hf_very_secret" });
    await call("settings.setSecret", { name: "other", value: "x" });
    await call("settings.setSecret", { name: "other", value: null });
    expect(await call("settings.listSecrets", {})).toEqual({ ok: true, value: { available: true, lasting: true, names: ["hub"] } });
    const stored = readFileSync(join(folder, "secrets.json"), "utf8");
    expect(stored).not.toContain("very_secret");
    expect(stored).not.toContain(Buffer.from("hf_very_secret").toString("base64"));
    if (process.platform !== "win32") expect(statSync(join(folder, "secrets.json")).mode & 0o077).toBe(0);
    await desktop.end();
  });

  test("a model that is not for everybody is fetched with the hub's secret", async () => {
    const hub = await openModelHub(NANO_FOLDER);
    hub.token = "hf_right";
    const desktop = await openDesktop({ folder });
    const name = `hugging-face-token:${new URL(hub.endpoint).host}`;
    await desktop.call("settings.setSecret", { name, value: "hf_right" });
    const started = await desktop.call("models.download", { repository: "owner/model", endpoint: hub.endpoint });
    const jobId = started.ok ? started.value.jobId : 0;
    await expect.poll(() => desktop.call("jobs.get", { jobId }), { timeout: 20_000 }).toMatchObject({ value: { status: "finished" } });
    await desktop.end();
    hub.close();
  });

  test.each(["basic_text", "none"] as const)("without a real key store (%s) no secret is taken", async (keyStore) => {
    const desktop = await openDesktop({ folder, keyStore });
    const available = process.platform !== "linux" && keyStore === "basic_text";
    expect(await desktop.call("settings.listSecrets", {})).toEqual({ ok: true, value: { available, lasting: true, names: [] } });
    if (!available) {
      expect(await desktop.call("settings.setSecret", { name: "hub", value: "x" })).toMatchObject({
        ok: false,
        error: { code: "unsupported" },
      });
      expect(existsSync(join(folder, "secrets.json"))).toBe(false);
    }
    await desktop.end();
  });

  test("events reach the page, and a window that has gone stops nothing", async () => {
    const desktop = await openDesktop({ folder });
    const { contents } = { contents: desktop.double.window().webContents };
    await desktop.call("settings.set", { theme: "dark" });
    await expect.poll(() => contents.sent).toEqual([["raif:event", "workspace", { changed: "settings" }]]);
    await desktop.end();
  });
});

const executable = browserExecutable();

test.skipIf(executable === undefined)("the real page works through the preload and the host, in real Chromium", async () => {
  const desktop = await openDesktop({ folder });
  const browser = await openBrowser(executable as string);
  try {
    const page: Page = await connectPage(browser, desktop.double);
    await see(page.getByRole("link", { name: "Nano (shipped)" })).toBeVisible();
    expect(await page.evaluate(() => Object.keys((globalThis as unknown as { raif: object }).raif).sort())).toEqual([
      "invoke",
      "subscribe",
    ]);
    // A change made here is heard there.
    await page.getByRole("link", { name: "Runs", exact: true }).first().click();
    await see(page.getByText("No run yet")).toBeVisible();
    const set = { steps: 2, promptsPerStep: 1, maxNewTokens: 16, maxPromptTokens: 256 };
    await desktop.call("training.start", { model: "nano", data: "starter", set, name: "Seen at once" });
    await see(page.getByRole("link", { name: "Seen at once" })).toBeVisible();
    await see(page.getByText("finished").first()).toBeVisible();
    expect(browser.complaints).toEqual([]);
  } finally {
    await browser.close();
    await desktop.end();
  }
});
