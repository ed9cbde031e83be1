import { expect, test } from "vitest";
import { FINDING_TYPES } from "../../../shared/domain/quality.ts";
import { FINDING_WORDS, fixWords } from "./finding-words.ts";

test("every type of finding has words, and a fix says what it does to how many rows", () => {
  expect(Object.keys(FINDING_WORDS).sort()).toEqual([...FINDING_TYPES].sort());
  expect(fixWords({ type: "remove", rowKeys: ["1", "2"] })).toBe("Remove 2 rows");
  expect(fixWords({ type: "move-split", rowKeys: ["1"], split: "train" })).toBe("Move 1 row to train");
  expect(fixWords({ type: "drop-demonstration", rowKeys: ["1"] })).toBe("Drop the demonstration");
});
