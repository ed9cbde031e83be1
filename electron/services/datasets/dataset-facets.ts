// What the rows of a dataset have in common, counted: facets beside a filter, and the statistics of a view. Counts codes, not texts.

import type { DatasetComposition, DatasetFacets, DatasetFilter, DatasetStatistics, FacetValue } from "../../../shared/domain/dataset.ts";
import { snapshot, type ReadConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { datasetTable, tableView, type TableView } from "./dataset-table.ts";
import type { CodedName, DatasetTable } from "./table-columns.ts";
import { filterParts, type FilterPart } from "./table-filter.ts";

const LENGTH_BINS = 20;
/** Tags and sources can be as many as rows. */
const MOST_VALUES = 500;

const FACETS = {
  compositions: "composition",
  depths: "depth",
  rules: "rules",
  languages: "language",
  sources: "source",
  splits: "split",
  formats: "format",
  tags: "tags",
  states: "state",
  experts: "expert",
} as const satisfies Readonly<Record<string, CodedName>>;
type FacetName = keyof typeof FACETS;
const FACET_NAMES = Object.keys(FACETS) as FacetName[];

/** Throws "not-found". */
export function datasetFacets(db: ReadConnection, id: CollectionId, filter: DatasetFilter): DatasetFacets {
  return snapshot(db, () => {
    const table = datasetTable(db, id);
    const parts = filterParts(db, table, filter);
    const failing = failingParts(table, parts);
    const shown = Object.fromEntries(
      FACET_NAMES.map((name) => {
        const counts = countsOf(table, FACETS[name], failing, partsOf(parts, name));
        return [name, facetValues(table, FACETS[name], counts).slice(0, MOST_VALUES)];
      }),
    );
    const total = failing.reduce((count, failed) => count + (failed === 0 ? 1 : 0), 0);
    const lengths = lengthRange(table, failing, partsOf(parts, "lengths"));
    return { ...(shown as Record<FacetName, FacetValue[]>), total, version: table.version, lengths };
  });
}

/** Of each row which parts it fails, a bit each. There are at most thirteen. */
function failingParts({ size }: DatasetTable, parts: readonly FilterPart[]): Uint16Array {
  const failing = new Uint16Array(size);
  for (const [index, { passes }] of parts.entries()) {
    const bit = 1 << index;
    for (let position = 0; position < size; position++) if (!passes(position)) failing[position]! |= bit;
  }
  return failing;
}

/** The bits of the parts that a facet's counts overlook: its own. */
function partsOf(parts: readonly FilterPart[], name: string): number {
  return parts.reduce((bits, { facet }, index) => bits | (facet === name ? 1 << index : 0), 0);
}

/** Rows by code, of those that fail nothing but `overlooked`. */
function countsOf({ codes, dictionaries }: DatasetTable, name: CodedName, failing: Uint16Array, overlooked: number): Uint32Array {
  const counts = new Uint32Array(dictionaries[name].values.length);
  const column = codes[name];
  const others = ~overlooked;
  for (let position = 0; position < column.length; position++) if ((failing[position]! & others) === 0) counts[column[position]!]!++;
  return counts;
}

/** Most rows first, equal ones by name. */
function facetValues({ dictionaries }: DatasetTable, name: CodedName, counts: Uint32Array): FacetValue[] {
  const byValue = new Map<string, number>();
  const values: readonly unknown[] = dictionaries[name].values;
  for (let code = 0; code < counts.length; code++) {
    const rows = counts[code]!;
    if (rows === 0) continue;
    const value = values[code];
    for (const member of Array.isArray(value) ? (value as readonly string[]) : [name === "expert" ? value === 1 : value]) {
      const text = String(member);
      byValue.set(text, (byValue.get(text) ?? 0) + rows);
    }
  }
  return [...byValue].map(([value, rows]) => ({ value, rows })).sort((a, b) => b.rows - a.rows || (a.value < b.value ? -1 : 1));
}

function lengthRange({ plain }: DatasetTable, failing: Uint16Array, overlooked: number): DatasetFacets["lengths"] {
  const passing = new Float64Array(failing.length);
  let found = 0;
  for (let position = 0; position < failing.length; position++)
    if ((failing[position]! & ~overlooked) === 0) passing[found++] = plain.length[position]!;
  const ordered = inOrder(passing.subarray(0, found));
  return { shortest: ordered[0] ?? 0, median: ordered[ordered.length >> 1] ?? 0, longest: ordered.at(-1) ?? 0 };
}

function lengthsOf({ plain }: DatasetTable, positions: Uint32Array): Float64Array {
  const lengths = new Float64Array(positions.length);
  for (let at = 0; at < positions.length; at++) lengths[at] = plain.length[positions[at]!]!;
  return lengths;
}

/** Greater ones are sorted as numbers are; most lengths are small ones that come again and again, and are counted. */
const MOST_COUNTED = 1 << 20;

/** In place. */
function inOrder(lengths: Float64Array): Float64Array {
  let longest = 0;
  for (let at = 0; at < lengths.length; at++) longest = Math.max(longest, lengths[at]!);
  if (longest >= MOST_COUNTED) return lengths.sort();
  const counts = new Uint32Array(longest + 1);
  for (let at = 0; at < lengths.length; at++) counts[lengths[at]!]!++;
  let at = 0;
  for (let length = 0; length <= longest; length++) lengths.fill(length, at, (at += counts[length]!));
  return lengths;
}

/** Throws "not-found". */
export function datasetStatistics(db: ReadConnection, id: CollectionId, filter: DatasetFilter): DatasetStatistics {
  return snapshot(db, () => {
    const view = tableView(db, id, filter);
    const { table, positions } = view;
    const counts = (name: CodedName): Uint32Array => {
      const made = new Uint32Array(table.dictionaries[name].values.length);
      const column = table.codes[name];
      for (const position of positions) made[column[position]!]!++;
      return made;
    };
    const values = (name: CodedName): FacetValue[] => facetValues(table, name, counts(name));
    const rowsWith = (name: CodedName, wanted: string): number => values(name).find(({ value }) => value === wanted)?.rows ?? 0;
    return {
      rows: positions.length,
      version: table.version,
      ready: rowsWith("state", "ready"),
      experts: rowsWith("expert", "true"),
      rules: values("rules"),
      compositions: values("composition"),
      depths: values("depth").sort((a, b) => Number(a.value) - Number(b.value)),
      languages: values("language"),
      splits: values("split"),
      lengths: lengthBins(view),
      coverage: coverage(view),
    };
  });
}

function lengthBins({ table, positions }: TableView): DatasetStatistics["lengths"] {
  if (positions.length === 0) return [];
  const lengths = inOrder(lengthsOf(table, positions));
  // A few very long rows must not press all others into one bin: the last one takes the longest percent in.
  const last = lengths[Math.floor((lengths.length - 1) * 0.99)] ?? 0;
  const width = Math.max(1, Math.ceil((last + 1) / LENGTH_BINS));
  const bins = Array.from({ length: LENGTH_BINS }, (_, bin) => ({ from: bin * width, to: (bin + 1) * width, rows: 0 }));
  for (const length of lengths) bins[Math.min(LENGTH_BINS - 1, Math.floor(length / width))]!.rows++;
  bins[LENGTH_BINS - 1]!.to = Math.max(bins[LENGTH_BINS - 1]!.to, (lengths.at(-1) ?? 0) + 1);
  return bins;
}

/** Compositions in the order in which they come first. */
function coverage({ table, positions }: TableView): DatasetStatistics["coverage"] {
  const { composition: compositions, rules } = table.codes;
  const ruleLists = table.dictionaries.rules.values.length;
  const byComposition = new Map<DatasetComposition, Uint32Array>();
  const ofCode = table.dictionaries.composition.values.map((value) => () => {
    let counts = byComposition.get(value);
    if (counts === undefined) byComposition.set(value, (counts = new Uint32Array(ruleLists)));
    return counts;
  });
  for (const position of positions) ofCode[compositions[position]!]!()[rules[position]!]!++;
  return [...byComposition].flatMap(([composition, counts]) =>
    facetValues(table, "rules", counts).map(({ value, rows }) => ({ rule: value, composition, rows })),
  );
}
