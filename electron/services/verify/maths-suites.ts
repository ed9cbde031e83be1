// Records of the maths suites: finding an answer, normalising one, comparing two. The verdict is the text or the truth value.

import { z } from "zod";
import type { CheckMode } from "../../../shared/domain/instruction.ts";
import { answersEqual } from "../../engine/maths/answers-equal.ts";
import { extractAnswer } from "../../engine/maths/extract-answer.ts";
import { normaliseAnswer } from "../../engine/maths/normalise-answer.ts";
import { equalMathAnswers } from "../../engine/rewards/math.ts";
import { parseSuiteRecord } from "./suite-record.ts";
import type { SuiteResult } from "./suites.ts";

const extractSchema = z.looseObject({ text: z.string(), data_name: z.string().optional() });
const normaliseSchema = z.looseObject({ answer: z.string() });
const equalSchema = z.looseObject({ prediction: z.string(), reference: z.string() });

/** {text, data_name?} -> the normalised answer. Throws "invalid-record". */
export function verifyExtractRecord(record: unknown): SuiteResult {
  const { text, data_name: dataset } = parseSuiteRecord(extractSchema, record);
  return { verdict: extractAnswer(text, dataset === undefined ? {} : { dataset }) };
}

/** {answer} -> the normalised answer. Throws "invalid-record". */
export function verifyNormaliseRecord(record: unknown): SuiteResult {
  return { verdict: normaliseAnswer(parseSuiteRecord(normaliseSchema, record).answer) };
}

/** {prediction, reference} -> equal or not; corrected as training rewards judge it. Throws "invalid-record". */
export function verifyEqualRecord(record: unknown, mode: CheckMode): SuiteResult {
  const { prediction, reference } = parseSuiteRecord(equalSchema, record);
  return { verdict: mode === "compat" ? answersEqual(prediction, reference) : equalMathAnswers(prediction, reference) };
}
