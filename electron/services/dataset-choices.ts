// The data a training session can use: the shipped sets, the datasets that are edited, and what else is stored in the workspace.

import { readFile } from "node:fs/promises";
import type { DatasetChoice } from "../../shared/domain/training.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { countReady, findCollectionById, listCollections } from "../storage/collections.ts";
import type { ReadConnection } from "../storage/connection.ts";
import { countExperts, getDataset, listDatasets, type Dataset } from "../storage/datasets.ts";
import type { CollectionId, DatasetId } from "../storage/ids.ts";
import { datasetPath, SHIPPED_DATASETS } from "./dataset-file.ts";

const TITLES: Readonly<Record<string, string>> = {
  starter: "Starter training set",
  heldout: "Held-out test set",
  "heldout-ood": "Held-out test set with unseen rules",
};

/** Shipped files do not change while the workbench runs. */
let shipped: Promise<readonly DatasetChoice[]> | undefined;

/** Shipped ones first, then edited ones, then stored ones, newest first; stored copies of either are not named twice. */
export async function datasetChoices(db: ReadConnection): Promise<DatasetChoice[]> {
  shipped ??= Promise.all(SHIPPED_DATASETS.map(shippedChoice));
  const known = await shipped;
  const isCopy = (name: string, records: number): boolean => known.some((choice) => choice.name === name && choice.records === records);
  const stored = listDatasets(db)
    .filter(({ name, source, recordCount }) => !isCopy(name, recordCount) && !source.startsWith("collection:"))
    .map((dataset) => storedChoice(db, dataset));
  return [...known, ...editedChoices(db), ...stored];
}

const COLLECTION = /^collection:(\d+)(?:@\d+)?$/;

/** Datasets that are edited, as far as they can be trained on. */
function editedChoices(db: ReadConnection): DatasetChoice[] {
  return listCollections(db).flatMap(({ id, name, version }) => {
    const { ready, experts } = countReady(db, id);
    const choice = { name: `collection:${id}`, title: `${name}, version ${version}`, records: ready, experts, shipped: false };
    return ready === 0 ? [] : [choice];
  });
}

export function storedChoice(db: ReadConnection, { id, name, version, recordCount }: Dataset): DatasetChoice {
  return {
    name: `dataset:${id}`,
    title: version === 1 ? name : `${name}, version ${version}`,
    records: recordCount,
    experts: countExperts(db, id),
    shipped: false,
  };
}

/** A request may name only what is on the list; an interface cannot make the host read just any file. Throws "not-found". */
export function requireListedDataset(db: ReadConnection, name: string): void {
  if (SHIPPED_DATASETS.includes(name)) return;
  const id = /^dataset:(\d+)$/.exec(name)?.[1];
  if (id !== undefined && getDataset(db, Number(id) as DatasetId) !== undefined) return;
  const edited = COLLECTION.exec(name)?.[1];
  if (edited !== undefined && findCollectionById(db, Number(edited) as CollectionId) !== undefined) return;
  throw new WorkbenchError("not-found", "this data set is not on the list", {
    got: name,
    expected: `one of ${SHIPPED_DATASETS.join(", ")}, or a stored one`,
  });
}

/** Counts without checking every record, which takes seconds; training checks them. */
async function shippedChoice(name: string): Promise<DatasetChoice> {
  const text = await readFile(datasetPath(name), "utf8");
  const records = text.split("\n").filter((line) => line.trim() !== "");
  const experts = records.filter((line) => Object.hasOwn(JSON.parse(line) as object, "expert")).length;
  return { name, title: TITLES[name] ?? name, records: records.length, experts, shipped: true };
}
