// Rules that users write in JavaScript: function check(text, context) -> true | false | {passed, expected?, got?, spans?}. They run in a sandbox,
// a JavaScript engine of its own in a thread of its own (custom-rule-thread.ts), and cannot reach this process, its files or the network.
// The same code gives the same verdict on the same text, wherever and after whatever it runs.

import { z } from "zod";
import {
  MAX_RULE_SOURCE,
  type CustomRuleOutcome,
  type CustomRuleProblem,
  type CustomRuleSample,
  type CustomRuleTest,
} from "../../../shared/domain/custom-rule.ts";
import type { CheckResult } from "../../../shared/domain/verdict.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { SyncThread } from "../threads/sync-thread.ts";

export interface SandboxQuestion {
  readonly source: string;
  /** Absent: only look whether the code defines a rule. */
  readonly call?: { readonly text: string; readonly input?: string };
}

export type SandboxAnswer =
  | { readonly type: "defined" }
  | { readonly type: "verdict"; readonly json: string }
  | { readonly type: "failure"; readonly failure: CustomRuleProblem }
  /** The sandbox has to be started anew. */
  | { readonly type: "broken" };

export interface CustomRuleContext {
  /** The record's input text. */
  readonly input?: string | undefined;
}

/** A check that never throws: code that does, or takes too long, has not passed, and `got` says why. */
export type CustomRule = (text: string, context?: CustomRuleContext) => CheckResult;

/** Counted steps end a rule long before; this ends what they do not see, such as building one enormous text. */
const LIMIT_MS = 2_000;
const MAX_HEAP_MB = 256;
const EXPECTED = "what the custom rule asks for";

const sandbox = new SyncThread<SandboxQuestion, SandboxAnswer>({
  program: new URL("custom-rule-thread", import.meta.url),
  maxHeapMb: MAX_HEAP_MB,
});

const placeSchema = z.object({ start: z.int().min(0), end: z.int().min(0) });
const verdictSchema = z.union([
  z.object({ failure: z.object({ message: z.string(), line: z.int().positive().optional() }) }),
  z.object({
    passed: z.boolean(),
    expected: z.string().optional(),
    got: z.string().optional(),
    spans: z.array(placeSchema).optional(),
  }),
]);

/**
 * The rule that the code defines. Throws WorkbenchError("invalid-rule-arguments") naming the line if it defines none; `where` names the
 * place of the rule in its file.
 */
export function compileCustomRule(source: string, where = "the custom rule"): CustomRule {
  const problem = problemOf(source);
  if (problem !== undefined) {
    throw new WorkbenchError("invalid-rule-arguments", "the code of a custom rule cannot be used", {
      where: problem.line === undefined ? where : `${where}, line ${problem.line} of the code`,
      expected: "a function check(text, context) that returns true or false, or {passed, expected, got, spans}",
      got: problem.message,
    });
  }
  return (text, context = {}) => runRule(source, text, context);
}

/** What the code says about each sample, for whoever writes it. Blocks for some milliseconds a sample. Never throws. */
export function testCustomRule(source: string, samples: readonly CustomRuleSample[]): CustomRuleTest {
  const problem = problemOf(source);
  if (problem !== undefined) return { problem, outcomes: [] };
  const outcomes: CustomRuleOutcome[] = [];
  for (const { text, input, passes } of samples) {
    const { stopped, ...outcome } = runRule(source, text, { input });
    outcomes.push(passes === undefined ? outcome : { ...outcome, asExpected: outcome.failure === undefined && outcome.passed === passes });
    if (stopped === true) break;
  }
  return { outcomes };
}

function problemOf(source: string): CustomRuleProblem | undefined {
  if (source.length > MAX_RULE_SOURCE) return { message: `is longer than ${MAX_RULE_SOURCE} characters` };
  const answer = ask({ source });
  return answer.type === "failure" ? answer.failure : undefined;
}

type RuleOutcome = CheckResult & { readonly failure?: CustomRuleProblem; readonly stopped?: true };

function runRule(source: string, text: string, { input }: CustomRuleContext): RuleOutcome {
  const answer = ask({ source, call: { text, ...(input === undefined ? {} : { input }) } });
  if (answer.type === "stopped") return { ...failed(answer.failure), stopped: true };
  if (answer.type !== "verdict") return failed(answer.type === "failure" ? answer.failure : { message: "has no verdict" });
  const parsed = verdictSchema.safeParse(JSON.parse(answer.json));
  if (!parsed.success) return failed({ message: "returned spans that are no list of {start, end}" });
  if ("failure" in parsed.data) return failed(parsed.data.failure as CustomRuleProblem);
  const { passed, expected = EXPECTED, got = passed ? "it holds" : "it does not hold", spans = [] } = parsed.data;
  if (spans.some(({ start, end }) => start > end || end > text.length)) return failed({ message: "returned spans outside the text" });
  return { passed, expected, got, spans };
}

function failed(failure: CustomRuleProblem): RuleOutcome {
  const place = failure.line === undefined ? "" : ` in line ${failure.line}`;
  return { passed: false, expected: EXPECTED, got: `no verdict, the rule's code failed${place}: ${failure.message}`, spans: [], failure };
}

function ask(question: SandboxQuestion): Exclude<SandboxAnswer, { type: "broken" }> | { type: "stopped"; failure: CustomRuleProblem } {
  const answer = sandbox.ask(question, LIMIT_MS);
  if (answer.type === "answer" && answer.value.type !== "broken") return answer.value;
  sandbox.end();
  return { type: "stopped", failure: { message: "was stopped, it needs too much time or memory" } };
}
