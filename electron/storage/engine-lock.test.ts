import { once } from "node:events";
import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEngineWorkspace, openWorkspace, openWorkspaceReadOnly } from "./open-workspace.ts";
import { getSetting, setSetting } from "./settings.ts";
import { ended, startChild, temporaryFolder } from "./testing/child.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => folder.remove());

test("a second engine is refused with the holder's pid, readers are not, and SIGKILL frees the lock", async () => {
  const path = join(folder.path, "workspace.raif");
  openWorkspace(path, { create: true }).close();
  const child = startChild(new URL("./testing/hold-lock.ts", import.meta.url), path);
  await once(child.stdout, "data");

  expect(() => openEngineWorkspace(path)).toThrow(
    expect.objectContaining({ code: "workspace-locked", message: expect.stringContaining(`process ${child.pid} `) as string }),
  );
  symlinkSync(path, join(folder.path, "other-name.raif"));
  expect(() => openEngineWorkspace(join(folder.path, "other-name.raif"))).toThrow(expect.objectContaining({ code: "workspace-locked" }));
  const beside = openWorkspace(path);
  setSetting(beside, "theme", "dark");
  const reader = openWorkspaceReadOnly(path);
  expect(getSetting(reader, "theme")).toBe("dark");
  expect(() => setSetting(reader as typeof beside, "theme", "light")).toThrow(expect.objectContaining({ code: "storage-failed" }));
  reader.close();
  beside.close();

  child.kill("SIGKILL");
  await ended(child);
  const engine = openEngineWorkspace(path);
  expect(engine.lock.owner.pid).toBe(process.pid);
  expect(() => openEngineWorkspace(path)).toThrow(expect.objectContaining({ code: "workspace-locked" }));
  engine.close();
  openEngineWorkspace(path).close();
});

test("a failed opening leaves no lock behind", () => {
  const path = join(folder.path, "absent.raif");
  expect(() => openEngineWorkspace(path)).toThrow(expect.objectContaining({ code: "file-not-found" }));
  expect(existsSync(`${path}.lock`)).toBe(false);
  expect(() => openEngineWorkspace(join(folder.path, "no-such", "w.raif"), { create: true })).toThrow(
    expect.objectContaining({ code: "file-not-found" }),
  );
  const migrations = [{ version: 1, name: "broken", sql: "CREATE TABLE settings (a TEXT) STRICT; SELECT no_such_function()" }];
  expect(() => openEngineWorkspace(path, { create: true, migrations })).toThrow("no_such_function");
  openEngineWorkspace(path, { create: true }).close();
});
