// How the desktop application is packaged: `npm run desktop` builds out/desktop first. Everything that is not needed at run time
// stays out, the program is checked against its own hash, and every switch that would let others run code in it is off.

import { readFileSync } from "node:fs";
import path from "node:path";
import type { Configuration } from "electron-builder";

const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, "..", "package.json"), "utf8")) as { version: string };

const config: Configuration = {
  appId: "org.raif.workbench",
  productName: "RAIF Workbench",
  copyright: "Apache-2.0",
  directories: { output: "dist", buildResources: "build/desktop" },
  asar: true,
  // Native libraries are loaded by the system, which cannot read inside the archive.
  asarUnpack: ["**/*.node", "**/onnxruntime-node/bin/**", "resources/**"],
  extraMetadata: { main: "electron/main/main.js", version },
  files: [
    { from: "out/desktop/electron", to: "electron" },
    { from: "out/desktop/shared", to: "shared" },
    { from: "out/renderer", to: "out/renderer" },
    { from: "resources", to: "resources" },
    "package.json",
    // Only this system's part of ONNX Runtime's 288 MB.
    "!**/node_modules/onnxruntime-node/bin/napi-v*/!(${platform})",
    "!**/node_modules/onnxruntime-node/bin/napi-v*/*/!(${arch})",
    // Of the Compute Engine the modules that Node loads: not the builds for browsers, nor 7 MB of integration rules.
    "!**/node_modules/@cortex-js/compute-engine/dist/{umd-min,types}/**",
    "!**/node_modules/@cortex-js/compute-engine/dist/esm-min/{cli/**,integration-rules.js}",
    "!**/*.{ts,cts,map,md,test.js}",
    "!**/node_modules/node/**",
  ],
  npmRebuild: false,
  electronFuses: {
    // Electron is no Node for whoever sets a variable.
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableCookieEncryption: true,
    // The archive is checked against the hash in the program, and nothing but the archive is run.
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  },
  linux: { target: ["AppImage"], category: "Science", icon: "build/desktop/icon.png" },
  mac: { target: ["dmg"], category: "public.app-category.developer-tools", icon: "build/desktop/icon.png", hardenedRuntime: true },
  win: { target: ["nsis"], icon: "build/desktop/icon.png" },
  publish: null,
};

export default config;
