// Paths a user typed or picked, made safe to use: whole, from the root or the home folder.

import { homedir } from "node:os";
import { isAbsolute, join, normalize } from "node:path";
import { WorkbenchError } from "../../shared/errors.ts";

/** "~/runs" and absolute paths; throws "invalid-argument" for anything that would depend on where the program was started. */
export function userPath(text: string): string {
  const path = /^~(?=$|[/\\])/.test(text) ? join(homedir(), text.slice(1)) : text;
  if (!isAbsolute(path) || path.includes("\0")) {
    throw new WorkbenchError("invalid-argument", "a whole path is needed", { expected: "a path from the root or from ~", got: text });
  }
  return normalize(path);
}
