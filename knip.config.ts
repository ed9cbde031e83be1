// Dead code: unused files, exports and dependencies. Every exception says why it is one.

import type { KnipConfig } from "knip";

const config: KnipConfig = {
  entry: [
    "build/bin/{bootstrap,raif}.js",
    "build/bin/{check,start,package-desktop,package-headless}.ts",
    "build/electron-builder.config.ts",
    "electron/cli/main.ts",
    "electron/main/main.ts",
    "electron/preload/preload.cts",
    // Programs of processes that hosts start.
    "electron/engine-host/engine-entry.ts",
    "electron/ipc/side-task-entry.ts",
    "electron/services/trace-scan-worker.ts",
    "electron/services/datasets/convert-file-thread.ts",
    // Programs of threads, see engine/threads/sync-thread.ts.
    "electron/{engine,services}/**/*-thread.ts",
    // Programs that tests start as processes of their own.
    "electron/**/testing/*.ts",
    // Generators and the scripts that made what lies in resources/: run by hand, see docs.
    "build/{nano,starter,onnx,experiments,bench,text,models}/*.ts",
    "build/renderer/screenshots.ts",
    // Found by a pattern in renderer/routes/pages.ts.
    "renderer/routes/*/*Page.svelte",
  ],
  project: ["shared/**/*.ts", "electron/**/*.{ts,cts}", "build/**/*.{js,ts}", "renderer/**/*.{ts,svelte}"],
  // Used where the machine has it.
  ignoreBinaries: ["strip"],
  ignoreDependencies: [
    // Tools called by path or through another tool.
    "@native/typescript",
    "dependency-cruiser",
    "svelte-check",
    "@bufbuild/buf",
    "@bufbuild/protoc-gen-es",
    // Journeys read its text to run it in the page.
    "axe-core",
  ],
  // Schemas and the types read from them are a pair, also where only one of the two is imported yet.
  ignoreExportsUsedInFile: true,
};

export default config;
