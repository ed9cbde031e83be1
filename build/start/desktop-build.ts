// Makes what Electron runs: its Node strips no types, so sources become JavaScript file by file under out/desktop, with the
// resources and the built interface where the code looks for them.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Builds and gives the folder to start Electron with. Throws with the compiler's words. */
export function buildDesktop(projectRoot: string, folder = path.join(projectRoot, "out", "desktop")): string {
  // What was removed from the sources must not stay.
  for (const part of ["electron", "shared"]) rmSync(path.join(folder, part), { recursive: true, force: true });
  const compiler = path.join(projectRoot, "node_modules", "@native", "typescript", "bin", "tsc");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [compiler, "-p", path.join("build", "desktop", "tsconfig.json"), "--outDir", folder],
    {
      cwd: projectRoot,
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(`the desktop application could not be built\n${stdout}${stderr}`);
  writeManifest(projectRoot, folder);
  mkdirSync(path.join(folder, "out"), { recursive: true });
  link(path.join(projectRoot, "resources"), path.join(folder, "resources"));
  link(path.join(projectRoot, "out", "renderer"), path.join(folder, "out", "renderer"));
  return folder;
}

function writeManifest(projectRoot: string, folder: string): void {
  const { name, version, description, license } = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8")) as Record<
    string,
    string
  >;
  const manifest = {
    name,
    productName: "RAIF Workbench",
    version,
    description,
    license,
    private: true,
    type: "module",
    main: "electron/main/main.js",
  };
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

function link(target: string, at: string): void {
  // A junction needs no rights on Windows; elsewhere the kind is ignored.
  if (!existsSync(at)) symlinkSync(target, at, "junction");
}
