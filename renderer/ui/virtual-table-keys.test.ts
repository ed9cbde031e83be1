import { describe, expect, it } from "vitest";
import { tableMove, type TablePosition } from "./virtual-table-keys.ts";

const press = (key: string, held: { ctrlKey?: boolean; shiftKey?: boolean } = {}) => ({
  key,
  ctrlKey: held.ctrlKey ?? false,
  shiftKey: held.shiftKey ?? false,
  metaKey: false,
  altKey: false,
});
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
    expect(tableMove(press(key), at(from))).toEqual({ type: "row", row: to, extends: false });
  });

  it("starts at the first row", () => {
    expect(tableMove(press("j"), at(undefined))).toEqual({ type: "row", row: 0, extends: false });
    expect(tableMove(press("Enter"), at(undefined))).toEqual({ type: "open", row: 0 });
  });

  it("opens and marks the current row, and leaves other keys alone", () => {
    expect(tableMove(press("Enter"), at(3))).toEqual({ type: "open", row: 3 });
    expect(tableMove(press("x"), at(3))).toEqual({ type: "select", row: 3 });
    expect(tableMove(press("j", { ctrlKey: true }), at(3))).toBeUndefined();
    expect(tableMove(press("q"), at(3))).toBeUndefined();
    expect(tableMove(press("F2"), at(3))).toBeUndefined();
    expect(tableMove(press("ArrowRight"), at(3))).toBeUndefined();
    expect(tableMove(press("j"), { row: undefined, rowCount: 0, rowsPerPage: 20 })).toBeUndefined();
  });

  it("marks rows with Shift and all of them with Ctrl+A", () => {
    expect(tableMove(press("ArrowDown", { shiftKey: true }), at(3))).toEqual({ type: "row", row: 4, extends: true });
    expect(tableMove(press("End", { shiftKey: true }), at(3))).toEqual({ type: "row", row: 99, extends: true });
    expect(tableMove(press("G", { shiftKey: true }), at(3))).toEqual({ type: "row", row: 99, extends: false });
    expect(tableMove(press("a", { ctrlKey: true }), at(3))).toEqual({ type: "select-all" });
    expect(tableMove(press("a"), at(3))).toBeUndefined();
  });
});

describe("cells of a long table", () => {
  const cell = (column: number | undefined): TablePosition => ({
    ...at(3),
    column,
    columnCount: 4,
    writable: (one) => one === 2,
    writesFirst: 2,
  });

  it("are gone through by arrows, and left at the left end or by Escape", () => {
    const moves = [undefined, 0, 3].map((column) => tableMove(press("ArrowRight"), cell(column)));
    expect(moves).toEqual([0, 1, 3].map((column) => ({ type: "column", row: 3, column })));
    expect(tableMove(press("ArrowLeft"), cell(1))).toEqual({ type: "column", row: 3, column: 0 });
    expect(tableMove(press("ArrowLeft"), cell(0))).toEqual({ type: "column", row: 3, column: undefined });
    expect(tableMove(press("ArrowLeft"), cell(undefined))).toBeUndefined();
    expect(tableMove(press("Escape"), cell(2))).toEqual({ type: "column", row: 3, column: undefined });
    expect(tableMove(press("Escape"), cell(undefined))).toBeUndefined();
  });

  it("are written in with Enter and F2 where they can be; elsewhere Enter opens the row", () => {
    expect(tableMove(press("Enter"), cell(2))).toEqual({ type: "write", row: 3, column: 2 });
    expect(tableMove(press("F2"), cell(2))).toEqual({ type: "write", row: 3, column: 2 });
    expect(tableMove(press("Enter"), cell(1))).toEqual({ type: "open", row: 3 });
    expect(tableMove(press("F2"), cell(1))).toBeUndefined();
    // Without a cell F2 goes where was written last, Enter opens.
    expect(tableMove(press("F2"), cell(undefined))).toEqual({ type: "write", row: 3, column: 2 });
    expect(tableMove(press("Enter"), cell(undefined))).toEqual({ type: "open", row: 3 });
  });
});
