// A row of a dataset that a person asks for by number or id, and where it stands in what is shown.

import type { DatasetFilter, DatasetSort, FoundRow } from "../../../shared/domain/dataset.ts";
import { snapshot, type ReadConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { tableView, viewRecordIds, type TableView } from "./dataset-table.ts";

/** Digits are a number of a row, unless they stand in quotes. Null where there is none; throws "not-found" where there is no such dataset. */
export function findRow(
  db: ReadConnection,
  id: CollectionId,
  { filter, sort }: { readonly filter: DatasetFilter; readonly sort?: DatasetSort | undefined },
  wanted: string,
): FoundRow | null {
  return snapshot(db, () => {
    const shown = tableView(db, id, filter, sort);
    const all = tableView(db, id, {});
    const ids = viewRecordIds(db, id, all);
    const quoted = /^"(.+)"$/s.exec(wanted)?.[1];
    const place = quoted === undefined && /^\d+$/.test(wanted) ? Number(wanted) - 1 : NaN;
    const position = place >= 0 && place < ids.length ? place : positionCalled(quoted ?? wanted, ids, [shown, all]);
    if (position === undefined) return null;
    const index = shown.positions.indexOf(position);
    return {
      rowId: all.table.plain.rowId[position]!,
      id: ids[position]!,
      position: position + 1,
      index: index < 0 ? null : index,
    };
  });
}

/** By its whole id anywhere before the beginning of one. */
function positionCalled(recordId: string, ids: readonly string[], views: readonly TableView[]): number | undefined {
  const tests = [(id: string) => id === recordId, (id: string) => id.startsWith(recordId)];
  for (const test of tests) {
    for (const { positions } of views) {
      const found = positions.find((position) => test(ids[position]!));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
