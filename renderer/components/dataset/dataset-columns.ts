// The columns of the table of a dataset: widths in pixels, what each sorts by, which are hidden until somebody asks for them.

import type { DatasetColumn } from "../../../shared/domain/dataset.ts";
import type { ColumnPlan } from "../../ui/table-columns.ts";

export const DATASET_TABLE_COLUMNS: readonly ColumnPlan<DatasetColumn>[] = [
  { key: "chosen", label: "", width: 22, chooses: true },
  { key: "position", label: "row", width: 48, numeric: true, sort: "position" },
  { key: "id", label: "id", width: 92, sort: "id" },
  { key: "composition", label: "kind", width: 66, sort: "composition" },
  { key: "depth", label: "depth", width: 48, numeric: true, sort: "depth", hidden: true },
  { key: "checks", label: "checks", width: 48, numeric: true, sort: "checks", hint: "Rules, questions and maths in its tree" },
  { key: "split", label: "split", width: 62, sort: "split" },
  { key: "language", label: "lang.", width: 36, sort: "language" },
  { key: "length", label: "chars", width: 44, numeric: true, sort: "length" },
  { key: "expert", label: "demo", width: 40, sort: "expert", hint: "Has a demonstration" },
  { key: "state", label: "state", width: 84, sort: "state" },
  { key: "tags", label: "tags", width: 150, sort: "tags", hidden: true },
  { key: "source", label: "source", width: 130, sort: "source", hidden: true },
  { key: "format", label: "imported as", width: 110, sort: "format", hidden: true },
  { key: "text", label: "instruction", width: 200, grows: true },
];

/** Keys of the table that work on its whole page and stand in the help; the last one of each is what the table itself is told. */
export const DATASET_TABLE_KEYS: readonly { readonly title: string; readonly keys: readonly [string, ...string[]] }[] = [
  { title: "Next row", keys: ["j", "ArrowDown"] },
  { title: "Previous row", keys: ["k", "ArrowUp"] },
  { title: "First row", keys: ["Home"] },
  { title: "Last row", keys: ["End"] },
  { title: "Open the row, write in the cell", keys: ["Enter"] },
  { title: "Choose the row", keys: ["x"] },
  { title: "Choose also the next row", keys: ["Shift+ArrowDown"] },
  { title: "Choose also the row before", keys: ["Shift+ArrowUp"] },
  { title: "Write in the row: split, tags, source or id", keys: ["F2"] },
  { title: "Next cell of the row", keys: ["ArrowRight"] },
  { title: "Previous cell, then the row", keys: ["ArrowLeft"] },
];
