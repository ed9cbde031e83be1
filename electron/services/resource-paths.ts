// Where the shipped model and data lie, relative to this file.

import { join, resolve } from "node:path";

const RESOURCES_FOLDER = resolve(import.meta.dirname, "..", "..", "resources");

export const NANO_FOLDER = join(RESOURCES_FOLDER, "nano");
export const STARTER_FOLDER = join(RESOURCES_FOLDER, "starter");

/** A model as the user names it: "nano", or a folder. */
export function modelFolder(name: string): string {
  return name === "nano" ? NANO_FOLDER : resolve(name);
}
