// Scores many responses at once: first every question that counts is put to the judge, all of them together, then each response is
// scored by itself.

import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import type { Reward } from "../../../shared/domain/verdict.ts";
import { openQuestions, type AskJudge, type JudgedQuestions, type JudgeVerdict } from "./leaf-checks.ts";
import { openAnswer, scoreAnswer, scoreResponse, type AnswerScore, type ResponseToScore, type RewardOptions } from "./reward.ts";

/**
 * In the order of the responses. Where the gate is closed the judge is not asked: the reward is at its minimum whatever it says.
 * Throws what the judge throws, and "invalid-config" where there is a question and no judge.
 */
export async function scoreResponses(
  responses: readonly ResponseToScore[],
  options: RewardOptions = {},
  askJudge?: AskJudge,
): Promise<Reward[]> {
  const judged = await judgeAll(
    responses.map((response) => {
      const { answer, open } = openAnswer(response);
      return open ? { record: response.record, answer } : undefined;
    }),
    askJudge,
  );
  return responses.map((response, index) => scoreResponse(response, options, judged[index]));
}

export interface AnswerToScore {
  readonly answer: string;
  readonly record: InstructionRecord;
}

/** Plain answers without tags, each as scoreAnswer has it. Throws like scoreResponses. */
export async function scoreAnswers(
  answers: readonly AnswerToScore[],
  options: RewardOptions = {},
  askJudge?: AskJudge,
): Promise<AnswerScore[]> {
  const judged = await judgeAll(answers, askJudge);
  return answers.map(({ answer, record }, index) => scoreAnswer(answer, record, options, judged[index]));
}

async function judgeAll(answers: readonly (AnswerToScore | undefined)[], askJudge: AskJudge | undefined): Promise<JudgedQuestions[]> {
  const asked = answers.map((scene) => (scene === undefined ? [] : openQuestions(scene.record, scene.answer)));
  const questions = asked.flat().map(({ question }) => question);
  const verdicts = questions.length === 0 || askJudge === undefined ? [] : await askJudge(questions);
  let next = 0;
  return asked.map((own) => {
    const judged = new Map<string, JudgeVerdict>();
    for (const { path } of own) {
      const verdict = verdicts[next++];
      if (verdict !== undefined) judged.set(path, verdict);
    }
    return judged;
  });
}
