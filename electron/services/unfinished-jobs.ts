// Work on datasets that did not come to its end: what a crash cut off or what failed, and what it was about. Nothing is lost by it: a synthesis
// goes on from the answers that are stored, checks start anew.

import type { UnfinishedJob } from "../../shared/contract/jobs.ts";
import { isWorkbenchError } from "../../shared/errors.ts";
import type { ReadConnection } from "../storage/connection.ts";
import { findCollectionById } from "../storage/collections.ts";
import type { CollectionId, SynthesisId } from "../storage/ids.ts";
import { listJobHeads, type JobHead } from "../storage/job-queue.ts";
import { getSynthesis } from "../storage/syntheses.ts";
import { summariseJob } from "./job-views.ts";

const KINDS: readonly string[] = ["synthesize", "check", "verify"];
/** What is further back is history. */
const LOOKED_AT = 200;

/** Newest first; of the same work only the last try counts. */
export function unfinishedDataJobs(db: ReadConnection): UnfinishedJob[] {
  const tried = new Set<string>();
  const unfinished: UnfinishedJob[] = [];
  for (const job of listJobHeads(db, LOOKED_AT)) {
    const work = `${job.kind} ${JSON.stringify(job.arguments)}`;
    if (!KINDS.includes(job.kind) || tried.has(work)) continue;
    tried.add(work);
    if (job.status === "interrupted" || job.status === "failed") unfinished.push({ ...summariseJob(db, job.id), about: aboutOf(db, job) });
  }
  return unfinished;
}

function aboutOf(db: ReadConnection, { kind, arguments: given }: JobHead): UnfinishedJob["about"] {
  const { synthesisId, request } = (given ?? {}) as { readonly synthesisId?: number; readonly request?: { readonly datasetId?: number } };
  if (kind === "synthesize") return synthesisId === undefined ? null : aboutSynthesis(db, synthesisId as SynthesisId);
  const dataset = request?.datasetId === undefined ? undefined : findCollectionById(db, request.datasetId as CollectionId);
  return dataset === undefined ? null : { type: "dataset", datasetId: dataset.id, name: dataset.name };
}

function aboutSynthesis(db: ReadConnection, id: SynthesisId): UnfinishedJob["about"] {
  try {
    const { accepted, rejected, request } = getSynthesis(db, id);
    return { type: "synthesis", synthesisId: id, accepted, rejected, wanted: request.count };
  } catch (error) {
    if (isWorkbenchError(error, "not-found")) return null;
    throw error;
  }
}
