import fc from "fast-check";
import { expect, test } from "vitest";
import type { CompositionNode } from "../../shared/domain/instruction.ts";
import { evaluateTree } from "../engine/constraints/composition.ts";
import { compositionKind } from "../engine/constraints/tree-shape.ts";
import { allRows } from "../storage/connection.ts";
import { openWorkspace } from "../storage/open-workspace.ts";
import { createRun } from "../storage/runs.ts";
import { recordStep } from "../storage/steps.ts";
import { SAMPLE_RUN, sampleStep } from "../storage/testing/sample-run.ts";
import { compositionOf, indexMissingSteps, indexStep, isIndexed } from "./trace-index.ts";

const rule = fc.constant<CompositionNode>({ type: "rule", id: "punctuation:no_comma", kwargs: {} });
const { tree } = fc.letrec<{ tree: CompositionNode }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    rule,
    fc.record({ type: fc.constant("and" as const), children: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ type: fc.constant("chain" as const), steps: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }) }),
    fc.record({
      type: fc.constant("selection" as const),
      branches: fc.array(
        fc.record({ when: fc.constant({ type: "rule" as const, id: "punctuation:no_comma", kwargs: {} }), then: tie("tree") }),
        { minLength: 1, maxLength: 2 },
      ),
      otherwise: fc.option(tie("tree"), { nil: undefined }),
    }),
  ),
}));

test("the kind told from the paths of the checks is the kind of the tree", () => {
  fc.assert(
    fc.property(tree, (node) => {
      const paths = evaluateTree(node, "an answer", "an input").map(({ path }) => path);
      expect(compositionOf(paths)).toBe(compositionKind(node));
    }),
  );
  expect(compositionOf(["math"])).toBe("maths");
  expect(compositionOf([])).toBe("unknown");
});

test("rows are made step by step, once, and go with their run", () => {
  const db = openWorkspace(":memory:");
  const { id } = createRun(db, SAMPLE_RUN);
  for (const step of [1, 2, 3]) recordStep(db, sampleStep(id, step));
  expect(isIndexed(db, id)).toBe(false);
  expect(indexMissingSteps(db, id, 2)).toBe(true);
  expect(indexMissingSteps(db, id, 2)).toBe(false);
  expect(isIndexed(db, id)).toBe(true);
  const places = "step, group_index, sample_index";
  const rows = allRows(db, `SELECT rollout_id, ${places} FROM trace_rows ORDER BY ${places}`);
  expect(rows).toEqual(
    allRows(db, `SELECT r.id AS rollout_id, ${places} FROM rollouts r JOIN groups g ON g.id = r.group_id ORDER BY ${places}`),
  );
  indexStep(db, id, 2);
  expect(allRows(db, `SELECT rollout_id, ${places} FROM trace_rows ORDER BY ${places}`)).toEqual(rows);
  db.prepare("DELETE FROM runs").run();
  expect(allRows(db, "SELECT * FROM trace_rows")).toEqual([]);
  db.close();
});
