// SHA-256 fingerprints, lower-case hex, of everything that identifies a text or a run: weight files, configs, tokenizers and
// chat templates. The one place where the engine hashes.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { WorkbenchError } from "../../../shared/errors.ts";

export function sha256OfText(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** Streams the file, so that its size does not matter. Throws "file-not-found" and "cancelled". */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      if (signal?.aborted === true) throw new WorkbenchError("cancelled", "hashing was cancelled", { where: path });
      hash.update(chunk as Buffer);
    }
  } catch (cause) {
    if (cause instanceof WorkbenchError) throw cause;
    throw new WorkbenchError("file-not-found", "cannot read the file", { where: path }, { cause });
  }
  return hash.digest("hex");
}

/** One fingerprint for several named parts, whatever order they come in. */
export function combineSha256(parts: Readonly<Record<string, string>>): string {
  const names = Object.keys(parts).sort();
  return sha256OfText(names.map((name) => `${name}:${parts[name]}\n`).join(""));
}
