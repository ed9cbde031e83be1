import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PaneChoice, PaneSource } from "../../../shared/domain/comparison.ts";
import { atLeastTwo, defaultPanes, promptSources, readPane, readPanes, writePanes, type PaneAddress } from "./compare-address.ts";

const id = fc.integer({ min: 1, max: 999_999_999 });
const step = fc.integer({ min: 0, max: 999_999_999 });
const pane: fc.Arbitrary<PaneAddress> = fc.oneof(
  fc.record({ type: fc.constant("run" as const), runId: id, step, mode: fc.constantFrom("think", "empty") }),
  fc.record({ type: fc.constant("rollout" as const), rolloutId: id }),
  fc.record({ type: fc.constant("evaluation" as const), evaluationId: id }),
  fc.record({ type: fc.constant("generated" as const), jobId: id, index: fc.integer({ min: 0, max: 15 }) }),
  fc.record({ type: fc.constant("weights" as const), runId: id, step, mode: fc.constantFrom("think", "empty", "plain") }),
);

function choice(source: PaneSource): PaneChoice {
  return { source, label: "", prompts: 1 };
}

describe("panes in an address", () => {
  test("are read as they were written", () => {
    fc.assert(
      fc.property(fc.array(pane, { maxLength: 4 }), (panes) => {
        expect(readPanes(writePanes(panes))).toEqual(panes);
      }),
    );
  });

  test("what makes no sense is left out, and a fifth pane too", () => {
    expect(readPanes("x,1.2.p,r,e0,1.2,j3.16,r5,w1.0.p,,1.2.t,1.3.e,e9")).toEqual([
      { type: "rollout", rolloutId: 5 },
      { type: "weights", runId: 1, step: 0, mode: "plain" },
      { type: "run", runId: 1, step: 2, mode: "think" },
      { type: "run", runId: 1, step: 3, mode: "empty" },
    ]);
    expect(readPane("r1.2.t")).toBeUndefined();
    expect(readPanes(undefined)).toEqual([]);
  });

  test("a single source is compared with itself", () => {
    const [one] = readPanes("r5") as PaneSource[];
    expect(atLeastTwo([one!])).toEqual([one, one]);
    expect(atLeastTwo([])).toEqual([]);
  });

  test("without a choice evaluations come first, else first against last step", () => {
    const steps = readPanes("1.3.e,1.3.t,1.1.t,1.1.e") as PaneSource[];
    const other = readPanes("2.9.t") as PaneSource[];
    expect(writePanes(defaultPanes([...steps, ...other].map(choice), 1))).toBe("1.1.t,1.1.e,1.3.t,1.3.e");
    expect(writePanes(defaultPanes((readPanes("1.1.t,1.2.t,1.3.t") as PaneSource[]).map(choice), 1))).toBe("1.1.t,1.3.t");
    expect(writePanes(defaultPanes([...steps, ...(readPanes("e4,e2") as PaneSource[])].map(choice), 1))).toBe("e2,e4");
    expect(writePanes(defaultPanes((readPanes("1.2.t,1.2.t,1.2.e") as PaneSource[]).map(choice), 1))).toBe("1.2.t,1.2.e");
    const onOtherData = { ...choice({ type: "evaluation", evaluationId: 9 }), prompts: 250 };
    expect(writePanes(defaultPanes([onOtherData, ...(readPanes("e4,e2") as PaneSource[]).map(choice)], 1))).toBe("e2,e4");
    expect(writePanes(defaultPanes([onOtherData, ...steps.map(choice)], 1))).toBe("1.1.t,1.1.e,1.3.t,1.3.e");
    expect(defaultPanes([], 1)).toEqual([]);
  });

  test("a prompt is looked for in every data set that can be told apart", () => {
    const sources = readPanes("e4,e2,2.5.t,1.3.t") as PaneSource[];
    const onOtherData = { ...choice({ type: "evaluation", evaluationId: 9 }), prompts: 250 };
    expect(writePanes(promptSources([...sources.map(choice), onOtherData], 1))).toBe("1.3.t,e4,e9");
    expect(writePanes(promptSources(sources.map(choice), undefined))).toBe("2.5.t,e4");
    expect(promptSources([], 1)).toEqual([]);
  });
});
