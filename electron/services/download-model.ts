// Fetches a model in the Hugging Face layout from the hub that the user names: only files that are read here, each checked by size
// and, where the hub gives it, by hash. What was fetched stays beside the target and is gone on with after a break.

import { createHash } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { WorkbenchError } from "../../shared/errors.ts";
import { readModelConfig } from "../engine/model/hf-folder.ts";
import { TOKENIZER_FILE_NAMES } from "../engine/tokenizer/tokenizer-files.ts";

export interface DownloadRequest {
  /** Address of the hub, e.g. "https://huggingface.co". */
  readonly endpoint: string;
  /** "owner/name". */
  readonly repository: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** Folder to make; must not exist. */
  readonly folder: string;
}

export interface DownloadHooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly fraction: number; readonly file: string }) => void;
}

const listingSchema = z.object({
  sha: z.string().regex(/^[\w.-]+$/),
  siblings: z.array(
    z.object({ rfilename: z.string(), size: z.number().optional(), lfs: z.object({ sha256: z.string(), size: z.number() }).optional() }),
  ),
});
type Listed = z.infer<typeof listingSchema>["siblings"][number];

const WEIGHTS = /^model(-\d+-of-\d+)?\.safetensors$/;
const SMALL_FILES: readonly string[] = ["config.json", "generation_config.json", "model.safetensors.index.json", ...TOKENIZER_FILE_NAMES];

/**
 * Throws "network-failed" (unreachable, refused, cut off), "not-found" (no such model), "missing-weights" (no safetensors files),
 * what reading its configuration throws before any weights are fetched, "invalid-model" where a file is not what the hub says, and
 * "cancelled", "storage-full", "storage-failed". Except for a wrong file, what was fetched is kept for the next attempt.
 */
export async function downloadModel(request: DownloadRequest, hooks: DownloadHooks): Promise<void> {
  const { folder } = request;
  if (existsSync(folder)) throw new WorkbenchError("invalid-argument", "the folder exists already", { where: folder });
  const partial = `${folder}.partial`;
  try {
    const { sha, siblings } = await list(request, hooks.signal);
    const files = siblings.filter(({ rfilename }) => SMALL_FILES.includes(rfilename) || WEIGHTS.test(rfilename));
    if (!files.some(({ rfilename }) => WEIGHTS.test(rfilename))) {
      throw new WorkbenchError("missing-weights", "the model has no safetensors files", { where: request.repository });
    }
    await mkdir(partial, { recursive: true });
    // The small ones first: an architecture that cannot be read is refused before anything large is fetched.
    const inOrder = [...files].sort((a, b) => Number(WEIGHTS.test(a.rfilename)) - Number(WEIGHTS.test(b.rfilename)));
    const total = files.reduce((sum, file) => sum + sizeOf(file), 0);
    let done = 0;
    let checked = false;
    for (const file of inOrder) {
      if (WEIGHTS.test(file.rfilename) && !checked) {
        await readModelConfig(partial);
        checked = true;
      }
      const url = `${hub(request)}/${request.repository}/resolve/${sha}/${file.rfilename}`;
      await fetchFile(url, file, join(partial, file.rfilename), hooks, (bytes) =>
        hooks.onProgress({ fraction: total === 0 ? 0 : Math.min(1, (done + bytes) / total), file: file.rfilename }),
      );
      done += sizeOf(file);
    }
    await mkdir(dirname(folder), { recursive: true });
    await rename(partial, folder);
  } catch (error) {
    throw described(error, request, hooks.signal);
  }
}

async function list(request: DownloadRequest, signal: AbortSignal): Promise<z.infer<typeof listingSchema>> {
  const { repository, revision } = request;
  const url = `${hub(request)}/api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const response = await fetch(url, { signal });
  requireFound(response, url, repository);
  const listing = listingSchema.safeParse(await response.json());
  if (listing.success) return listing.data;
  throw new WorkbenchError("network-failed", "the hub's answer is not a list of files", {
    where: url,
    got: z.prettifyError(listing.error),
  });
}

/** Goes on behind what is there already; a whole file is only checked. */
async function fetchFile(url: string, file: Listed, path: string, { signal }: DownloadHooks, say: (bytes: number) => void): Promise<void> {
  const expected = file.lfs?.size ?? file.size;
  let have = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (expected !== undefined && have > expected) have = 0;
  if (have === 0 || have !== expected) {
    const response = await fetch(url, { signal, ...(have > 0 ? { headers: { range: `bytes=${have}-` } } : {}) });
    requireFound(response, url, file.rfilename);
    // A server that knows no ranges sends it all.
    if (response.status !== 206) have = 0;
    if (response.body === null) throw new WorkbenchError("network-failed", "the hub sent nothing", { where: url });
    const target = await open(path, response.status === 206 ? "a" : "w");
    try {
      // Each piece lies on the disk before the next is asked for, so that a break loses nothing that arrived.
      for await (const piece of response.body as AsyncIterable<Uint8Array>) {
        await target.writeFile(piece);
        have += piece.length;
        say(have);
      }
    } finally {
      await target.close();
    }
  }
  if (expected !== undefined && have < expected) {
    throw new WorkbenchError("network-failed", "the connection ended too early", {
      where: url,
      expected: `${expected} bytes`,
      got: `${have} bytes`,
    });
  }
  const got = file.lfs === undefined ? undefined : await sha256OfFile(path, signal);
  const isRight = (expected === undefined || have === expected) && got === file.lfs?.sha256;
  if (isRight) return;
  await rm(path, { force: true });
  throw new WorkbenchError("invalid-model", `${file.rfilename} is not what the hub says it is`, {
    where: url,
    expected: file.lfs?.sha256 ?? `${expected} bytes`,
    got: got ?? `${have} bytes`,
    hint: "Try it again.",
  });
}

async function sha256OfFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest("hex");
}

function requireFound(response: Response, url: string, what: string): void {
  if (response.ok) return;
  const isMissing = [401, 403, 404].includes(response.status);
  throw new WorkbenchError(
    isMissing ? "not-found" : "network-failed",
    isMissing ? `the hub has no ${what} for everybody` : "the hub refused",
    {
      where: url,
      got: `status ${response.status}`,
    },
  );
}

function hub({ endpoint }: DownloadRequest): string {
  return endpoint.replace(/\/+$/, "");
}

function sizeOf({ size, lfs }: Listed): number {
  return lfs?.size ?? size ?? 0;
}

function described(error: unknown, { endpoint, repository, folder }: DownloadRequest, signal: AbortSignal): unknown {
  if (signal.aborted)
    return new WorkbenchError("cancelled", "the download was cancelled", { where: repository, hint: "It can be gone on with." });
  if (error instanceof WorkbenchError || !(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT")
    return new WorkbenchError("storage-full", "the disk is full", { where: folder, got: error.message }, { cause: error });
  if (code?.startsWith("E") === true && "path" in error) {
    return new WorkbenchError("storage-failed", "the model could not be saved", { where: folder, got: error.message }, { cause: error });
  }
  const reason = error.cause instanceof Error ? error.cause.message : error.message;
  return new WorkbenchError(
    "network-failed",
    "the hub cannot be reached, or the connection broke",
    { where: endpoint, got: reason, hint: "What was fetched is kept; try it again." },
    { cause: error },
  );
}
