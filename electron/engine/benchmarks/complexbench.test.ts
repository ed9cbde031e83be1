// Agreement with the benchmark's own aggregation on recorded scores, and what "unknown" counts as. The vectors are no part of the project;
// without them the comparison is skipped, aloud.

import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { applyDependencies, scoreComplexBench, type QuestionVerdict, type ScoredEntry } from "./complexbench.ts";

const VECTORS = new URL("../../../../shared/vectors/", import.meta.url);
const present = existsSync(new URL("complexbench_aggregation_vectors.json", VECTORS));
if (!present) console.warn("skipped: ../shared/vectors is absent, agreement with ComplexBench's scores is not tested");

interface DependencyVector {
  readonly id: string;
  readonly dep: readonly (readonly number[])[];
  readonly point_judges: readonly boolean[];
  readonly expected_rely: readonly boolean[];
}
interface AggregationEntry {
  readonly group: string;
  readonly category: string;
  readonly task_types: string;
  readonly composition_types: readonly string[];
  readonly scoring_questions: readonly {
    readonly constraint_dimensions: readonly string[];
    readonly composition_types: readonly string[];
    readonly dep: readonly number[];
  }[];
  readonly point_judges: readonly boolean[];
}
type Expected = Readonly<Record<string, number | Readonly<Record<string, number>>>>;

test.skipIf(!present)("dependencies agree with the benchmark", () => {
  const lines = readFileSync(new URL("complexbench_dependency_vectors.jsonl", VECTORS), "utf8").trim().split("\n");
  const vectors = lines.map((line) => JSON.parse(line) as DependencyVector);
  const wrong = vectors.filter((v) => JSON.stringify(applyDependencies(v.point_judges, v.dep)) !== JSON.stringify(v.expected_rely));
  console.log(`complexbench dependencies ${vectors.length - wrong.length}/${vectors.length}`);
  expect(wrong.map(({ id }) => id)).toEqual([]);
});

test.skipIf(!present)("scores agree with the benchmark", () => {
  const file = readFileSync(new URL("complexbench_aggregation_vectors.json", VECTORS), "utf8");
  const sets = JSON.parse(file) as { readonly entries: readonly AggregationEntry[]; readonly expected: Expected }[];
  expect(sets.length).toBeGreaterThan(0);
  for (const { entries, expected } of sets) {
    const scores = scoreComplexBench(entries.map(asScoredEntry));
    // The benchmark spells one group and one score wrongly.
    const { Utility, ...groups } = scores.byConstraintGroup;
    expect({
      overall_drfr: scores.overall,
      categorized_drfr: scores.byCategory,
      categorized_avg_drfr: scores.byCategoryPrefix,
      task_types_drfr: scores.byTaskType,
      nested_methods_drfr: scores.byComposition,
      constraint_types_and_composition_types_acc: { ...groups, Utillity: Utility },
      each_constraint_dimensions_and_composition_types_acc: scores.byConstraint,
      single_origin_test: scores.oneSelection?.single,
      single_coherent_test: scores.oneSelection?.group,
      single_relative_drop: scores.oneSelection?.relativeDrop,
      multiple_origin_test: scores.manySelections?.single,
      multiple_coherent_test: scores.manySelections?.group,
      miltiple_relative_drop: scores.manySelections?.relativeDrop,
    }).toEqual(expected);
  }
});

test("an unknown verdict is not followed over questions and followed by constraint", () => {
  const scores = scoreComplexBench([entry(["unknown", true]), entry([false, true])]);
  expect(scores.overall).toBe(0.5);
  expect(scores.byConstraint).toEqual({ Length: 0.5, Topic: 1, Selection: 0.5 });
  expect(scores.byConstraintGroup).toEqual({ Structure: 0.5, Semantic: 1, Selection: 0.5 });
  expect(scores.oneSelection).toEqual({ single: 0.5, group: 0, relativeDrop: 1 });
  expect(scores.manySelections).toBeUndefined();
});

function entry(verdicts: readonly QuestionVerdict[]): ScoredEntry {
  return {
    group: "g",
    category: "And_1",
    taskType: "Writing",
    compositionTypes: ["And"],
    questions: [
      { constraintDimensions: ["Length"], compositionTypes: ["Selection"], dependsOn: [] },
      { constraintDimensions: ["Topic"], compositionTypes: [], dependsOn: [] },
    ],
    verdicts,
  };
}

function asScoredEntry(given: AggregationEntry): ScoredEntry {
  return {
    group: given.group,
    category: given.category,
    taskType: given.task_types,
    compositionTypes: given.composition_types,
    questions: given.scoring_questions.map((question) => ({
      constraintDimensions: question.constraint_dimensions,
      compositionTypes: question.composition_types,
      dependsOn: question.dep,
    })),
    verdicts: given.point_judges,
  };
}
