// The thread of algebra.ts. Compares something before the first question, so that none has to wait for what the library makes ready at first
// use.

import { answerQuestions } from "../threads/answer-questions.ts";
import type { AlgebraQuestion } from "./algebra.ts";
import { sameExpression } from "./expressions.ts";

sameExpression({ a: "\\frac{(x-1)(x+1)}{2}=\\sqrt{4}", b: "x^2-1=\\sin(y)^2+2!", mode: "exact" });
answerQuestions<AlgebraQuestion, boolean>(sameExpression);
