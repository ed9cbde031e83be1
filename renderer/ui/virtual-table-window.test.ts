import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_SPACER_PX, rowWindow, rowsPerPage, scrollTopFor, spacerHeight } from "./virtual-table-window.ts";

const extent = { rowCount: 100_000, rowHeightPx: 28, viewportPx: 560 };

describe("rows on the screen", () => {
  it("draws what is visible and the overscan, each row at its own place", () => {
    expect(rowWindow(extent, 0, 4)).toEqual({ start: 0, end: 25, offsetPx: 0 });
    expect(rowWindow(extent, 2800, 4)).toEqual({ start: 96, end: 125, offsetPx: 2688 });
    expect(rowWindow(extent, 2814, 4).offsetPx).toBe(2688);
  });

  it("draws nothing of an empty table and everything of a short one", () => {
    expect(rowWindow({ ...extent, rowCount: 0 }, 0)).toEqual({ start: 0, end: 0, offsetPx: 0 });
    expect(rowWindow({ ...extent, rowCount: 3 }, 0)).toEqual({ start: 0, end: 3, offsetPx: 0 });
    expect(spacerHeight({ ...extent, rowCount: 3 })).toBe(84);
  });

  it("reaches the last row of a table that is longer than a browser can lay out", () => {
    const long = { ...extent, rowCount: 5_000_000 };
    expect(spacerHeight(long)).toBe(MAX_SPACER_PX);
    const bottom = rowWindow(long, MAX_SPACER_PX - long.viewportPx);
    expect(bottom.end).toBe(5_000_000);
    expect(bottom.offsetPx + (bottom.end - bottom.start) * 28).toBeCloseTo(MAX_SPACER_PX, 0);
  });

  it("moves as little as possible to bring a row into view", () => {
    expect(scrollTopFor(extent, 10, 0)).toBe(0);
    expect(scrollTopFor(extent, 20, 0)).toBe(28);
    expect(scrollTopFor(extent, 5, 2800)).toBe(140);
    expect(rowsPerPage(extent)).toBe(19);
    expect(rowsPerPage({ ...extent, viewportPx: 10 })).toBe(1);
  });

  it("shows a row wholly after scrolling to it, whatever the length of the table", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000_000 }), fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (rowCount, at, share) => {
        const long = { ...extent, rowCount };
        const row = at % rowCount;
        const from = share * Math.max(0, spacerHeight(long) - long.viewportPx);
        const scrollTop = scrollTopFor(long, row, from);
        const shown = rowWindow(long, scrollTop, 0);
        expect(row).toBeGreaterThanOrEqual(shown.start);
        expect(row).toBeLessThan(shown.end);
        const y = shown.offsetPx + (row - shown.start) * long.rowHeightPx - scrollTop;
        expect(y).toBeGreaterThanOrEqual(-0.01);
        expect(y + long.rowHeightPx).toBeLessThanOrEqual(long.viewportPx + 0.01);
      }),
    );
  });
});
