import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { allRows } from "./connection.ts";
import { checkIntegrity } from "./integrity.ts";
import { MIGRATIONS } from "./migrations/migrations.ts";
import { openDatabase } from "./open-database.ts";
import { openEngineWorkspace, openWorkspace, openWorkspaceReadOnly } from "./open-workspace.ts";
import { getSetting, setSetting } from "./settings.ts";
import { temporaryFolder } from "./testing/child.ts";

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, "workspace.raif");
});
afterEach(() => folder.remove());

const bytesHash = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");
const next = [...MIGRATIONS, { version: MIGRATIONS.length + 1, name: "next", sql: "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT" }];

test("a new workspace has every table strict, WAL, foreign keys and full durability", () => {
  const db = openWorkspace(path, { create: true });
  expect(["journal_mode", "foreign_keys", "synchronous", "user_version"].map((name) => db.pragma(name, { simple: true }))).toEqual([
    "wal",
    1,
    2,
    MIGRATIONS.length,
  ]);
  const loose = allRows<{ name: string }>(db, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0");
  expect(loose.map((table) => table.name)).toEqual(["sqlite_schema"]);
  expect(checkIntegrity(db)).toEqual([]);
  db.close();
});

test("migrations are numbered without gaps", () => {
  expect(MIGRATIONS.map((migration) => migration.version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
});

test("a workspace from a newer version is refused and not one byte of its folder changes", () => {
  openWorkspace(path, { create: true, migrations: next }).close();
  const before = bytesHash(path);
  for (const open of [openWorkspace, openWorkspaceReadOnly])
    expect(() => open(path)).toThrow(expect.objectContaining({ code: "workspace-newer" }));
  expect(bytesHash(path)).toBe(before);

  const newer = openWorkspace(path, { migrations: next });
  newer.pragma("wal_autocheckpoint = 0");
  setSetting(newer, "only-in-wal", true);
  const walBefore = [path, `${path}-wal`].map(bytesHash);
  expect(() => openEngineWorkspace(path)).toThrow(expect.objectContaining({ code: "workspace-newer" }));
  expect([path, `${path}-wal`].map(bytesHash)).toEqual(walBefore);
  newer.close();
});

test("an older workspace is migrated after a backup, once, and not when it cannot be", () => {
  const old = openWorkspace(path, { create: true });
  setSetting(old, "theme", "dark");
  old.close();
  expect(() => openWorkspaceReadOnly(path, { migrations: next })).toThrow(expect.objectContaining({ code: "storage-failed" }));

  const engine = openEngineWorkspace(path);
  expect(() => openWorkspace(path, { migrations: next })).toThrow(expect.objectContaining({ code: "workspace-locked" }));
  engine.close();

  const broken = [
    ...MIGRATIONS,
    { version: MIGRATIONS.length + 1, name: "broken", sql: "CREATE TABLE later (a TEXT) STRICT; INSERT INTO nowhere VALUES (1)" },
  ];
  expect(() => openWorkspace(path, { migrations: broken })).toThrow("nowhere");

  const migrated = openWorkspace(path, { migrations: next });
  expect(allRows(migrated, "SELECT * FROM later")).toEqual([]);
  expect(getSetting(migrated, "theme")).toBe("dark");
  migrated.close();
  openWorkspace(path, { migrations: next }).close();
  const backups = readdirSync(folder.path).filter((name) => name.includes(".backup-v"));
  const name = `workspace.raif.backup-v${MIGRATIONS.length}`;
  expect(backups).toEqual([name, `${name}-2`]);
  const backup = openWorkspaceReadOnly(join(folder.path, `${name}-2`));
  expect(getSetting(backup, "theme")).toBe("dark");
  backup.close();
});

test("what is not a workspace is refused and left as it is", () => {
  writeFileSync(path, "not a database, but quite a bit longer than SQLite's header of one hundred bytes ".repeat(20));
  const before = bytesHash(path);
  for (const open of [openWorkspace, openWorkspaceReadOnly, openEngineWorkspace]) {
    expect(() => open(path)).toThrow(expect.objectContaining({ code: "workspace-corrupt" }));
  }
  expect(bytesHash(path)).toBe(before);

  const foreignPath = join(folder.path, "foreign.db");
  const foreign = openDatabase(foreignPath, { mode: "create", busyTimeoutMs: 0 });
  foreign.exec("CREATE TABLE theirs (a TEXT)");
  foreign.close();
  const foreignBefore = bytesHash(foreignPath);
  expect(() => openWorkspace(foreignPath, { create: true })).toThrow(expect.objectContaining({ code: "workspace-corrupt" }));
  expect(bytesHash(foreignPath)).toBe(foreignBefore);

  mkdirSync(join(folder.path, "folder"));
  expect(() => openWorkspace(join(folder.path, "folder"))).toThrow(expect.objectContaining({ code: "workspace-corrupt" }));
  expect(() => openWorkspace(join(folder.path, "absent.raif"))).toThrow(expect.objectContaining({ code: "file-not-found" }));
});

test("an empty file becomes a workspace; a truncated workspace is reported as corrupt", () => {
  writeFileSync(path, "");
  openWorkspace(path).close();
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, whole.length - 8192));
  const problems = (): string[] => {
    const db = openWorkspace(path);
    try {
      return checkIntegrity(db);
    } finally {
      db.close();
    }
  };
  let reported: unknown;
  try {
    reported = problems();
  } catch (error) {
    reported = (error as { code: string }).code;
  }
  expect(reported === "workspace-corrupt" || (Array.isArray(reported) && reported.length > 0)).toBe(true);
});
