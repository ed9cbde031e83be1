// Agreement with the public IFEval checkers on recorded verdicts. The vectors are no part of the project; without them these tests
// are skipped, aloud.

import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findChecker, parseKwargs, ruleIds } from "./catalogue.ts";
import { sentences } from "./sentences.ts";
import { isBlank, isUpperCase } from "./text.ts";
import { treebankTokens } from "./treebank-tokens.ts";

const VECTORS = new URL("../../../../shared/vectors/", import.meta.url);
const present = existsSync(new URL("ifeval_vectors.jsonl", VECTORS));
if (!present) console.warn("skipped: ../shared/vectors is absent, agreement with the public checkers is not tested");

/** Types whose reference uses trained English models; everything else has to agree fully. */
const APPROXIMATE: Readonly<Record<string, number>> = {
  "length_constraints:number_sentences": 0.98,
  "change_case:capital_word_frequency": 0.98,
};

interface IfevalVector {
  readonly id: string;
  readonly instruction_id: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly response: string;
  readonly expected_strict: boolean;
}
interface TokenVector {
  readonly text: string;
  readonly punkt_sentences: readonly string[];
  readonly word_tokens: readonly string[];
}

function readLines<T>(name: string): T[] {
  const lines = readFileSync(new URL(name, VECTORS), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as T);
}

test.skipIf(!present)("strict verdicts agree with the reference", () => {
  const known = new Set(ruleIds("ifeval"));
  const agreement = new Map<string, { right: number; total: number; wrong: string[] }>();
  for (const vector of readLines<IfevalVector>("ifeval_vectors.jsonl")) {
    if (!known.has(vector.instruction_id)) continue;
    const kwargs = Object.fromEntries(Object.entries(vector.kwargs).filter(([, value]) => value !== null));
    const parsed = parseKwargs({ type: "rule", id: vector.instruction_id, kwargs }, vector.id);
    const passed = !isBlank(vector.response) && findChecker(vector.instruction_id).check(vector.response, parsed, "compat").passed;
    const entry = agreement.get(vector.instruction_id) ?? { right: 0, total: 0, wrong: [] };
    entry.total += 1;
    if (passed === vector.expected_strict) entry.right += 1;
    else entry.wrong.push(vector.id);
    agreement.set(vector.instruction_id, entry);
  }
  console.log([...agreement].map(([id, { right, total }]) => `${id} ${right}/${total}`).join("\n"));
  expect(agreement.size).toBe(known.size);
  for (const [id, { right, total, wrong }] of agreement) {
    expect(right / total, `${id} disagrees on ${wrong.join(", ")}`).toBeGreaterThanOrEqual(APPROXIMATE[id] ?? 1);
  }
});

test.skipIf(!present)("sentences and capital words agree with the trained English models", () => {
  const vectors = readLines<TokenVector>("nltk_langdetect_vectors.jsonl");
  const sameSentences = vectors.filter(({ text, punkt_sentences }) => {
    const ours = sentences(text).map(({ start, end }) => text.slice(start, end));
    return JSON.stringify(ours) === JSON.stringify(punkt_sentences.map((sentence) => sentence.trim()));
  });
  const sameCapitals = vectors.filter(
    ({ text, word_tokens }) =>
      treebankTokens(text).filter((token) => isUpperCase(token.text)).length === word_tokens.filter(isUpperCase).length,
  );
  console.log(`sentences ${sameSentences.length}/${vectors.length}, capital words ${sameCapitals.length}/${vectors.length}`);
  expect(sameSentences.length / vectors.length).toBe(1);
  expect(sameCapitals.length / vectors.length).toBeGreaterThanOrEqual(0.98);
});
