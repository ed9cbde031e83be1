import { describe, expect, it } from "vitest";
import { tableMove, type TablePosition } from "./virtual-table-keys.ts";

const press = (key: string, held: { ctrlKey?: boolean } = {}) => ({ key, ctrlKey: held.ctrlKey ?? false, metaKey: false, altKey: false });
const at = (row: number | undefined): TablePosition => ({ row, rowCount: 100, rowsPerPage: 20 });

describe("keys of a long table", () => {
  it.each([
    ["j", 5, 6],
    ["ArrowDown", 99, 99],
    ["k", 0, 0],
    ["ArrowUp", 5, 4],
    ["PageDown", 90, 99],
    ["PageUp", 30, 10],
    ["Home", 30, 0],
    ["G", 30, 99],
    ["End", 30, 99],
  ])("%s from row %i goes to row %i", (key, from, to) => {
    expect(tableMove(press(key), at(from))).toEqual({ type: "row", row: to });
  });

  it("starts at the first row", () => {
    expect(tableMove(press("j"), at(undefined))).toEqual({ type: "row", row: 0 });
    expect(tableMove(press("Enter"), at(undefined))).toEqual({ type: "open", row: 0 });
  });

  it("opens and marks the current row, and leaves other keys alone", () => {
    expect(tableMove(press("Enter"), at(3))).toEqual({ type: "open", row: 3 });
    expect(tableMove(press("x"), at(3))).toEqual({ type: "select", row: 3 });
    expect(tableMove(press("j", { ctrlKey: true }), at(3))).toBeUndefined();
    expect(tableMove(press("q"), at(3))).toBeUndefined();
    expect(tableMove(press("j"), { row: undefined, rowCount: 0, rowsPerPage: 20 })).toBeUndefined();
  });
});
