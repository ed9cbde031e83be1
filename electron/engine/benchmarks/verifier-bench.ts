// How many verdicts a second the rule verifiers give on one core, on made-up English responses of 300 words. Measured in the thread's own
// CPU time, so that others on the machine do not count. Rules that detect languages are reported apart, and so are IFBench's, some of which tag parts of speech.

import type { RuleFamily } from "../../../shared/domain/record-check.ts";
import { allCheckers, familyOf } from "../constraints/catalogue.ts";
import type { Checker } from "../constraints/registry.ts";
import { Random } from "../tensor/random.ts";

export interface VerifierBenchResult {
  /** IFEval's rules without those below; strict verdicts, one after the other. */
  readonly verdictsPerSecond: number;
  /** The rules of IFEval that detect languages. */
  readonly languageVerdictsPerSecond: number;
  readonly ifbenchVerdictsPerSecond: number;
  readonly wordsPerResponse: number;
}

export interface VerifierBenchOptions {
  readonly responses?: number;
  /** Least CPU time of one round, in milliseconds: the system's clock of a thread is coarse. */
  readonly roundMs?: number;
}

const WORDS_PER_RESPONSE = 300;
const RULES_WITH_LANGUAGE: ReadonlySet<string> = new Set([
  "change_case:english_capital",
  "change_case:english_lowercase",
  "language:response_language",
]);

/** Medians of `rounds` after one to warm up; a round gives every rule of the group every response, over and over. */
export function benchmarkVerifiers(rounds: number, { responses = 20, roundMs = 400 }: VerifierBenchOptions = {}): VerifierBenchResult {
  const texts = Array.from({ length: responses }, (_, index) => madeUpResponse(new Random(index + 1)));
  const inFamily = (family: RuleFamily): Checker[] => allCheckers().filter(({ id }) => familyOf(id) === family);
  const perSecond = (checkers: readonly Checker[]): number => median(rounds, () => verdictsPerSecond(checkers, texts, roundMs));
  return {
    verdictsPerSecond: perSecond(inFamily("ifeval").filter(({ id }) => !RULES_WITH_LANGUAGE.has(id))),
    languageVerdictsPerSecond: perSecond(inFamily("ifeval").filter(({ id }) => RULES_WITH_LANGUAGE.has(id))),
    ifbenchVerdictsPerSecond: perSecond(inFamily("ifbench")),
    wordsPerResponse: WORDS_PER_RESPONSE,
  };
}

function verdictsPerSecond(checkers: readonly Checker[], texts: readonly string[], roundMs: number): number {
  const plans = checkers.map((checker) => ({
    checker,
    kwargs: checker.randomKwargs(new Random(1)),
    texts: texts.map(inItsCase(checker.id)),
  }));
  const start = process.threadCpuUsage();
  let verdicts = 0;
  let usedMs = 0;
  while (usedMs < roundMs) {
    for (const plan of plans) for (const text of plan.texts) plan.checker.check(text, plan.kwargs, "compat");
    verdicts += plans.length * texts.length;
    const { user, system } = process.threadCpuUsage(start);
    usedMs = (user + system) / 1000;
  }
  return (verdicts / usedMs) * 1000;
}

/** Rules of a case fail at once on a text of the other; they get texts that they have to read. */
function inItsCase(id: string): (text: string) => string {
  if (id === "change_case:english_capital") return (text) => text.toUpperCase();
  return id === "change_case:english_lowercase" ? (text) => text.toLowerCase() : (text) => text;
}

function median(rounds: number, measure: () => number): number {
  measure();
  const values = Array.from({ length: rounds }, measure).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? 0;
}

const WORDS =
  "the a of to in and that it with for on was as at by this from or which one had not but what all were when there can an your has more if will about up out them then she many some so these would other into its only time could new do than first water been call who oil now find long down day did get come made may part river letter market silver garden window people during Monday London Dr. Mr. 12 3.5".split(
    " ",
  );

/** Paragraphs, a list, emphasis and punctuation, as models write. */
function madeUpResponse(random: Random): string {
  let text = "<<A short report>>\n\n";
  for (let word = 0; word < WORDS_PER_RESPONSE; word += 1) {
    const place = random.integer(12);
    const written = random.pick(WORDS);
    text += place === 0 ? `*${written}* ` : place === 1 ? `${written}, ` : place === 2 ? `${written}. The ` : `${written} `;
    if (word % 60 === 59) text += `\n\n* ${random.pick(WORDS)} [name]\n- ${random.pick(WORDS)}\n\n`;
  }
  return `${text}end.\n\nP.S. Thank you!`;
}
