// Builds the renderer into out/renderer: relative paths, no inline script or style, so that a strict content policy holds wherever
// it is served from. `npm run renderer` builds; the hosts serve what lies there.

import path from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";
import { CONTENT_POLICY_META } from "./shared/content-policy.ts";
import { helpPages } from "./build/renderer/help-pages.ts";

/** The hosts send the same policy as a header; the page carries it too, so that it holds even where a host forgets. */
function contentPolicy(): Plugin {
  return {
    name: "content-policy",
    apply: "build",
    transformIndexHtml: () => [
      { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: CONTENT_POLICY_META }, injectTo: "head-prepend" },
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
