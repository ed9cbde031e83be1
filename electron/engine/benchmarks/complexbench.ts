// ComplexBench's scores (arXiv 2407.03978) from the verdicts on single questions: dependencies, the share of requirements followed by
// category and constraint, and the coherence of groups. Owns no verdict; rules are judged in ../constraints/complexbench/.
// A verdict "unknown" (a rule the benchmark does not know) counts as not followed in shares over questions, but as followed by constraint
// and for coherence: the benchmark's own inconsistency, kept so that scores compare.

export type QuestionVerdict = boolean | "unknown";

export interface ScoredQuestion {
  readonly constraintDimensions: readonly string[];
  readonly compositionTypes: readonly string[];
  /** Indices of the questions that have to be true for this one to count. */
  readonly dependsOn: readonly number[];
}

export interface ScoredEntry {
  readonly group: string;
  /** e.g. "Selection_2". */
  readonly category: string;
  readonly taskType: string;
  readonly compositionTypes: readonly string[];
  readonly questions: readonly ScoredQuestion[];
  /** One a question, before dependencies. */
  readonly verdicts: readonly QuestionVerdict[];
}

/** Shares between 0 and 1. */
export type Shares = Readonly<Record<string, number>>;

export interface Coherence {
  /** Entries whose every question is followed. */
  readonly single: number;
  /** Groups whose every entry is. */
  readonly group: number;
  /** How much of `single` is lost in `group`; undefined where it is 0. */
  readonly relativeDrop: number | undefined;
}

export interface ComplexBenchScores {
  /** Requirements followed, over all questions. */
  readonly overall: number;
  readonly byCategory: Shares;
  /** Category without its number. */
  readonly byCategoryPrefix: Shares;
  readonly byTaskType: Shares;
  /** Composition types of the entry, sorted and joined: "And_Chain". */
  readonly byComposition: Shares;
  /** Lexical, Structure, Semantic, Utility, Others, and the composition types of questions. */
  readonly byConstraintGroup: Shares;
  readonly byConstraint: Shares;
  /** Over groups whose first entry has exactly one question on a Selection; undefined where there is none. */
  readonly oneSelection: Coherence | undefined;
  /** Two and more. */
  readonly manySelections: Coherence | undefined;
}

const CONSTRAINT_GROUPS: Readonly<Record<string, readonly string[]>> = {
  Lexical: ["Word Matching", "Keywords"],
  Structure: ["JSON Format", "Markdown Format", "Bullets Format", "Length", "Start with", "End with", "Punctuation", "Template"],
  Semantic: ["Language Style", "Personalization", "Topic", "Sentiment"],
  Utility: ["Helpfulness", "Target Language", "Supportiveness", "Consistency", "Factuality"],
};

/**
 * Verdicts after dependencies: false where a direct dependency is false by itself. Dependencies of dependencies do not reach further.
 * `dependsOn` holds indices of verdicts, one list a verdict.
 */
export function applyDependencies(verdicts: readonly QuestionVerdict[], dependsOn: readonly (readonly number[])[]): QuestionVerdict[] {
  return verdicts.map((verdict, index) => ((dependsOn[index] ?? []).some((other) => verdicts[other] === false) ? false : verdict));
}

/** Over at least one question. */
export function scoreComplexBench(entries: readonly ScoredEntry[]): ComplexBenchScores {
  const tally = {
    overall: new Tally(),
    category: new Tally(),
    prefix: new Tally(),
    task: new Tally(),
    composition: new Tally(),
    group: new Tally(),
    constraint: new Tally(),
  };
  const settled = entries.map((entry) => ({
    entry,
    verdicts: applyDependencies(
      entry.verdicts,
      entry.questions.map(({ dependsOn }) => dependsOn),
    ),
  }));
  for (const { entry, verdicts } of settled) {
    for (const [index, { constraintDimensions, compositionTypes }] of entry.questions.entries()) {
      const verdict = verdicts[index] ?? false;
      const followed = verdict === true;
      tally.overall.add("all", followed);
      tally.category.add(entry.category, followed);
      tally.prefix.add(entry.category.split("_")[0] ?? "", followed);
      tally.task.add(entry.taskType, followed);
      tally.composition.add([...entry.compositionTypes].sort().join("_"), followed);
      for (const name of constraintDimensions) tally.group.add(constraintGroup(name), verdict !== false);
      for (const name of compositionTypes) tally.group.add(name, verdict !== false);
      for (const name of [...constraintDimensions, ...compositionTypes]) tally.constraint.add(name, verdict !== false);
    }
  }
  const groups = Map.groupBy(settled, ({ entry }) => entry.group);
  const byDepth = (fits: (depth: number) => boolean): Coherence | undefined =>
    coherence([...groups.values()].filter(([first]) => first !== undefined && fits(selectionDepth(first.entry))));
  return {
    overall: tally.overall.shares()["all"] ?? 0,
    byCategory: tally.category.shares(),
    byCategoryPrefix: tally.prefix.shares(),
    byTaskType: tally.task.shares(),
    byComposition: tally.composition.shares(),
    byConstraintGroup: tally.group.shares(),
    byConstraint: tally.constraint.shares(),
    oneSelection: byDepth((depth) => depth === 1),
    manySelections: byDepth((depth) => depth >= 2),
  };
}

function constraintGroup(name: string): string {
  return Object.entries(CONSTRAINT_GROUPS).find(([, names]) => names.includes(name))?.[0] ?? "Others";
}

function selectionDepth({ questions }: ScoredEntry): number {
  return questions.filter(({ compositionTypes }) => compositionTypes.includes("Selection")).length;
}

function coherence(groups: readonly (readonly { readonly verdicts: readonly QuestionVerdict[] }[])[]): Coherence | undefined {
  if (groups.length === 0) return undefined;
  const followed = ({ verdicts }: { readonly verdicts: readonly QuestionVerdict[] }): boolean => !verdicts.includes(false);
  const members = groups.flat();
  const single = members.filter(followed).length / members.length;
  const group = groups.filter((entries) => entries.every(followed)).length / groups.length;
  return { single, group, relativeDrop: single === 0 ? undefined : (single - group) / single };
}

/** Followed of asked, by name. */
class Tally {
  readonly #counts = new Map<string, { asked: number; followed: number }>();

  add(name: string, followed: boolean): void {
    const count = this.#counts.get(name) ?? { asked: 0, followed: 0 };
    count.asked += 1;
    if (followed) count.followed += 1;
    this.#counts.set(name, count);
  }

  shares(): Shares {
    return Object.fromEntries([...this.#counts].map(([name, { asked, followed }]) => [name, followed / asked]));
  }
}
