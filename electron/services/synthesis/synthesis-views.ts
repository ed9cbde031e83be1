// Syntheses as the interface shows them, and what was accepted taken into a dataset. Running one is run-synthesis.ts.

import type { SynthesisSummary } from "../../../shared/contract/synthesis.ts";
import { commitVersion } from "../../storage/collection-versions.ts";
import { createCollection, getCollection } from "../../storage/collections.ts";
import { transaction, type ReadConnection, type WriteConnection } from "../../storage/connection.ts";
import type { CollectionId, SynthesisId } from "../../storage/ids.ts";
import { getSynthesis, listSamples, listSyntheses, type StoredSynthesis } from "../../storage/syntheses.ts";
import { addRecord } from "../datasets/dataset-edits.ts";

/** Throws "not-found". */
export function summariseSynthesis(db: ReadConnection, id: SynthesisId): SynthesisSummary {
  return summary(getSynthesis(db, id));
}

/** Newest first. */
export function summariseSyntheses(db: ReadConnection, limit: number): SynthesisSummary[] {
  return listSyntheses(db, limit).map(summary);
}

/** Adds the accepted records as one version. Throws "not-found", "invalid-argument" where the name is taken. */
export function keepSynthesis(
  db: WriteConnection,
  id: SynthesisId,
  into: { readonly name: string } | { readonly datasetId: number },
): { readonly datasetId: number; readonly version: number; readonly added: number } {
  return transaction(db, () => {
    getSynthesis(db, id);
    const collection = "name" in into ? createCollection(db, into.name) : getCollection(db, into.datasetId as CollectionId);
    const place = { split: "", source: `synthesis ${id}`, format: "raif" };
    const changes = listSamples(db, id, { type: "accepted" }).flatMap((sample) =>
      sample.type === "accepted" ? [addRecord(db, collection.id, sample.record, place)] : [],
    );
    const version = commitVersion(
      db,
      collection.id,
      { kind: "import", title: `take ${changes.length} records of synthesis ${id}` },
      changes,
    );
    return { datasetId: collection.id, version, added: changes.length };
  });
}

function summary({ id, request, outcome, accepted, rejected, createdAtMs }: StoredSynthesis): SynthesisSummary {
  return {
    synthesisId: id,
    request,
    accepted,
    rejected,
    stages: outcome?.stages ?? [],
    shortfall: outcome?.shortfall ?? null,
    promptsHash: outcome?.promptsHash ?? null,
    done: outcome !== null,
    createdAtMs,
  };
}
