// CELLO's criteria (arXiv 2309.09150): how much of one an answer meets, from 0 to 1, as the benchmark's scripts count in "compat" and as a
// person would in "corrected". What a criterion's limit may be is decided here; the rule is ../checkers/cello-criterion.ts.
// Of the criterion "input" the scripts also take the similarity to the given text away (character BLEU); that is a score, no check.

import type { CheckMode } from "../../../../shared/domain/instruction.ts";
import { xmlProblem } from "../checkers/format-xml.ts";
import { readPythonLiteral } from "../python-literal.ts";
import { readableSentences, withoutFence } from "../readable-text.ts";
import { wordTokens } from "../text.ts";

export type Format = "json" | "dict" | "list" | "tuple" | "xml";

/** How often something occurs. */
export type SampleCriterion =
  | { readonly criterion: "sample-min" | "sample-exact"; readonly limit: readonly (readonly [string, number])[] }
  | { readonly criterion: "sample-table" | "sample-number"; readonly limit: number };

/** One requirement of a record, its limit read. */
export type Criterion =
  | { readonly criterion: "resolve"; readonly limit: Format }
  | { readonly criterion: "keywords"; readonly limit: readonly string[] }
  | { readonly criterion: "word-max" | "word-min"; readonly limit: number }
  | { readonly criterion: "sentence-min" | "sentence-max" | "sentence-exact"; readonly limit: number }
  | SampleCriterion
  /** Samples of a record are ways to do the same, a table or a numbered list: the best of them counts. */
  | { readonly criterion: "any-sample"; readonly limit: readonly SampleCriterion[] }
  | { readonly criterion: "revise"; readonly limit: "longer" | "shorter"; readonly before: string };

export interface Measured {
  /** 0 to 1; the criterion is met where it is 1. */
  readonly score: number;
  /** What was found, in a few words. */
  readonly got: string;
}

/** `language`: "ch" counts Chinese characters and sentences, "eg" English ones. */
export function measureCriterion(text: string, criterion: Criterion, language: "ch" | "eg", mode: CheckMode): Measured {
  switch (criterion.criterion) {
    case "resolve":
      return isWritten(text, criterion.limit, mode) ? { score: 1, got: criterion.limit } : { score: 0, got: `no ${criterion.limit}` };
    case "keywords": {
      const missing = criterion.limit.filter((word) => !text.includes(word));
      const share = (criterion.limit.length - missing.length) / criterion.limit.length;
      return { score: share, got: missing.length === 0 ? "all of them" : `without ${missing.map((word) => `"${word}"`).join(", ")}` };
    }
    case "word-max":
    case "word-min":
      return counted(countWords(text, language), criterion.criterion === "word-max" ? "most" : "least", criterion.limit, "words");
    case "sentence-min":
    case "sentence-max":
    case "sentence-exact":
      return measureSentences(countSentences(text, language, mode), criterion.criterion, criterion.limit);
    case "any-sample": {
      const measured = criterion.limit.map((each) => measureCriterion(text, each, language, mode));
      return { score: Math.max(...measured.map(({ score }) => score)), got: measured.map(({ got }) => got).join("; ") };
    }
    case "sample-min":
    case "sample-exact": {
      const isExact = criterion.criterion === "sample-exact";
      const counts = criterion.limit.map(([sample, times]) => [sample, times, text.split(sample).length - 1] as const);
      const good = counts.filter(([, times, count]) => (isExact ? count === times : count >= times));
      return { score: good.length / counts.length, got: counts.map(([sample, , count]) => `"${sample}" ${count} times`).join(", ") };
    }
    case "sample-table": {
      const [first, last] = [text.indexOf("|"), text.lastIndexOf("|")];
      const rows = first < 0 ? 0 : text.slice(first, last).split("\n").length - 2;
      return { score: rows === criterion.limit ? 1 : 0, got: first < 0 ? "no table" : `a table of ${rows} rows` };
    }
    case "sample-number": {
      const numbers = [...new Set(text.match(/\p{Nd}+/gu) ?? [])].map(Number);
      const isMet = numbers.includes(criterion.limit) && numbers.every((number) => number <= criterion.limit);
      return { score: isMet ? 1 : 0, got: numbers.length === 0 ? "no number" : `numbers up to ${Math.max(...numbers)}` };
    }
    case "revise": {
      // The benchmark's scripts compare the answer with itself.
      if (mode === "compat") return { score: 1, got: "not looked at" };
      const isMet = criterion.limit === "longer" ? text.length > criterion.before.length : text.length < criterion.before.length;
      return { score: isMet ? 1 : 0, got: `${text.length} characters, ${criterion.before.length} before` };
    }
  }
}

function counted(count: number, bound: "most" | "least", limit: number, unit: string): Measured {
  const got = `${count} ${unit}`;
  if (bound === "most") return { score: count <= limit ? 1 : Math.max(1 - (count - limit) / count, 0), got };
  return { score: limit === 0 ? 1 : Math.min(count / limit, 1), got };
}

function measureSentences(count: number, criterion: "sentence-min" | "sentence-max" | "sentence-exact", limit: number): Measured {
  if (criterion === "sentence-exact") return { score: count === limit ? 1 : 0, got: `${count} sentences` };
  return counted(count, criterion === "sentence-max" ? "most" : "least", limit, "sentences");
}

function countWords(text: string, language: "ch" | "eg"): number {
  return language === "ch" ? (text.match(/[\u4e00-\u9fa5]/g)?.length ?? 0) : wordTokens(text).length;
}

function countSentences(text: string, language: "ch" | "eg", mode: CheckMode): number {
  if (mode === "compat" && language === "ch") return text.match(/[^。！？；\n]+[。！？；\n]/g)?.length ?? 0;
  return readableSentences(text).length;
}

function isWritten(text: string, format: Format, mode: CheckMode): boolean {
  const body = mode === "compat" ? text : withoutFence(text);
  if (format === "xml") return xmlProblem(body) === undefined;
  const kind = format === "json" ? "dict" : format;
  if (readPythonLiteral(body)?.type === kind) return true;
  return mode === "corrected" && kind !== "tuple" && jsonKind(body) === kind;
}

function jsonKind(text: string): "dict" | "list" | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? "list" : value !== null && typeof value === "object" ? "dict" : undefined;
  } catch {
    return undefined;
  }
}
