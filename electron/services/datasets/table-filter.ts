// Which rows of a table pass a filter: every part of it is decided once a value of a column, then once a row. Words are searched by SQLite.

import type { DatasetFilter } from "../../../shared/domain/dataset.ts";
import { matchingTexts } from "../../storage/collection-rows.ts";
import type { ReadConnection } from "../../storage/connection.ts";
import { matchSpaced, parseSearchTerms } from "../../storage/search-terms.ts";
import type { CodedName, CodedValues, DatasetTable } from "./table-columns.ts";

/** A part of a filter, with the facet that shows it; a row passes when every part lets it through. */
export interface FilterPart {
  readonly facet: string;
  readonly passes: (position: number) => boolean;
}

/** The parts of `filter` that say something. */
export function filterParts(db: ReadConnection, { plain, codes, dictionaries }: DatasetTable, filter: DatasetFilter): FilterPart[] {
  const parts: FilterPart[] = [];
  const ofColumn = <Name extends CodedName>(facet: string, name: Name, isWanted: (value: CodedValues[Name]) => boolean): void => {
    const wanted = Uint8Array.from(dictionaries[name].values as readonly CodedValues[Name][], (value) => (isWanted(value) ? 1 : 0));
    const column = codes[name];
    parts.push({ facet, passes: (position) => wanted[column[position]!] === 1 });
  };
  const oneOf = <Name extends CodedName>(facet: string, name: Name, wanted: readonly CodedValues[Name][] | undefined): void => {
    if (wanted !== undefined) ofColumn(facet, name, (value) => wanted.includes(value));
  };
  const allOf = (name: "rules" | "tags", wanted: readonly string[] | undefined): void => {
    if (wanted !== undefined) ofColumn(name, name, (values) => wanted.every((value) => values.includes(value)));
  };
  oneOf("compositions", "composition", filter.compositions);
  oneOf("depths", "depth", filter.depths);
  oneOf("languages", "language", filter.languages);
  oneOf("sources", "source", filter.sources);
  oneOf("splits", "split", filter.splits);
  oneOf("formats", "format", filter.formats);
  oneOf("states", "state", filter.states);
  oneOf("experts", "expert", filter.expert === undefined ? undefined : [filter.expert ? 1 : 0]);
  allOf("rules", filter.rules);
  allOf("tags", filter.tags);
  const { minLength = 0, maxLength = Infinity } = filter;
  const { length: lengths, textId: textIds } = plain;
  if (minLength > 0 || maxLength < Infinity)
    parts.push({ facet: "lengths", passes: (position) => lengths[position]! >= minLength && lengths[position]! <= maxLength });
  const found = searched(db, filter.search);
  if (found !== undefined) parts.push({ facet: "search", passes: (position) => found(textIds[position]!) });
  return parts;
}

/** Undefined where no word is asked for. */
function searched(db: ReadConnection, search: string | undefined): ((textId: number) => boolean) | undefined {
  const { wanted, excluded } = parseSearchTerms(search ?? "");
  const hits = wanted.length === 0 ? undefined : new Set(matchingTexts(db, matchSpaced(wanted, "AND")));
  const misses = excluded.length === 0 ? undefined : new Set(matchingTexts(db, matchSpaced(excluded, "OR")));
  if (hits === undefined && misses === undefined) return undefined;
  return (textId) => hits?.has(textId) !== false && misses?.has(textId) !== true;
}

/** Those that every part lets through, in order. */
export function passingPositions({ size }: DatasetTable, parts: readonly FilterPart[]): Uint32Array {
  const positions = new Uint32Array(size);
  let found = 0;
  for (let position = 0; position < size; position++) {
    if (parts.every(({ passes }) => passes(position))) positions[found++] = position;
  }
  return found === size ? positions : positions.slice(0, found);
}
