// Builds the renderer into out/renderer: relative paths, no inline script or style, so that a strict content policy holds wherever
// it is served from. `npm run renderer` builds; the hosts serve what lies there.

import path from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";
import { helpPages } from "./build/renderer/help-pages.ts";

const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** The hosts send the same policy as a header; the page carries it too, so that it holds even where a host forgets. */
function contentPolicy(): Plugin {
  return {
    name: "content-policy",
    apply: "build",
    transformIndexHtml: () => [
      { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: CONTENT_POLICY }, injectTo: "head-prepend" },
    ],
  };
}

export default defineConfig({
  root: path.join(import.meta.dirname, "renderer"),
  base: "./",
  plugins: [svelte(), helpPages(import.meta.dirname), contentPolicy()],
  build: {
    outDir: path.join(import.meta.dirname, "out", "renderer"),
    emptyOutDir: true,
    target: "chrome140",
    modulePreload: { polyfill: false },
    // Fonts stay files: a data: font would need a wider content policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
