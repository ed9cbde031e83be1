// The calls about what is wrong with a dataset. Looking takes long and is the engine's; what it found is read here.

import type { qualityContract, QualityCheckSummary } from "../../../shared/contract/quality.ts";
import { requireListedDataset } from "../../services/dataset-choices.ts";
import { requireListedModel } from "../../services/model-catalogue.ts";
import { fixFindings } from "../../services/quality/fix-findings.ts";
import { getCollection } from "../../storage/collections.ts";
import type { CollectionId, QualityCheckId } from "../../storage/ids.ts";
import { countFindings, getQualityCheck, listFindings, listQualityChecks, type StoredCheck } from "../../storage/quality-checks.ts";
import type { HandlersOf } from "../dispatch.ts";
import { enqueueJob } from "../enqueue-job.ts";

export const qualityHandlers: HandlersOf<typeof qualityContract> = {
  check: (request, context) => {
    const { db } = context.workspaces.own;
    getCollection(db, request.datasetId as CollectionId);
    for (const name of request.against ?? []) requireListedDataset(db, name);
    if (request.model !== undefined) requireListedModel(db, request.model);
    return enqueueJob(context, { kind: "check", request });
  },
  checks: ({ datasetId }, { workspace }) => {
    getCollection(workspace.db, datasetId as CollectionId);
    return listQualityChecks(workspace.db, datasetId as CollectionId).map(summary);
  },
  findings: ({ checkId, offset, limit, ...filter }, { workspace }) => {
    const id = getQualityCheck(workspace.db, checkId as QualityCheckId).id;
    return {
      total: countFindings(workspace.db, id, filter),
      findings: listFindings(workspace.db, id, filter, limit, offset).map(({ finding, ...row }) => ({ ...finding, ...row })),
    };
  },
  fix: ({ checkId, ...choice }, { workspace, publish }) => {
    const fixed = workspace.write((db) => fixFindings(db, checkId as QualityCheckId, choice));
    publish("workspace", { changed: "datasets" });
    return fixed;
  },
};

function summary({ id, collectionId, ...check }: StoredCheck): QualityCheckSummary {
  return { ...check, checkId: id, datasetId: collectionId };
}
