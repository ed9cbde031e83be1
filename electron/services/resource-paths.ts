// Where the shipped model and data and the built interface lie, relative to this file.

import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..", "..");
const RESOURCES_FOLDER = join(ROOT, "resources");

export const NANO_FOLDER = join(RESOURCES_FOLDER, "nano");
export const STARTER_FOLDER = join(RESOURCES_FOLDER, "starter");
/** Prompts and seeds. */
export const SYNTHESIS_FOLDER = join(RESOURCES_FOLDER, "synthesis");

/** Where the interface is built to. */
export const RENDERER_FOLDER = join(ROOT, "out", "renderer");

/** A model as the user names it: "nano", or a folder. */
export function modelFolder(name: string): string {
  return name === "nano" ? NANO_FOLDER : resolve(name);
}
