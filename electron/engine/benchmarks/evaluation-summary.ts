// The numbers of an evaluation: accuracy per instruction (every active check of a record holds; IFEval's prompt level) and per
// check (IFEval's instruction level), whole and by kind of composition, each with its interval; and what two evaluations of the
// same records differ by.

import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { activeVerdicts } from "../constraints/composition.ts";
import { compositionKind } from "../constraints/tree-shape.ts";
import { mixSeed } from "../tensor/random.ts";
import { accuracyInterval, pairedDifference, type BootstrapOptions, type Interval, type Outcome } from "./confidence.ts";
import type { EvaluatedItem } from "./evaluation.ts";

/** Kinds in the order in which tables show them. */
export const COMPOSITIONS = ["single", "and", "chain", "selection", "nested", "maths"] as const;
export type Composition = (typeof COMPOSITIONS)[number];

export interface Accuracies {
  readonly records: number;
  readonly checks: number;
  readonly perInstruction: Interval;
  readonly perCheck: Interval;
}

export interface EvaluationSummary extends Accuracies {
  /** Kinds that occur only. */
  readonly byComposition: Readonly<Partial<Record<Composition, Accuracies>>>;
  /** Active checks by rule id; "math" is the boxed answer. */
  readonly byRule: Readonly<Record<string, { readonly checks: number; readonly passed: number; readonly accuracy: number }>>;
  /** Share of responses with every tag once and in order; 1 for a method without tags. */
  readonly formatRate: number;
  /** Share of responses cut off by the length limit. */
  readonly truncatedShare: number;
  /** Sampled tokens, reasoning included. */
  readonly meanTokens: number;
  /** UTF-16 units. */
  readonly meanThinkLength: number;
  readonly meanAnswerLength: number;
}

export interface Differences {
  readonly records: number;
  readonly perInstruction: Interval;
  readonly perCheck: Interval;
  /** Records only one of the two got right. */
  readonly gained: number;
  readonly lost: number;
}

export function compositionOf(record: InstructionRecord): Composition {
  return record.label.type === "math" ? "maths" : compositionKind(record.label.tree);
}

export function summarise(items: readonly EvaluatedItem[], options: BootstrapOptions): EvaluationSummary {
  const byComposition: Partial<Record<Composition, Accuracies>> = {};
  for (const composition of COMPOSITIONS) {
    const part = items.filter((item) => item.composition === composition);
    if (part.length > 0) byComposition[composition] = accuracies(part, { ...options, seed: mixSeed(options.seed, composition) });
  }
  return {
    ...accuracies(items, options),
    byComposition,
    byRule: ruleAccuracies(items),
    formatRate: mean(items.map((item) => (item.judgement.formatOk ? 1 : 0))),
    truncatedShare: mean(items.map((item) => (item.finish === "length" ? 1 : 0))),
    meanTokens: mean(items.map((item) => item.tokenIds.length)),
    meanThinkLength: mean(items.map((item) => item.judgement.think?.length ?? 0)),
    meanAnswerLength: mean(items.map((item) => item.judgement.answer.length)),
  };
}

/** `after` minus `before`, record by record. Throws "invalid-argument" unless both judged the same records in the same order. */
export function compare(before: readonly EvaluatedItem[], after: readonly EvaluatedItem[], options: BootstrapOptions): Differences {
  const mismatch = before.findIndex((item, index) => item.recordId !== after[index]?.recordId);
  if (before.length !== after.length || mismatch >= 0) {
    throw new WorkbenchError("invalid-argument", "the two evaluations are not of the same records", {
      expected: `${before.length} records${mismatch < 0 ? "" : `, ${before[mismatch]?.recordId ?? ""} at ${mismatch}`}`,
      got: `${after.length} records${mismatch < 0 ? "" : `, ${after[mismatch]?.recordId ?? ""}`}`,
    });
  }
  return {
    records: before.length,
    perInstruction: pairedDifference(before.map(instructionOutcome), after.map(instructionOutcome), options),
    perCheck: pairedDifference(before.map(checkOutcome), after.map(checkOutcome), options),
    gained: after.filter((item, index) => item.judgement.correct && !before[index]?.judgement.correct).length,
    lost: before.filter((item, index) => item.judgement.correct && !after[index]?.judgement.correct).length,
  };
}

function accuracies(items: readonly EvaluatedItem[], options: BootstrapOptions): Accuracies {
  return {
    records: items.length,
    checks: items.reduce((sum, item) => sum + item.judgement.checks, 0),
    perInstruction: accuracyInterval(items.map(instructionOutcome), options),
    perCheck: accuracyInterval(items.map(checkOutcome), options),
  };
}

function instructionOutcome({ judgement }: EvaluatedItem): Outcome {
  return { passed: judgement.correct ? 1 : 0, total: 1 };
}

function checkOutcome({ judgement }: EvaluatedItem): Outcome {
  return { passed: judgement.passed, total: judgement.checks };
}

function ruleAccuracies(items: readonly EvaluatedItem[]): EvaluationSummary["byRule"] {
  const counts = new Map<string, { checks: number; passed: number }>();
  for (const verdict of items.flatMap((item) => activeVerdicts(item.judgement.verdicts))) {
    const count = counts.get(verdict.ruleId) ?? { checks: 0, passed: 0 };
    count.checks += 1;
    count.passed += verdict.passed ? 1 : 0;
    counts.set(verdict.ruleId, count);
  }
  const ids = [...counts.keys()].sort();
  return Object.fromEntries(
    ids.map((id) => {
      const { checks, passed } = counts.get(id) as { checks: number; passed: number };
      return [id, { checks, passed, accuracy: passed / checks }];
    }),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
