// Mappings for unknown layouts that the user saved under a name.

import { z } from "zod";
import { mappingSchema, type Mapping } from "../../../shared/domain/dataset-files.ts";
import type { ReadConnection, WriteConnection } from "../../storage/connection.ts";
import { getSetting, setSetting } from "../../storage/settings.ts";

const KEY = "dataset-mappings";
const savedSchema = z.record(z.string(), mappingSchema).catch({});

export function savedMappings(db: ReadConnection): Readonly<Record<string, Mapping>> {
  return savedSchema.parse(getSetting(db, KEY) ?? {});
}

/** Null removes it. */
export function saveMapping(db: WriteConnection, name: string, mapping: Mapping | null): Readonly<Record<string, Mapping>> {
  const others = Object.entries(savedMappings(db)).filter(([other]) => other !== name);
  const saved = Object.fromEntries(mapping === null ? others : [...others, [name, mapping]]);
  setSetting(db, KEY, saved);
  return saved;
}
