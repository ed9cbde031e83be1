// Dead code: unused files, exports and dependencies. Every exception says why it is one.

import type { KnipConfig } from "knip";

const config: KnipConfig = {
  entry: [
    "build/bin/{bootstrap,raif}.js",
    "build/bin/check.ts",
    "electron/cli/main.ts",
    // Programs that tests start as processes of their own.
    "electron/**/testing/*.ts",
    // Generators and the scripts that made what lies in resources/: run by hand, see docs.
    "build/{nano,starter,onnx,experiments}/*.ts",
  ],
  project: ["shared/**/*.ts", "electron/**/*.ts", "build/**/*.{js,ts}"],
  ignoreDependencies: [
    // Pinned for the desktop application that follows this engine, so that its versions are decided once.
    "electron",
    "electron-builder",
    "playwright",
    "svelte",
    // Tools called by path or through another tool.
    "@native/typescript",
    "dependency-cruiser",
    "prettier",
    "@bufbuild/buf",
    "@bufbuild/protoc-gen-es",
  ],
  // Schemas and the types read from them are a pair, also where only one of the two is imported yet.
  ignoreExportsUsedInFile: true,
};

export default config;
