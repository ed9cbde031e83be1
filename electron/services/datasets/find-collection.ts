// An editable dataset by what a user calls it: its name, or its number.

import { WorkbenchError } from "../../../shared/errors.ts";
import { findCollection, findCollectionById, listCollections, type Collection } from "../../storage/collections.ts";
import type { ReadConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";

/** Throws "not-found" and says which there are. */
export function requireCollection(db: ReadConnection, name: string): Collection {
  const found = findCollection(db, name) ?? (/^\d+$/.test(name) ? findCollectionById(db, Number(name) as CollectionId) : undefined);
  if (found !== undefined) return found;
  const names = listCollections(db).map((collection) => `"${collection.name}"`);
  throw new WorkbenchError("not-found", "the workspace has no such dataset", {
    where: db.name,
    got: name,
    expected: names.length === 0 ? "one that was imported before" : `one of ${names.slice(0, 20).join(", ")}`,
  });
}
