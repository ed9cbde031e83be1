import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tagChoices, tagsChange, tagsText } from "./tag-text.ts";

describe("tags that are typed", () => {
  test("are added and taken by name", () => {
    expect(tagsChange(["level=3", "seen"], "seen, level=4 ,new")).toEqual({ add: ["level=4", "new"], remove: ["level=3"] });
    expect(tagsChange(["seen"], "")).toEqual({ add: [], remove: ["seen"] });
    expect(tagsChange([], " , a,, a")).toEqual({ add: ["a"], remove: [] });
  });

  test("that hold commas or quotes stand in quotes", () => {
    const present = ["span.a=one, two", 'say "x"', "x"];
    expect(tagsText(present)).toBe('"span.a=one, two", "say \\"x\\"", x');
    expect(tagsChange(present, `x, "span.a=one, two", half "quoted, y`)).toEqual({ add: ['half "quoted', "y"], remove: ['say "x"'] });
    expect(tagsChange([], '"not closed, z')).toEqual({ add: ['"not closed', "z"], remove: [] });
  });

  test("are never changed by storing what stood there", () => {
    const tag = fc.string({ unit: fc.constantFrom("a", "b", "=", ",", " ", '"', "\\", "\n"), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.uniqueArray(tag, { maxLength: 4 }), (present) => {
        expect(tagsChange(present, tagsText(present))).toEqual({ add: [], remove: [] });
      }),
    );
  });

  test("are offered behind those that stand there", () => {
    expect(tagChoices(["seen", "level=3"], "se")).toEqual(["seen", "level=3"]);
    expect(tagChoices(["seen", "level=3"], "seen, l")).toEqual(["seen, level=3"]);
    expect(tagChoices(["seen"], '"a, b", s')).toEqual(['"a, b", seen']);
  });
});
