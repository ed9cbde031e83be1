// What the page of a dataset shows, as it stands in its address: filter and order. Reading an address never fails; what makes no
// sense in it is left out.

import { DATASET_COLUMNS, DATASET_COMPOSITIONS, ROW_STATES, type DatasetFilter, type DatasetSort } from "../../../shared/domain/dataset.ts";
import type { QueryChanges, QueryParameters } from "../../lib/routes.ts";

export interface DatasetView {
  readonly filter: DatasetFilter;
  readonly sort: DatasetSort | undefined;
}

/** Parts of a filter that are lists of texts, by their name in the address. */
const LISTS = { rule: "rules", language: "languages", source: "sources", split: "splits", format: "formats", tag: "tags" } as const;
/** Stands for rows without a value, which an address could not tell from nothing chosen. */
const NONE = "(none)";

function oneOf<Value extends string>(values: readonly Value[], text: string | undefined): Value | undefined {
  return values.find((value) => value === text);
}

function texts(parameter: string | undefined): readonly string[] {
  return (parameter ?? "").split(",").flatMap((part) => (part === "" ? [] : [part === NONE ? "" : decoded(part)]));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

export function readDatasetView(query: QueryParameters): DatasetView {
  const compositions = texts(query["kind"]).flatMap((text) => oneOf(DATASET_COMPOSITIONS, text) ?? []);
  const depths = texts(query["depth"]).flatMap((text) => wholeNumber(text) ?? []);
  const states = texts(query["state"]).flatMap((text) => oneOf(ROW_STATES, text) ?? []);
  const [minLength, maxLength] = [wholeNumber(query["min"]), wholeNumber(query["max"])];
  const search = query["find"] ?? "";
  const lists = Object.entries(LISTS).flatMap(([parameter, part]) => {
    const list = texts(query[parameter]);
    return list.length === 0 ? [] : [[part, [...list]] as const];
  });
  const column = oneOf(DATASET_COLUMNS, query["sort"]?.replace(/^-/, ""));
  return {
    filter: {
      ...(search.trim() === "" ? {} : { search }),
      ...(compositions.length === 0 ? {} : { compositions }),
      ...(depths.length === 0 ? {} : { depths }),
      ...(states.length === 0 ? {} : { states }),
      ...Object.fromEntries(lists),
      ...(query["expert"] === "1" || query["expert"] === "0" ? { expert: query["expert"] === "1" } : {}),
      ...(minLength === undefined ? {} : { minLength }),
      ...(maxLength === undefined ? {} : { maxLength }),
    },
    sort: column === undefined ? undefined : { column, descending: query["sort"]?.startsWith("-") === true },
  };
}

/** The address's parameters for a view; parameters of defaults are left out. */
export function writeDatasetView({ filter, sort }: DatasetView): QueryChanges {
  const list = (values: readonly string[] | undefined): string | undefined =>
    values?.map((value) => (value === "" ? NONE : encodeURIComponent(value))).join(",");
  return {
    find: filter.search,
    kind: filter.compositions?.join(","),
    depth: filter.depths?.join(","),
    state: filter.states?.join(","),
    ...Object.fromEntries(Object.entries(LISTS).map(([parameter, part]) => [parameter, list(filter[part])])),
    expert: filter.expert === undefined ? undefined : filter.expert ? "1" : "0",
    min: filter.minLength,
    max: filter.maxLength,
    sort: sort === undefined ? undefined : `${sort.descending ? "-" : ""}${sort.column}`,
  };
}

/** First upwards, then downwards, then the dataset's own order. */
export function nextDatasetSort(sort: DatasetSort | undefined, column: DatasetSort["column"]): DatasetSort | undefined {
  if (sort?.column !== column) return { column, descending: false };
  return sort.descending ? undefined : { column, descending: true };
}

/** How many parts of the filter are set, for the button that clears them. */
export function datasetFilterParts(filter: DatasetFilter): number {
  return Object.values(filter).filter((value) => value !== undefined).length;
}
