// The data a training session can use: the shipped sets, and what is stored in the workspace.

import { readFile } from "node:fs/promises";
import type { DatasetChoice } from "../../shared/domain/training.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import type { ReadConnection } from "../storage/connection.ts";
import { countExperts, getDataset, listDatasets, type Dataset } from "../storage/datasets.ts";
import type { DatasetId } from "../storage/ids.ts";
import { datasetPath, SHIPPED_DATASETS } from "./dataset-file.ts";

const TITLES: Readonly<Record<string, string>> = {
  starter: "Starter training set",
  heldout: "Held-out test set",
  "heldout-ood": "Held-out test set with unseen rules",
};

/** Shipped files do not change while the workbench runs. */
let shipped: Promise<readonly DatasetChoice[]> | undefined;

/** Shipped ones first, then stored ones, newest first; the stored copy of a shipped one is not named twice. */
export async function datasetChoices(db: ReadConnection): Promise<DatasetChoice[]> {
  shipped ??= Promise.all(SHIPPED_DATASETS.map(shippedChoice));
  const known = await shipped;
  const isCopy = (name: string, records: number): boolean => known.some((choice) => choice.name === name && choice.records === records);
  const stored = listDatasets(db)
    .filter(({ name, recordCount }) => !isCopy(name, recordCount))
    .map((dataset) => storedChoice(db, dataset));
  return [...known, ...stored];
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
