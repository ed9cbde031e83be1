// Agreement with the public IFEval checkers on recorded verdicts, in "compat" mode. The vectors are no part of the project; without
// them these tests are skipped, aloud. docs/verifiers.md keeps the table that is printed here.

import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findChecker, parseKwargs, ruleIds } from "./catalogue.ts";
import { sentences } from "./sentences.ts";
import { checkStrictAndLoose } from "./strict-and-loose.ts";

const VECTORS = new URL("../../../../shared/vectors/", import.meta.url);
const present = existsSync(new URL("ifeval_vectors.jsonl", VECTORS));
if (!present) console.warn("skipped: ../shared/vectors is absent, agreement with the public checkers is not tested");

/** Types whose reference uses trained models of English or languages; everything else has to agree fully. */
const BY_TRAINED_MODELS: ReadonlySet<string> = new Set([
  "change_case:capital_word_frequency",
  "change_case:english_capital",
  "change_case:english_lowercase",
  "language:response_language",
  "length_constraints:number_sentences",
  "length_constraints:number_words",
]);
/** RAIF's own addition; the public vectors do not have it. */
const WITHOUT_VECTORS = ["detectable_format:xml_format"];

interface IfevalVector {
  readonly id: string;
  readonly instruction_id: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly response: string;
  readonly expected_strict: boolean;
  readonly expected_loose: boolean;
}
interface SentenceVector {
  readonly text: string;
  readonly punkt_sentences: readonly string[];
}
interface Agreement {
  total: number;
  strict: number;
  loose: number;
  readonly wrong: string[];
}

function readLines<T>(name: string): T[] {
  const lines = readFileSync(new URL(name, VECTORS), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as T);
}

function agreementByType(vectors: readonly IfevalVector[]): Map<string, Agreement> {
  const byType = new Map<string, Agreement>();
  for (const vector of vectors) {
    const kwargs = Object.fromEntries(Object.entries(vector.kwargs).filter(([, value]) => value !== null));
    const parsed = parseKwargs({ type: "rule", id: vector.instruction_id, kwargs }, vector.id);
    const { strict, loose } = checkStrictAndLoose(findChecker(vector.instruction_id), vector.response, parsed, "compat");
    const entry = byType.get(vector.instruction_id) ?? { total: 0, strict: 0, loose: 0, wrong: [] };
    byType.set(vector.instruction_id, entry);
    entry.total += 1;
    if (strict === vector.expected_strict) entry.strict += 1;
    if (loose === vector.expected_loose) entry.loose += 1;
    if (strict !== vector.expected_strict || loose !== vector.expected_loose) entry.wrong.push(vector.id);
  }
  return byType;
}

test.skipIf(!present)(
  "strict and loose verdicts agree with the reference",
  () => {
    const byType = agreementByType(readLines<IfevalVector>("ifeval_vectors.jsonl"));
    const rows = [...byType]
      .sort()
      .map(([id, { total, strict, loose }]) => `${id.padEnd(52)} strict ${strict}/${total}  loose ${loose}/${total}`);
    console.log(rows.join("\n"));
    expect([...byType.keys(), ...WITHOUT_VECTORS].sort()).toEqual(ruleIds("ifeval"));
    for (const [id, { total, strict, loose, wrong }] of byType) {
      const least = BY_TRAINED_MODELS.has(id) ? 0.98 : 1;
      expect(Math.min(strict, loose) / total, `${id} disagrees on ${wrong.join(", ")}`).toBeGreaterThanOrEqual(least);
    }
  },
  60_000,
);

test.skipIf(!present)("sentences agree with the trained English model", () => {
  const vectors = readLines<SentenceVector>("nltk_langdetect_vectors.jsonl");
  const different = vectors.filter(({ text, punkt_sentences }) => {
    const ours = sentences(text).map(({ start, end }) => text.slice(start, end));
    return JSON.stringify(ours) !== JSON.stringify(punkt_sentences.map((sentence) => sentence.trim()));
  });
  console.log(`sentences ${vectors.length - different.length}/${vectors.length}`);
  expect(different).toEqual([]);
});
