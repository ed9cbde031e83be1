import { describe, expect, test } from "vitest";
import type { Comparison, ComparisonPane, PaneResponse, PaneSource } from "../../../shared/domain/comparison.ts";
import { readPanes } from "./compare-address.ts";
import { columnsOf } from "./comparison-columns.ts";

const proof = {
  proven: false,
  reason: "no hash",
  modelHash: null,
  adapterHash: null,
  chatTemplateHash: null,
  samplerHash: null,
  seed: null,
};

function pane(label: string, answered: boolean): ComparisonPane {
  const response = answered ? ({ text: label } as PaneResponse) : null;
  return { source: { type: "rollout", rolloutId: 1 }, label, response, proof };
}

function comparison(...panes: readonly ComparisonPane[]): Comparison {
  return { recordId: "r", composition: "and", datasetId: 1, messages: [], panes, grid: [], flipsUp: 0, flipsDown: 0, vote: null };
}

describe("columns of a comparison", () => {
  test("stand in the order of the address, whoever has spoken", () => {
    const panes = readPanes("w1.0.t,r1,w1.2.e");
    const sources: (PaneSource | undefined)[] = [undefined, { type: "rollout", rolloutId: 1 }, { type: "generated", jobId: 4, index: 1 }];
    const columns = columnsOf({ panes, sources, comparison: comparison(pane("stored", true), pane("said now", true)) });
    expect(columns.map(({ label, position, response }) => [label, position, response?.text])).toEqual([
      ["base, with reasoning, asked now", undefined, undefined],
      ["stored", 0, "stored"],
      ["said now", 1, "said now"],
    ]);
  });

  test("nothing said proves nothing", () => {
    const panes = readPanes("r1,r2");
    const columns = columnsOf({ panes, sources: panes as PaneSource[], comparison: comparison(pane("a", true), pane("b", false)) });
    expect(columns.map((column) => column.proof)).toEqual([proof, undefined]);
  });
});
