// Downloads of models: jobs like others to whoever looks at them, but the host's own, because fetching needs no engine and must not
// make training wait.

import { failureOf } from "../../shared/result.ts";
import { downloadModel, type DownloadRequest } from "../services/download-model.ts";
import { importModel } from "../services/model-catalogue.ts";
import type { JobId } from "../storage/ids.ts";
import { createJob, updateJob } from "../storage/jobs.ts";
import { publishJob } from "./enqueue-job.ts";
import type { HostContext } from "./host-context.ts";

export interface Downloads {
  /** Gives the job's id. The model is on the list once the job is finished. */
  readonly start: (request: DownloadRequest) => number;
  /** False where the job is no download that is going on. */
  readonly cancel: (jobId: number) => boolean;
  /** Breaks off what is going on; it can be gone on with later. */
  readonly close: () => Promise<void>;
}

const PERSIST_EVERY_MS = 500;
/** The secret that opens models which are not for everybody. */
export const HUB_TOKEN_NAME = "hugging-face-token";
const HUB_HOST = "huggingface.co";

export function createDownloads(host: Pick<HostContext, "workspaces" | "publish" | "secrets">): Downloads {
  const { own } = host.workspaces;
  const going = new Map<number, { readonly controller: AbortController; readonly ended: Promise<void> }>();

  const change = (jobId: JobId, update: Parameters<typeof updateJob>[2]): void => {
    own.write((db) => updateJob(db, jobId, update));
    publishJob(host, jobId);
  };

  const run = async (jobId: JobId, request: DownloadRequest, signal: AbortSignal): Promise<void> => {
    let storedAtMs = 0;
    try {
      await downloadModel(request, {
        accessToken: await host.secrets.read(tokenName(request.endpoint)),
        signal,
        onProgress: ({ fraction, file }) => {
          if (performance.now() - storedAtMs < PERSIST_EVERY_MS) return;
          storedAtMs = performance.now();
          change(jobId, { status: "running", progress: { fraction, activity: file } });
        },
      });
      const { name } = await importModel(own, request.folder);
      change(jobId, { status: "finished", progress: { fraction: 1, activity: "", result: { type: "model", name } } });
      host.publish("workspace", { changed: "settings" });
    } catch (error) {
      const { code, message } = failureOf(error);
      change(jobId, code === "cancelled" ? { status: "cancelled" } : { status: "failed", error: { code, message } });
    } finally {
      going.delete(jobId);
    }
  };

  return {
    start: (request) => {
      const jobId = own.write((db) => {
        const id = createJob(db, { kind: "download", arguments: { kind: "download", request } });
        // In one go, so that the engine never sees it wait.
        updateJob(db, id, { status: "running", progress: { fraction: 0, activity: "asking the hub" } });
        return id;
      });
      publishJob(host, jobId);
      const controller = new AbortController();
      // A workspace that can no longer be written says so to whoever looks next.
      going.set(jobId, { controller, ended: run(jobId, request, controller.signal).catch(() => undefined) });
      return jobId;
    },
    cancel: (jobId) => {
      going.get(jobId)?.controller.abort();
      return going.has(jobId);
    },
    close: async () => {
      const all = [...going.values()];
      for (const { controller } of all) controller.abort();
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}

/** Each hub has a token of its own, so that no other address is shown the one of the hub. */
function tokenName(endpoint: string): string {
  const { host } = new URL(endpoint);
  return host === HUB_HOST ? HUB_TOKEN_NAME : `${HUB_TOKEN_NAME}:${host}`;
}
