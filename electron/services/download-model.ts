// Fetches a model in the Hugging Face layout from the hub that the user names, through the hub's own client: only files that are read
// here, each checked by size and, where the hub gives it, by hash. What was fetched stays beside the target and is gone on with after
// a break.

import { createHash } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { downloadFile, HubApiError, listFiles, modelInfo, type ListFileEntry } from "@huggingface/hub";
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
  /** Opens models that are not for everybody. Sent to the request's endpoint only, stored nowhere. */
  readonly accessToken?: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly fraction: number; readonly file: string }) => void;
}

/** What the client sends with every question. */
interface HubAccess {
  readonly hubUrl: string;
  readonly accessToken?: string;
  readonly fetch: typeof fetch;
}

const WEIGHTS = /^model(-\d+-of-\d+)?\.safetensors$/;
const SMALL_FILES: readonly string[] = ["config.json", "generation_config.json", "model.safetensors.index.json", ...TOKENIZER_FILE_NAMES];

/**
 * Throws "network-failed" (unreachable, refused, cut off), "not-found" (no such model, or not for everybody), "invalid-argument" (a
 * token that is none), "missing-weights" (no safetensors files),
 * what reading its configuration throws before any weights are fetched, "invalid-model" where a file is not what the hub says, and
 * "cancelled", "storage-full", "storage-failed". Except for a wrong file, what was fetched is kept for the next attempt.
 */
export async function downloadModel(request: DownloadRequest, hooks: DownloadHooks): Promise<void> {
  const { folder } = request;
  if (existsSync(folder)) throw new WorkbenchError("invalid-argument", "the folder exists already", { where: folder });
  const partial = `${folder}.partial`;
  try {
    const access = accessTo(request, hooks);
    const { sha, files: listed } = await list(request, access);
    const files = listed.filter(({ path }) => SMALL_FILES.includes(path) || WEIGHTS.test(path));
    if (!files.some(({ path }) => WEIGHTS.test(path))) {
      throw new WorkbenchError("missing-weights", "the model has no safetensors files", { where: request.repository });
    }
    await mkdir(partial, { recursive: true });
    // The small ones first: an architecture that cannot be read is refused before anything large is fetched.
    const inOrder = [...files].sort((a, b) => Number(WEIGHTS.test(a.path)) - Number(WEIGHTS.test(b.path)));
    const total = files.reduce((sum, file) => sum + sizeOf(file), 0);
    let done = 0;
    let checked = false;
    for (const file of inOrder) {
      if (WEIGHTS.test(file.path) && !checked) {
        await readModelConfig(partial);
        checked = true;
      }
      const target = join(partial, file.path);
      await fetchFile({ repo: request.repository, revision: sha, file, target }, access, hooks.signal, (bytes) =>
        hooks.onProgress({ fraction: total === 0 ? 0 : Math.min(1, (done + bytes) / total), file: file.path }),
      );
      done += sizeOf(file);
    }
    await mkdir(dirname(folder), { recursive: true });
    await rename(partial, folder);
  } catch (error) {
    throw described(error, request, hooks.signal);
  }
}

function accessTo({ endpoint }: DownloadRequest, { accessToken, signal }: DownloadHooks): HubAccess {
  if (accessToken !== undefined && !accessToken.startsWith("hf_")) {
    throw new WorkbenchError("invalid-argument", "the access token is none of a Hugging Face hub", {
      expected: "hf_...",
      got: "something else",
    });
  }
  return {
    hubUrl: endpoint.replace(/\/+$/, ""),
    ...(accessToken === undefined ? {} : { accessToken }),
    fetch: (input, options) => fetch(input, { ...options, signal }),
  };
}

/** Files of the commit that the revision means now, so that what is fetched belongs together. */
async function list({ repository, revision }: DownloadRequest, access: HubAccess): Promise<{ sha: string; files: ListFileEntry[] }> {
  const { sha } = await modelInfo({ name: repository, revision, additionalFields: ["sha"], ...access });
  if (!/^[\w.-]+$/.test(sha))
    throw new WorkbenchError("network-failed", "the hub's answer names no commit", { where: access.hubUrl, got: sha });
  const files: ListFileEntry[] = [];
  for await (const file of listFiles({ repo: repository, revision: sha, ...access })) if (file.type === "file") files.push(file);
  return { sha, files };
}

