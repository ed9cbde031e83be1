import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseKwargs } from "../../engine/constraints/catalogue.ts";
import { suggestRules } from "./suggest-rules.ts";

const PROMPTS = new URL("../../../../shared/data/IFEval/input_data.jsonl", import.meta.url);
const present = existsSync(PROMPTS);
if (!present) console.warn("skipped: ../shared/data is absent, suggestions are not compared with public prompts");

function suggested(text: string): [string, Readonly<Record<string, unknown>>, string][] {
  return suggestRules(text).map(({ rule, start, end }) => [rule.id, rule.kwargs, text.slice(start, end)]);
}

test("each rule with its arguments and its place", () => {
  expect(suggested("Describe a harbour in at least 120 words and no more than ten sentences. Don't use any commas.")).toEqual([
    ["length_constraints:number_words", { num_words: 120, relation: "at least" }, "at least 120 words"],
    ["length_constraints:number_sentences", { num_sentences: 11, relation: "less than" }, "no more than ten sentences"],
    ["punctuation:no_comma", {}, "Don't use any commas"],
  ]);
});

describe("how it may be said", () => {
  test.each<[text: string, id: string, kwargs: Record<string, unknown>]>([
    ["Keep it between 50 and 80 words.", "length_constraints:number_words", { num_words: 81, relation: "less than" }],
    ["Use exactly 40 words.", "raif:exact_words", { count: 40 }],
    ["Put it into three parts, separated by ***.", "length_constraints:number_paragraphs", { num_paragraphs: 3 }],
    ["Give 4 bullet points.", "detectable_format:number_bullet_lists", { num_bullets: 4 }],
    ['Include the words "amber" and "sail".', "keywords:existence", { keywords: ["amber", "sail"] }],
    ["Do not mention the words storm or wind.", "keywords:forbidden_words", { forbidden_words: ["storm", "wind"] }],
    ['Use the word "tide" at least three times.', "keywords:frequency", { keyword: "tide", frequency: 3, relation: "at least" }],
    [
      "The letter z should appear less than 5 times.",
      "keywords:letter_frequency",
      { letter: "z", let_frequency: 5, let_relation: "less than" },
    ],
    ['End your reply with the phrase "Fair winds!"', "startend:end_checker", { end_phrase: "Fair winds!" }],
    ["Answer only in German.", "language:response_language", { language: "de" }],
    ["Reply in JSON format.", "detectable_format:json_format", {}],
    ["Add a table with 3 columns and 4 rows.", "raif:table_shape", { columns: 3, rows: 4 }],
    ["Show a Python code block.", "raif:code_fence", { language: "python" }],
    [
      "There should be 3 paragraphs. Start the second paragraph with the word Later.",
      "length_constraints:nth_paragraph_first_word",
      { num_paragraphs: 3, nth_paragraph: 2, first_word: "Later" },
    ],
    ["请不要使用任何逗号。", "punctuation:no_comma", {}],
  ])("%s", (text, id, kwargs) => {
    expect(suggested(text).map(([found, given]) => [found, given])).toContainEqual([id, kwargs]);
  });

  test.each<[text: string, expected: readonly (readonly [string, Readonly<Record<string, unknown>>])[]]>([
    [
      "请用中文回答，不少于300字，不要使用逗号。",
      [
        ["language:response_language", { language: "zh" }],
        ["raif:character_range", { min: 300, max: 100_000 }],
        ["punctuation:no_comma", {}],
      ],
    ],
    [
      "回答不超过五句话，包含“潮汐”和“月亮”，以“再见”结尾。",
      [
        ["length_constraints:number_sentences", { relation: "less than", num_sentences: 6 }],
        ["keywords:existence", { keywords: ["潮汐", "月亮"] }],
        ["startend:end_checker", { end_phrase: "再见" }],
      ],
    ],
    [
      "不要出现“红色”，列出三个要点，五十到八十个字，输出JSON格式。",
      [
        ["keywords:forbidden_words", { forbidden_words: ["红色"] }],
        ["detectable_format:number_bullet_lists", { num_bullets: 3 }],
        ["raif:character_range", { min: 50, max: 80 }],
        ["detectable_format:json_format", {}],
      ],
    ],
    ["每段不少于五十字。一个字一个字地读，共三句。", []],
  ])("%s", (text, expected) => {
    expect(suggested(text).map(([id, kwargs]) => [id, kwargs])).toEqual(expected);
  });

  test.each(["Tell me about the history of sailing.", "Who wrote the letter to the king?", "A word on harbours, please.", ""])(
    "nothing is asked for in %j",
    (text) => {
      expect(suggested(text)).toEqual([]);
    },
  );
});

test("whatever the text, arguments are valid, places lie in it, and it ends", () => {
  const piece = fc.constantFrom(
    ..."at least exactly 3 ten words sentences the letter x word \" ' “ ” include do not use and , . \n *** json in German start with times paragraph Section 1 X repeat".split(
      " ",
    ),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "grapheme" }),
        fc.array(piece, { maxLength: 80 }).map((pieces) => pieces.join(" ")),
      ),
      (text) => {
        for (const { rule, start, end } of suggestRules(text)) {
          parseKwargs(rule, rule.id, "corrected");
          expect(start >= 0 && start < end && end <= text.length).toBe(true);
        }
      },
    ),
    { numRuns: 150, seed: 1 },
  );
});

interface Prompt {
  readonly prompt: string;
  readonly instruction_id_list: readonly string[];
  readonly kwargs: readonly Readonly<Record<string, unknown>>[];
}

test.skipIf(!present)("of what public prompts ask for, most is found, and little else", () => {
  const prompts = readFileSync(PROMPTS, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Prompt);
  const counts = { asked: 0, found: 0, exact: 0, other: 0, suggested: 0, right: 0 };
  const written = (kwargs: Readonly<Record<string, unknown>>): string =>
    JSON.stringify(
      Object.entries(kwargs)
        .filter(([, value]) => value !== null)
        .sort(),
    ).toLowerCase();
  for (const { prompt, instruction_id_list, kwargs } of prompts) {
    const suggestions = suggestRules(prompt);
    for (const [index, id] of instruction_id_list.entries()) {
      const same = suggestions.filter(({ rule }) => rule.id === id);
      counts.asked += 1;
      if (same.length > 0) counts.found += 1;
      if (same.some(({ rule }) => written(rule.kwargs) === written(kwargs[index] ?? {}))) counts.exact += 1;
    }
    // Rules of ours are not among the labels.
    const labelled = suggestions.filter(({ rule }) => !rule.id.startsWith("raif:"));
    const labels = instruction_id_list.map((id, index) => id + written(kwargs[index] ?? {}));
    counts.suggested += labelled.length;
    counts.right += labelled.filter(({ rule }) => labels.includes(rule.id + written(rule.kwargs))).length;
    counts.other += suggestions.filter(({ rule }) => !instruction_id_list.includes(rule.id)).length;
  }
  console.log(`suggestions: ${counts.found} of ${counts.asked} found, ${counts.exact} with the same arguments, ${counts.other} others`);
  console.log(`precision with the same arguments: ${counts.right} of ${counts.suggested}`);
  expect(counts.right / counts.suggested).toBeGreaterThanOrEqual(0.9);
  expect(counts.found / counts.asked).toBeGreaterThanOrEqual(0.9);
  expect(counts.exact / counts.asked).toBeGreaterThanOrEqual(0.87);
  expect(counts.other / counts.asked).toBeLessThanOrEqual(0.06);
});
