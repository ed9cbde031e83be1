import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { segmentText } from "./span-segments.ts";

describe("marked text", () => {
  it("keeps a text without marks whole and an empty one empty", () => {
    expect(segmentText("bananas", [])).toEqual([{ start: 0, text: "bananas", marks: [] }]);
    expect(segmentText("", [{ start: 0, end: 3, mark: "a" }])).toEqual([]);
  });

  it("cuts where marks overlap", () => {
    const ranges = [
      { start: 0, end: 5, mark: "a" },
      { start: 3, end: 8, mark: "b" },
    ];
    expect(segmentText("0123456789", ranges)).toEqual([
      { start: 0, text: "012", marks: ["a"] },
      { start: 3, text: "34", marks: ["a", "b"] },
      { start: 5, text: "567", marks: ["b"] },
      { start: 8, text: "89", marks: [] },
    ]);
  });

  it("names a mark once where two of its ranges touch the same piece", () => {
    const ranges = [
      { start: 0, end: 3, mark: "a" },
      { start: 1, end: 2, mark: "a" },
      { start: 2, end: 2, mark: "b" },
    ];
    expect(segmentText("xyz", ranges).map(({ text, marks }) => [text, marks])).toEqual([
      ["x", ["a"]],
      ["y", ["a"]],
      ["z", ["a"]],
    ]);
  });

  it("gives the text back and marks exactly what was marked", () => {
    const range = fc.record({ start: fc.integer({ min: -5, max: 40 }), end: fc.integer({ min: -5, max: 40 }), mark: fc.nat(3) });
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.array(range, { maxLength: 6 }), (text, ranges) => {
        const pieces = segmentText(text, ranges);
        expect(pieces.map((piece) => piece.text).join("")).toBe(text);
        for (const piece of pieces) {
          expect(piece.text).not.toBe("");
          for (let at = piece.start; at < piece.start + piece.text.length; at++) {
            const expected = ranges.filter(({ start, end }) => start <= at && at < end).map(({ mark }) => mark);
            expect(new Set(piece.marks)).toEqual(new Set(expected));
          }
        }
      }),
    );
  });
});
