// A thread for tests: gives a number back, never answers 0, and needs more and more memory for -1.

import { answerQuestions } from "../answer-questions.ts";

answerQuestions<number, number>((question) => {
  const kept: number[][] = [];
  while (question === 0);
  while (question === -1) kept.push(Array.from({ length: 100_000 }, (_, index) => index));
  return question;
});
