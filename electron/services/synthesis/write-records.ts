// Writes made data as JSONL, whole or not at all: beside the target first, then in its place.

import { open, rename, rm } from "node:fs/promises";
import { WorkbenchError } from "../../../shared/errors.ts";

const CHUNK_CHARACTERS = 1 << 20;

/** Throws "invalid-argument" where the file cannot be written. */
export async function writeJsonLines(path: string, objects: Iterable<object>): Promise<void> {
  const beside = `${path}.${process.pid}.part`;
  try {
    const file = await open(beside, "w");
    try {
      let lines = "";
      for (const object of objects) {
        lines += `${JSON.stringify(object)}\n`;
        if (lines.length < CHUNK_CHARACTERS) continue;
        await file.write(lines);
        lines = "";
      }
      await file.write(lines);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new WorkbenchError("invalid-argument", "the file cannot be written", { where: path }, { cause });
  }
}
