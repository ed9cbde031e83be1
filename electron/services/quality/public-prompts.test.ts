// The check of impossible instructions on the 541 prompts of IFEval, where they are at hand: what it finds is really impossible (each
// of the five was read by a person), and of all others an answer is found.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { qualityRow } from "../../engine/data-quality/quality-row.ts";
import { checkQualityRows } from "./check-data.ts";
import { readRows } from "./read-rows.ts";

const FILE = fileURLToPath(new URL("../../../../shared/data/IFEval/input_data.jsonl", import.meta.url));
const present = existsSync(FILE);
if (!present) console.warn("skipped: ../shared/data is absent, impossible instructions of IFEval are not looked for");

test.skipIf(!present)("what is found impossible in IFEval is impossible", async () => {
  const { rows, unreadable } = await readRows(FILE);
  expect([rows.length, unreadable]).toEqual([541, []]);
  const findings = await checkQualityRows(
    rows.map(({ checked }, index) => qualityRow(checked, index)),
    { types: ["impossible-constraints", "conflicting-constraints"] },
    {},
  );
  // A text to repeat holds the comma, the forbidden word, or the keyword more often than it may come.
  expect(findings.flatMap(({ rows: found }) => found.map(({ recordId }) => recordId))).toEqual(["1627", "3369", "3371", "3718", "374"]);
});
