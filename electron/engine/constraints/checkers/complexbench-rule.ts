// complexbench:rule: a rule in ComplexBench's own notation, e.g. "model_length:[300,10000]". The benchmark lets a model point out the parts of
// a response that a rule is about; as a check of training data the parts are the whole answer, or its lines or paragraphs. Its verdicts on
// extracted parts are those of ../complexbench/. How a rule is read does not depend on the mode: what the benchmark cannot read is no data.

import { z } from "zod";
import { result } from "../check-result.ts";
import { judgeRule, placesOf } from "../complexbench/judge-rule.ts";
import { parseRule, type Condition, type ParsedRule } from "../complexbench/parse-rule.ts";
import { randomCount, randomWord, randomWords } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { findMatches } from "../python-pattern.ts";
import { splitSpans, strip, strippedRange, type Token } from "../text.ts";

const PARTS = {
  /** The whole answer is the one part. */
  whole: undefined,
  lines: /\n+/g,
  paragraphs: /\n[^\S\n]*\n\s*/g,
} as const;

interface Kwargs {
  readonly rule: string;
  readonly parts: keyof typeof PARTS;
}

const ruleSchema = z.string().superRefine((rule, context) => {
  const parsed = parseRule(rule, "corrected");
  if (parsed === undefined) context.addIssue({ code: "custom", message: "must be a rule of ComplexBench, e.g. model_length:[300,10000]" });
  if (parsed === "malformed") context.addIssue({ code: "custom", message: "has arguments that cannot be read" });
});

export const complexbenchRule: Checker<Kwargs> = {
  id: "complexbench:rule",
  kwargs: z.strictObject({ rule: ruleSchema, parts: z.enum(["whole", "lines", "paragraphs"]).default("whole") }),
  conflicts: [],
  describe: ({ rule, parts }) => describeRule(readRule(rule), parts),
  randomKwargs(random) {
    const least = randomCount(random, 1, 20);
    const word = randomWord(random);
    const list = randomWords(random, 1, 3).join(",");
    return random.pick<Kwargs>([
      { rule: `model_length:[${least},${least * 20}]`, parts: "whole" },
      { rule: `model_length_word_each:[1,${least}]`, parts: "lines" },
      { rule: `model_keyword:[${list}]`, parts: "whole" },
      { rule: `model_keyword_num:[1,2,${list}]`, parts: "whole" },
      { rule: `model_forbidden_word:[${list}]`, parts: "whole" },
      { rule: `model_number_each:[1,${least}]`, parts: "paragraphs" },
      { rule: `model_startswith:${word}`, parts: "whole" },
      { rule: `model_endswith_each:${word}`, parts: "lines" },
      { rule: "model_constraint_punc:[，,。]", parts: "whole" },
      { rule: `Json:["${word}"]`, parts: "whole" },
    ]);
  },
  check(text, { rule, parts }, mode) {
    const parsed = readRule(rule);
    const tokens = splitParts(text, parts);
    const { passed, got, failing } = judgeRule(
      parsed,
      tokens.map((token) => token.text),
      mode,
    );
    const offset = (token: Token | undefined): { start: number; end: number }[] =>
      token === undefined ? [] : [{ start: token.start, end: token.end }];
    const found = tokens.flatMap((token) =>
      parsed.conditions
        .flatMap((condition) => placesOf(condition, token.text))
        .map(({ start, end }) => ({ start: token.start + start, end: token.start + end })),
    );
    const spans = found.length > 0 ? found : failing.flatMap((index) => offset(tokens[index]));
    return result(passed, describeRule(parsed, parts), got, spans);
  },
};

/** Of a rule that the schema let through. */
function readRule(rule: string): ParsedRule {
  const parsed = parseRule(rule, "corrected");
  if (parsed === undefined || parsed === "malformed") throw new Error(`not a rule of ComplexBench: ${rule}`);
  return parsed;
}

function splitParts(text: string, parts: Kwargs["parts"]): Token[] {
  const pattern = PARTS[parts];
  if (pattern === undefined) return [{ start: 0, end: text.length, text }];
  return splitSpans(text, findMatches(text, pattern)).flatMap((piece) => {
    const inner = strippedRange(piece.text);
    const kept = strip(piece.text);
    return kept === "" ? [] : [{ start: piece.start + inner.start, end: piece.start + inner.end, text: kept }];
  });
}

function describeRule({ conditions, whole, over }: ParsedRule, parts: Kwargs["parts"]): string {
  const part = parts === "paragraphs" ? "paragraph" : "line";
  const subject = over === "first" ? (parts === "whole" ? "" : `the first ${part}: `) : parts === "whole" ? "" : `each ${part}: `;
  if (whole?.type === "part-count") return `${whole.min} to ${whole.max} ${parts === "whole" ? "parts" : `${part}s`}`;
  if (whole?.type === "starts-in-order")
    return `${parts === "whole" ? "part" : part} by ${parts === "whole" ? "part" : part}: starts with ${quoted(whole.texts)}`;
  return `${subject}${conditions.map(describeCondition).join(" and ")}`;
}

function describeCondition(condition: Condition): string {
  switch (condition.type) {
    case "contains":
      return `contains ${quoted(condition.words)}`;
    case "lacks":
      return `does not contain ${quoted(condition.words)}`;
    case "contains-some":
      return `contains ${condition.min} to ${condition.max} of ${quoted(condition.words)}`;
    case "starts":
      return `starts with "${condition.text}"`;
    case "not-starts":
      return `does not start with "${condition.text}"`;
    case "ends":
      return `ends with "${condition.text}"`;
    case "not-ends":
      return `does not end with "${condition.text}"`;
    case "equals":
      return `is "${condition.text}"`;
    case "characters":
    case "words":
      return `${condition.min} to ${condition.max} ${condition.type}`;
    case "punctuation":
      return `no punctuation but ${quoted(condition.allowed)}`;
    case "json":
      return condition.keys.length === 0 ? "holds a JSON object" : `holds a JSON object with exactly the keys ${quoted(condition.keys)}`;
  }
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(", ");
}
