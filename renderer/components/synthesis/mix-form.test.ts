import { expect, test } from "vitest";
import { mixPartSchema } from "../../../shared/domain/synthesis.ts";
import { mixOf, shareOf, USUAL_MIX } from "./mix-form.ts";

test("shares become a mix; nothing and 0 leave a shape out; what is no share is refused", () => {
  const mix = mixOf({ ...USUAL_MIX, single: "", maths: "0.5" });
  expect(mix?.map(({ shape }) => shape)).toEqual(["and", "chain", "selection", "nested2", "nested3", "maths"]);
  expect(mix?.every((part) => mixPartSchema.safeParse(part).success)).toBe(true);
  expect(mixOf({ ...USUAL_MIX, and: "-1" })).toBeUndefined();
  expect(mixOf({ ...USUAL_MIX, and: "many" })).toBeUndefined();
  expect(mixOf({ single: "", and: "0", chain: "", selection: "", nested2: "", nested3: "", maths: "" })).toBeUndefined();
});

test("a shape's part of what is asked for", () => {
  expect(shareOf(USUAL_MIX, "and", 120)).toBe(50);
  expect(shareOf(USUAL_MIX, "maths", 120)).toBe(0);
});
