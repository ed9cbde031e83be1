// What can be said about an answer where no judge is at hand: its questions are taken to hold, so that nothing fails for their sake,
// and are left out of the count.

import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import { activeVerdicts } from "../constraints/composition.ts";
import { openQuestions, type JudgedQuestions } from "./leaf-checks.ts";
import { scoreAnswer, type AnswerScore } from "./reward.ts";

/** Counts and verdicts of everything but the questions; `checks` is 0 for a record that does nothing but ask. */
export function scoreWithoutJudge(answer: string, record: InstructionRecord): Pick<AnswerScore, "passed" | "checks" | "verdicts"> {
  const held: JudgedQuestions = new Map(openQuestions(record, answer).map(({ path, wanted }) => [path, { yes: wanted }]));
  const verdicts = scoreAnswer(answer, record, {}, held).verdicts.filter(({ ruleId }) => ruleId !== "question");
  const active = activeVerdicts(verdicts);
  return { passed: active.filter(({ passed }) => passed).length, checks: active.length, verdicts };
}
