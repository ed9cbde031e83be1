import { expect, test } from "vitest";
import { sortedColumn, tableColumns, type ColumnPlan } from "./table-columns.ts";

const PLANS: readonly ColumnPlan<"length" | "id">[] = [
  { key: "chars", label: "chars", width: 40, numeric: true, sort: "length" },
  { key: "tags", label: "tags", width: 90, hidden: true },
];

test("a table knows which columns sort, and nothing of what they sort by", () => {
  expect(tableColumns(PLANS)).toEqual([
    { key: "chars", label: "chars", width: 40, numeric: true, sortable: true },
    { key: "tags", label: "tags", width: 90, sortable: false },
  ]);
});

test("an order is shown at the column that stands for it", () => {
  expect(sortedColumn(PLANS, { column: "length", descending: true })).toEqual({ column: "chars", descending: true });
  expect(sortedColumn(PLANS, undefined)).toBeUndefined();
});
