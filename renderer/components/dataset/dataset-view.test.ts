import { expect, test } from "vitest";
import { parseHash, queryText } from "../../lib/routes.ts";
import { nextDatasetSort, readDatasetView, writeDatasetView, type DatasetView } from "./dataset-view.ts";

test("a view comes back from its address", () => {
  const view: DatasetView = {
    filter: {
      search: '"two words" -not',
      compositions: ["nested", "and"],
      depths: [0, 3],
      states: ["problem"],
      rules: ["length_constraints:number_words"],
      languages: ["en", ""],
      sources: ["a, b & c.jsonl", "100 %"],
      tags: ["topic=böat"],
      expert: false,
      minLength: 0,
    },
    sort: { column: "length", descending: true },
  };
  const address = `#/data/1${queryText(writeDatasetView(view))}`;
  expect(readDatasetView(parseHash(address)?.query ?? {})).toEqual(view);
});

test("what makes no sense in an address is left out", () => {
  expect(readDatasetView({ kind: "and,what", depth: "x,1", sort: "-nothing", min: "-3", expert: "maybe", tag: "%E0%A4%A" })).toEqual({
    filter: { compositions: ["and"], depths: [1], tags: ["%E0%A4%A"] },
    sort: undefined,
  });
});

test("a column sorts up, then down, then not at all", () => {
  const up = nextDatasetSort(undefined, "length");
  const down = nextDatasetSort(up, "length");
  expect([up?.descending, down?.descending, nextDatasetSort(down, "length")]).toEqual([false, true, undefined]);
});