interface FileToFetch {
  readonly repo: string;
  readonly revision: string;
  readonly file: ListFileEntry;
  readonly target: string;
}

/** Goes on behind what is there already; a whole file is only checked. */
async function fetchFile(
  { repo, revision, file, target }: FileToFetch,
  access: HubAccess,
  signal: AbortSignal,
  say: (bytes: number) => void,
): Promise<void> {
  const expected = sizeOf(file);
  let have = statSync(target, { throwIfNoEntry: false })?.size ?? 0;
  if (have > expected) have = 0;
  if (have === 0 || have !== expected) {
    const content = await downloadFile({ repo, revision, path: file.path, ...access });
    if (content === null) throw new WorkbenchError("network-failed", `the hub has no longer a ${file.path}`, { where: repo });
    const kept = await open(target, have > 0 ? "a" : "w");
    try {
      // Each piece lies on the disk before the next is asked for, so that a break loses nothing that arrived.
      for await (const piece of content.slice(have).stream() as AsyncIterable<Uint8Array>) {
        await kept.writeFile(piece);
        have += piece.length;
        say(have);
      }
    } finally {
      await kept.close();
    }
  }
  const where = `${repo}/${file.path}`;
  if (have < expected) {
    throw new WorkbenchError("network-failed", "the connection ended too early", {
      where,
      expected: `${expected} bytes`,
      got: `${have} bytes`,
    });
  }
  const got = file.lfs === undefined ? undefined : await sha256OfFile(target, signal);
  if (have === expected && got === file.lfs?.oid) return;
  await rm(target, { force: true });
  throw new WorkbenchError("invalid-model", `${file.path} is not what the hub says it is`, {
    where,
    expected: file.lfs?.oid ?? `${expected} bytes`,
    got: got ?? `${have} bytes`,
    hint: "Try it again.",
  });
}

async function sha256OfFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest("hex");
}

function sizeOf({ size, lfs }: ListFileEntry): number {
  return lfs?.size ?? size;
}

function described(error: unknown, { endpoint, repository, folder }: DownloadRequest, signal: AbortSignal): unknown {
  if (signal.aborted)
    return new WorkbenchError("cancelled", "the download was cancelled", { where: repository, hint: "It can be gone on with." });
  if (error instanceof WorkbenchError) return error;
  if (error instanceof HubApiError) return refused(error, repository);
  // The client ends its streams with the message alone.
  if (!(error instanceof Error)) return broken(endpoint, String(error), error);
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT")
    return new WorkbenchError("storage-full", "the disk is full", { where: folder, got: error.message }, { cause: error });
  if (code?.startsWith("E") === true && "path" in error) {
    return new WorkbenchError("storage-failed", "the model could not be saved", { where: folder, got: error.message }, { cause: error });
  }
  return broken(endpoint, error.cause instanceof Error ? error.cause.message : error.message, error);
}

function refused(error: HubApiError, repository: string): WorkbenchError {
  const got = `status ${error.statusCode}`;
  if (![401, 403, 404].includes(error.statusCode)) {
    return new WorkbenchError("network-failed", "the hub refused", { where: error.url, got }, { cause: error });
  }
  return new WorkbenchError(
    "not-found",
    `the hub has no ${repository} for whoever asks here`,
    {
      where: error.url,
      got,
      hint: "Where its licence has to be accepted or it is private, an access token of the hub opens it.",
    },
    { cause: error },
  );
}

function broken(endpoint: string, reason: string, cause: unknown): WorkbenchError {
  return new WorkbenchError(
    "network-failed",
    "the hub cannot be reached, or the connection broke",
    { where: endpoint, got: reason, hint: "What was fetched is kept; try it again." },
    { cause },
  );
}
