import { describe, expect, it } from "vitest";
import type { NodeState, TreeNode } from "../../../shared/domain/trace-detail.ts";
import { leavesOf, leavesOfVerdicts, nextFailed } from "./composition.ts";

function leaf(path: string, state: NodeState): Extract<TreeNode, { type: "rule" }> {
  return { type: "rule", path, ruleId: "punctuation:no_comma", kwargs: {}, text: path, state, got: null };
}

const tree: TreeNode = {
  type: "and",
  path: "and",
  state: "fail",
  children: [
    leaf("a", "pass"),
    {
      type: "selection",
      path: "s",
      state: "fail",
      branches: [
        {
          when: { type: "rule", id: "punctuation:no_comma", kwargs: {} },
          text: "no comma",
          holds: true,
          got: null,
          taken: true,
          then: { type: "chain", path: "c", state: "fail", steps: [leaf("b", "fail"), leaf("c", "blocked")] },
        },
      ],
      otherwise: { taken: false, then: leaf("d", "inactive") },
    },
  ],
};

describe("constraints of a composition", () => {
  it("come in reading order, branches not taken too", () => {
    expect(leavesOf(tree).map(({ path }) => path)).toEqual(["a", "b", "c", "d"]);
  });

  it("lead from one failure to the next and around", () => {
    const leaves = leavesOf(tree);
    expect(nextFailed(leaves, undefined)?.path).toBe("b");
    expect(nextFailed(leaves, "b")?.path).toBe("c");
    expect(nextFailed(leaves, "c")?.path).toBe("b");
    expect(nextFailed([leaf("a", "pass"), leaf("d", "inactive")], undefined)).toBeUndefined();
  });

  it("are read off the verdicts where there is no tree", () => {
    const verdict = {
      path: "math",
      ruleId: "math",
      kwargs: {},
      passed: false,
      expected: "\\boxed{4}",
      got: "5",
      spans: [],
      state: "fail" as const,
    };
    expect(leavesOfVerdicts([verdict])).toEqual([
      { type: "rule", path: "math", ruleId: "math", kwargs: {}, text: "\\boxed{4}", state: "fail", got: "5" },
    ]);
  });
});
