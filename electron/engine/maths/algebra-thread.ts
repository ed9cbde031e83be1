// The thread of algebra.ts.

import { answerQuestions } from "../threads/answer-questions.ts";
import type { AlgebraQuestion } from "./algebra.ts";
import { sameExpression } from "./expressions.ts";

answerQuestions<AlgebraQuestion, boolean>(sameExpression);
