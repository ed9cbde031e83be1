// Short fields of a row that are written in the table itself: what they hold, what is offered, and how each is stored, as a version that
// can be undone.

import type { DatasetChanged } from "../../../shared/contract/dataset.ts";
import type { DatasetFacets, DatasetRow } from "../../../shared/domain/dataset.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { call } from "../../lib/client.ts";
import { toasts } from "../../state/toasts.svelte.ts";
import type { CellWriting } from "../../ui/table-columns.ts";
import { tagChoices, tagsChange, tagsText } from "./tag-text.ts";

const COLUMNS = ["split", "tags", "source", "id"] as const;
type Column = (typeof COLUMNS)[number];

/** `facets` says which values there are; `onstored` is called behind each change and each undoing of one. */
export function rowWriting(datasetId: number, facets: () => DatasetFacets | undefined, onstored: () => void): CellWriting<DatasetRow> {
  const known = (part: "splits" | "sources" | "tags"): readonly string[] =>
    (facets()?.[part] ?? []).flatMap(({ value }) => (value === "" ? [] : [value]));

  async function store(row: DatasetRow, column: string, text: string): Promise<boolean> {
    try {
      const { changed, version } = await storeCell(datasetId, row, column as Column, text);
      if (changed === 0) return true;
      onstored();
      toasts.show(`${column} of ${row.id} is now ${text === "" ? "empty" : `“${text}”`}, version ${version}.`, {
        action: {
          label: "Undo",
          run: async () => {
            await call("dataset.undo", { datasetId });
            onstored();
          },
        },
      });
      return true;
    } catch (error) {
      toasts.fail(error);
      return false;
    }
  }

  return {
    columns: COLUMNS,
    text: cellText,
    label: (row, column) => `${column} of ${row.id}`,
    choices: (_, column, typed) => {
      if (column === "tags") return tagChoices(known("tags"), typed);
      return column === "split" ? known("splits") : column === "source" ? known("sources") : [];
    },
    store,
  };
}

function cellText(row: DatasetRow, column: string): string {
  if (column === "tags") return tagsText(row.tags);
  return column === "split" ? row.split : column === "source" ? row.source : row.id;
}

async function storeCell(datasetId: number, row: DatasetRow, column: Column, text: string): Promise<DatasetChanged> {
  const { rowId } = row;
  switch (column) {
    case "split":
      return call("dataset.edit", { datasetId, edits: [{ type: "set", rowId, split: text }] });
    case "source":
      return call("dataset.edit", { datasetId, edits: [{ type: "set", rowId, source: text }] });
    case "tags": {
      const { add, remove } = tagsChange(row.tags, text);
      return call("dataset.bulkEdit", {
        datasetId,
        selection: { type: "rows", rowIds: [rowId] },
        change: { type: "tags", add: [...add], remove: [...remove] },
      });
    }
    case "id": {
      if (text === "") throw new WorkbenchError("invalid-argument", "a row needs an id");
      const { record, stateId } = await call("dataset.row", { datasetId, rowId });
      return call("dataset.edit", { datasetId, edits: [{ type: "set", rowId, stateId, record: { ...record, id: text } }] });
    }
  }
}
