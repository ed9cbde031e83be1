// All checks of a dataset in one pass, step by step, so that whoever runs them can show progress and stop in between.

import { FINDING_TYPES, type FindingType, type QualityCounts, type QualityFinding } from "../../../shared/domain/quality.ts";
import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import { findFailingDemonstration } from "./demonstrations.ts";
import { DEFAULT_DUPLICATE_THRESHOLD, findDuplicates } from "./duplicates.ts";
import { impossibleCheck } from "./impossible.ts";
import { findLanguageMismatch } from "./languages.ts";
import { DEFAULT_LEAKAGE_THRESHOLD, findBenchmarkLeakage, findSplitLeakage, type LeakageReference } from "./leakage.ts";
import { findingRow, type QualityRow } from "./quality-row.ts";

export interface CheckOptions {
  /** Which findings to look for; all by default. */
  readonly types?: readonly FindingType[] | undefined;
  readonly duplicateThreshold?: number | undefined;
  readonly leakageThreshold?: number | undefined;
  readonly references?: readonly LeakageReference[];
  /** Tokens of a prompt as the chosen model gets it; without it no prompt is overlong. `surelyFits` saves counting. */
  readonly prompts?: {
    readonly countTokens: (record: InstructionRecord) => number;
    readonly surelyFits?: (record: InstructionRecord) => boolean;
    readonly limitTokens: number;
  };
}

export interface CheckProgress {
  readonly activity: string;
  /** 0 to 1, over all checks. */
  readonly fraction: number;
}

/** Rough shares of the time. */
const DUPLICATES_SHARE = 0.05;
const LEAKAGE_SHARE = 0.05;

/**
 * Findings in the order of FINDING_TYPES, then of rows. Pauses often, at the latest after a row, so that whoever runs it decides how often
 * to look up. Throws what reading a label throws.
 */
export function* checkRows(rows: readonly QualityRow[], options: CheckOptions = {}): Generator<CheckProgress, QualityFinding[]> {
  const wanted = new Set<FindingType>(options.types ?? FINDING_TYPES);
  const findings: QualityFinding[] = [];
  if (wanted.has("exact-duplicate") || wanted.has("near-duplicate") || wanted.has("conflicting-labels")) {
    const steps = findDuplicates(rows, { threshold: options.duplicateThreshold ?? DEFAULT_DUPLICATE_THRESHOLD });
    findings.push(...(yield* saying({ activity: "looking for duplicates", fraction: 0 }, steps)));
  }
  const looking = { activity: "looking for leakage", fraction: DUPLICATES_SHARE };
  const leakage = { threshold: options.leakageThreshold ?? DEFAULT_LEAKAGE_THRESHOLD };
  if (wanted.has("split-leakage")) findings.push(...(yield* saying(looking, findSplitLeakage(rows, leakage))));
  if (wanted.has("benchmark-leakage")) {
    findings.push(...(yield* saying(looking, findBenchmarkLeakage(rows, options.references ?? [], leakage))));
  }
  const before = DUPLICATES_SHARE + LEAKAGE_SHARE;
  const checks = rowChecks(options, wanted);
  for (const [position, row] of rows.entries()) {
    yield { activity: `checking row ${position + 1} of ${rows.length}`, fraction: before + ((1 - before) * position) / rows.length };
    for (const check of checks) {
      const finding = check(row);
      if (finding !== undefined) findings.push(finding);
    }
  }
  const order = new Map(FINDING_TYPES.map((type, index) => [type, index]));
  return findings
    .filter(({ type }) => wanted.has(type))
    .sort((a, b) => (order.get(a.type) ?? 0) - (order.get(b.type) ?? 0) || (a.rows[0]?.index ?? 0) - (b.rows[0]?.index ?? 0));
}

/** The steps of one check, each with what it is busy with. */
function* saying<Found>(progress: CheckProgress, steps: Generator<void, Found>): Generator<CheckProgress, Found> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield progress;
  }
}

function rowChecks(options: CheckOptions, wanted: ReadonlySet<FindingType>): ((row: QualityRow) => QualityFinding | undefined)[] {
  const checks: ((row: QualityRow) => QualityFinding | undefined)[] = [];
  if (wanted.has("impossible-constraints") || wanted.has("conflicting-constraints")) checks.push(impossibleCheck());
  if (wanted.has("language-mismatch")) checks.push(findLanguageMismatch);
  if (wanted.has("failing-demonstration")) checks.push(findFailingDemonstration);
  if (wanted.has("overlong-prompt") && options.prompts !== undefined) checks.push(overlongCheck(options.prompts));
  return checks;
}

function overlongCheck({
  countTokens,
  surelyFits,
  limitTokens,
}: NonNullable<CheckOptions["prompts"]>): (row: QualityRow) => QualityFinding | undefined {
  return (row) => {
    if (surelyFits?.(row.record) === true) return undefined;
    const tokens = countTokens(row.record);
    if (tokens <= limitTokens) return undefined;
    return {
      type: "overlong-prompt",
      severity: "warning",
      rows: [findingRow(row)],
      explanation: `the prompt has ${tokens} tokens, ${tokens - limitTokens} more than fit`,
      fixes: [{ type: "remove", rowKeys: [row.key] }],
    };
  };
}

export function countFindings(records: number, findings: readonly QualityFinding[]): QualityCounts {
  const byType: Partial<Record<FindingType, number>> = {};
  for (const { type } of findings) byType[type] = (byType[type] ?? 0) + 1;
  const severe = (severity: QualityFinding["severity"]): number => findings.filter((finding) => finding.severity === severity).length;
  return { records, findings: findings.length, errors: severe("error"), warnings: severe("warning"), notes: severe("note"), byType };
}
