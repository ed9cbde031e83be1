import { describe, expect, it } from "vitest";
import { likeness } from "./regeneration.ts";

describe("a text made again", () => {
  it("is identical only with the same tokens and the same text", () => {
    const stored = { tokenIds: [1, 2, 3], text: "one two" };
    expect(likeness(stored, { ...stored })).toEqual({ identical: true, sameTokens: 3, sameText: 7 });
    expect(likeness(stored, { tokenIds: [1, 2], text: "one two" }).identical).toBe(false);
    expect(likeness(stored, { tokenIds: [1, 2, 3], text: "one two." }).identical).toBe(false);
  });

  it("finds the first difference", () => {
    const { sameTokens, sameText } = likeness({ tokenIds: [1, 2, 3], text: "one two" }, { tokenIds: [1, 9, 3], text: "one ten" });
    expect([sameTokens, sameText]).toEqual([1, 5]);
  });

  it("never cuts a character in two", () => {
    expect(likeness({ tokenIds: [1], text: "a\u{1f600}" }, { tokenIds: [2], text: "a\u{1f601}" }).sameText).toBe(1);
  });
});
