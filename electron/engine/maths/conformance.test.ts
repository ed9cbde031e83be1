// Agreement with the public maths toolkit on recorded answers and verdicts. The vectors are no part of the project; without them these
// tests are skipped, aloud.

import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { answersEqual } from "./answers-equal.ts";
import { extractAnswer } from "./extract-answer.ts";
import { normaliseAnswer } from "./normalise-answer.ts";

const VECTORS = new URL("../../../../shared/vectors/", import.meta.url);
const present = existsSync(new URL("math_equal_vectors.jsonl", VECTORS));
if (!present) console.warn("skipped: ../shared/vectors is absent, agreement with the public maths toolkit is not tested");

interface ExtractVector {
  readonly id: string;
  readonly text: string;
  readonly data_name: string;
  readonly expected: string;
}
interface StripVector {
  readonly id: string;
  readonly answer: string;
  readonly expected: string;
}
interface EqualVector {
  readonly id: string;
  readonly prediction: string;
  readonly reference: string;
  readonly expected: boolean;
  readonly needs_cas: boolean;
}

function readLines<T>(name: string): T[] {
  const lines = readFileSync(new URL(name, VECTORS), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as T);
}

/** Ids on which the two disagree; says the share aloud. */
function disagreements<T extends { readonly id: string }>(name: string, vectors: readonly T[], agrees: (vector: T) => boolean): string[] {
  const wrong = vectors.filter((vector) => !agrees(vector)).map(({ id }) => id);
  console.log(`${name} ${vectors.length - wrong.length}/${vectors.length}`);
  return wrong;
}

test.skipIf(!present)("extracts the same answers", () => {
  const vectors = readLines<ExtractVector>("math_extract_vectors.jsonl");
  expect(disagreements("math-extract", vectors, (v) => extractAnswer(v.text, { dataset: v.data_name }) === v.expected)).toEqual([]);
});

test.skipIf(!present)("normalises to the same text", () => {
  const vectors = readLines<StripVector>("math_strip_vectors.jsonl");
  expect(disagreements("math-strip", vectors, (v) => normaliseAnswer(v.answer) === v.expected)).toEqual([]);
});

test.skipIf(!present)("finds the same answers equal", () => {
  const vectors = readLines<EqualVector>("math_equal_vectors.jsonl");
  const agrees = (v: EqualVector): boolean => answersEqual(v.prediction, v.reference) === v.expected;
  const plain = vectors.filter((vector) => !vector.needs_cas);
  const algebra = vectors.filter((vector) => vector.needs_cas);
  expect(disagreements("math-equal without algebra", plain, agrees)).toEqual([]);
  expect(disagreements("math-equal with algebra", algebra, agrees).length / algebra.length).toBeLessThanOrEqual(0.1);
});
