// A new instruction of a dataset: one row without words and without checks, to be filled in on its own page.

import { call } from "../../lib/client.ts";
import { linkTo } from "../../lib/routes.ts";
import { router } from "../../state/router.svelte.ts";
import { attempt } from "../../state/toasts.svelte.ts";

/** Adds it and opens its page; what went wrong is said in a message. */
export async function addInstruction(datasetId: number): Promise<void> {
  const record = { id: `own-${Date.now().toString(36)}`, messages: [{ role: "user" as const, content: "" }], tags: {} };
  const added = await attempt(() => call("dataset.edit", { datasetId, edits: [{ type: "add", record, split: "", source: "" }] }));
  const [rowId] = added?.addedRowIds ?? [];
  newRow = rowId;
  if (rowId !== undefined) router.open(linkTo("record", { datasetId, rowId }));
}

let newRow: number | undefined;

/** True once, for the row that was just added. */
export function takeNewRow(rowId: number): boolean {
  const isNew = newRow === rowId;
  if (isNew) newRow = undefined;
  return isNew;
}
