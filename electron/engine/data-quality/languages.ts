// Texts of one record in different writing: an instruction in one and its demonstration or its words to use in another. Compares
// scripts, which is certain also for a few words; telling languages of one script apart is the business of the rule that checks it.

import type { QualityFinding } from "../../../shared/domain/quality.ts";
import { activeRules } from "./active-rules.ts";
import { stringList } from "./count-intervals.ts";
import { findingRow, type QualityRow } from "./quality-row.ts";

const SCRIPTS = [
  "Latin",
  "Han",
  "Kana",
  "Hangul",
  "Cyrillic",
  "Arabic",
  "Devanagari",
  "Hebrew",
  "Greek",
  "Thai",
  "Bengali",
  "Tamil",
] as const;
export type Script = (typeof SCRIPTS)[number];

const PATTERNS: readonly (readonly [Script, RegExp])[] = SCRIPTS.map((script) => [
  script,
  script === "Kana" ? /[\p{Script=Hiragana}\p{Script=Katakana}]/gu : new RegExp(`\\p{Script=${script}}`, "gu"),
]);
/** A Latin letter is a fraction of a word; a Chinese character often is one. */
const LATIN_LETTERS_A_WORD = 4;
/** Less text says nothing about the writing. */
const LEAST_LETTERS = 2;
/** Rules that themselves ask for another language. */
const LANGUAGE_RULES = new Set(["language:response_language"]);

/** The script that most words are written in; null for texts without letters. Chinese with some Kana is Japanese: "Kana". */
export function mainScript(text: string): Script | null {
  const weights = PATTERNS.map(([script, pattern]) => {
    const letters = text.match(pattern)?.length ?? 0;
    return {
      script,
      letters,
      weight: script === "Latin" || script === "Cyrillic" || script === "Greek" ? letters / LATIN_LETTERS_A_WORD : letters,
    };
  });
  const best = weights.reduce((a, b) => (b.weight > a.weight ? b : a));
  if (best.letters < LEAST_LETTERS) return null;
  const kana = weights.find(({ script }) => script === "Kana")?.weight ?? 0;
  return best.script === "Han" && kana * 5 > best.weight ? "Kana" : best.script;
}

/** "language-mismatch", at most one a row. */
export function findLanguageMismatch(row: QualityRow): QualityFinding | undefined {
  const asked = mainScript(row.text);
  if (asked === null) return undefined;
  const rules = activeRules(row.record);
  if (rules.some(({ id }) => LANGUAGE_RULES.has(id))) return undefined;
  const { expert } = row.record;
  const shown = expert === undefined ? null : mainScript(expert.answer);
  if (shown !== null && shown !== asked) {
    return {
      type: "language-mismatch",
      severity: "warning",
      rows: [findingRow(row)],
      explanation: `the instruction is written in ${asked}, the demonstration's answer in ${shown}`,
      fixes: [{ type: "drop-demonstration", rowKeys: [row.key] }],
    };
  }
  const words = rules.flatMap(({ kwargs }) =>
    Object.values(kwargs).flatMap((value) => (typeof value === "string" ? [value] : stringList(value))),
  );
  const foreign = words.find((word) => ![null, asked].includes(mainScript(word)) && !row.text.includes(word.trim()));
  if (foreign === undefined) return undefined;
  return {
    type: "language-mismatch",
    severity: "note",
    rows: [findingRow(row)],
    explanation: `the instruction is written in ${asked}, but a rule asks for "${foreign.slice(0, 60)}"`,
    fixes: [],
  };
}
