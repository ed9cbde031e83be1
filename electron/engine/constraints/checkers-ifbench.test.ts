// IFBench's rules where the public checker and a reader differ (docs/verifiers.md lists the differences), and what verdicts explain.
// Agreement with the public checkers is in ifbench-conformance.test.ts.

import { describe, expect, test } from "vitest";
import { findChecker, parseKwargs } from "./catalogue.ts";
import type { CheckMode } from "../../../shared/domain/instruction.ts";
import type { CheckResult } from "../../../shared/domain/verdict.ts";

function check(id: string, kwargs: Record<string, unknown>, text: string, mode: CheckMode = "compat"): CheckResult {
  return findChecker(id).check(text, parseKwargs({ type: "rule", id, kwargs }, id), mode);
}

/** Columns: rule, arguments, text, verdict of the public checker, corrected verdict. */
const DIFFERENCES: readonly (readonly [string, Record<string, unknown>, string, boolean, boolean])[] = [
  ["count:conjunctions", { small_n: 3 }, "And so, and so it is", true, false],
  [
    "count:keywords_multiple",
    { keyword1: "a", keyword2: "b", keyword3: "c", keyword4: "d", keyword5: "e" },
    "a bb ccc ddddd eeeeeee",
    true,
    false,
  ],
  ["count:numbers", { N: 2 }, "from 3-4 to 5", true, false],
  ["count:numbers", { N: 3 }, "1,000 and 2.5 and 7", true, true],
  ["count:punctuation", {}, "你好，好。好！好？；：?!", false, true],
  ["count:unique_word_count", { N: 3 }, "one - two", true, false],
  ["count:word_count_range", { min_words: 3, max_words: 6 }, "今天天气很好。", false, true],
  ["count:words_japanese", { N: 9 }, "too short", true, false],
  ["ratio:sentence_type", {}, "Go! Stop!", true, false],
  ["ratio:sentence_type", {}, 'One. Two. "Three?"', false, true],
  ["ratio:sentence_balance", {}, "no mark at all", true, false],
  ["ratio:sentence_balance", {}, "One. 好？好！", false, true],
  ["ratio:sentence_words", {}, "Same it is. Same it is. Same it is.", true, false],
  ["ratio:overlap", { reference_text: "one two three four", percentage: 100 }, "one two three", true, true],
  ["ratio:overlap", { reference_text: "aaaa", percentage: 100 }, "aaa", true, false],
  ["sentence:keyword", { word: "北京", N: 2 }, "你好。我在北京住。", false, true],
  ["sentence:increment", { small_n: 1 }, "好。今天好。", true, true],
  ["sentence:alliteration_increment", {}, "Big bold bats. Ten tall, two thin.", true, true],
  ["sentence:alliteration_increment", {}, "Big bold bats. Sad Sam, but big Ben.", true, false],
  ["words:consonants", {}, "first - stops", false, true],
  ["words:start_verb", {}, "Run fast.", false, true],
  ["words:start_verb", {}, '"Was it so?"', false, true],
  ["words:odd_even_syllables", {}, "cat 12 water", false, true],
  ["words:last_first", {}, "It was «late». Late it was.", false, true],
  ["words:paragraph_last_first", {}, "“Home sweet home”", false, true],
  ["words:keywords_specific_position", { keyword: "fine", n: 1, m: 2 }, "It's fine.", false, true],
  ["words:words_position", { keyword: "cat" }, "A cat is cat x?!", false, true],
  ["format:parentheses", {}, "(((((a)", true, false],
  ["format:parentheses", {}, "(([{(a)}]))", true, true],
  ["format:quotes", {}, "don't \"can't\" won't", false, false],
  ["format:quotes", {}, "“a ‘b “c” b’ a”", false, true],
  ["format:options", { options: "a), b), c)" }, "B", false, true],
  ["format:options", { options: "yes/no" }, "no\n", false, true],
  ["format:emoji", {}, "Hello 👋🏽. Bye 🇫🇷.", false, true],
  ["format:emoji", {}, "Bye 😀x.", true, false],
  ["format:line_indent", {}, "alone", true, false],
  ["format:line_indent", {}, "a\n\tb", false, true],
  ["format:quote_unquote", {}, "He said “a”", true, false],
  ["format:list", { sep: "-" }, "well-known and up-to-date", true, false],
  ["format:list", { sep: "-" }, "- a\n  - b", true, true],
  ["format:thesis", {}, "<em></em> body", true, false],
  ["format:thesis", {}, "<em>Claim</em> body", true, true],
  ["format:sub-bullets", {}, "no bullets", true, false],
  ["format:sub-bullets", {}, "* a **bold** one\n  - b", false, true],
  ["format:no_bullets_bullets", {}, "One.\n\nTwo.\n\n* a\n\n* b", false, true],
  ["format:no_bullets_bullets", {}, "One\nTwo\n* a\n* b", true, false],
  ["format:title_case", {}, "A Tale of Two Cities", false, true],
  ["format:title_case", {}, "Don't Stop", false, true],
  ["format:output_template", {}, "Future Outlook: a My Conclusion: b My Answer: c", true, false],
  ["custom:sentence_alphabet", {}, "Ann came.", false, false],
  ["custom:date_format_list", {}, "1796-00-10", true, false],
  ["custom:date_format_list", {}, "1797-02-29", true, false],
  ["custom:csv_city", {}, `ID, Country, City, Year, Count\n${"1, Spain, Madrid, 2020, 4\n".repeat(7)}`, false, true],
];

test.each(DIFFERENCES)("%s %j on %j: %s, corrected %s", (id, kwargs, text, compat, corrected) => {
  expect(check(id, kwargs, text).passed).toBe(compat);
  expect(check(id, kwargs, text, "corrected").passed).toBe(corrected);
});

describe("verdicts explain", () => {
  test("what was counted, and where", () => {
    const text = "The 3 cats ate 4.5 fish.";
    const { passed, expected, got, spans } = check("count:numbers", { N: 2 }, text);
    expect([passed, expected, got]).toEqual([true, "exactly 2 numbers", "2 numbers"]);
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(["3", "4.5"]);
  });

  test("the first item that is off", () => {
    const text = "A big dog";
    const { passed, got, spans } = check("words:alphabet", {}, text);
    expect([passed, got]).toEqual([false, '1 of 3 words not, first "dog"']);
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(["dog"]);
  });

  test("the place that is asked for", () => {
    const text = "One. It's a cat.";
    const { got, spans } = check("words:keywords_specific_position", { keyword: "dog", n: 2, m: 4 }, text);
    expect(got).toBe('word 4 is "cat"');
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(["cat"]);
  });
});

test("names that the rule lists are the only ones that count", () => {
  expect(check("count:person_names", { N: 2 }, "Emma met Liam and EMMA").passed).toBe(true);
  expect(check("count:person_names", { N: 2, names: ["Emma", "Zed"] }, "Emma met Liam and EMMA").got).toBe('1 different name: "Emma"');
});

/** The public checker's loop, as slow as it is: it takes blank lines out of the list that it walks along. */
function indentsOfReference(text: string): boolean {
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (line.trim() === "") lines.splice(lines.indexOf(line), 1);
  }
  const indents = lines.map((line) => (/^ */.exec(line)?.[0] ?? "").length);
  return indents.every((indent, index) => index === 0 || indent > (indents[index - 1] ?? 0));
}

test("blank lines among indented ones are left in and out as by the public checker", () => {
  const parts = ["", " ", "   ", "a", " b", "  c", "   d"];
  for (let number = 0; number < parts.length ** 5; number += 1) {
    const text = Array.from({ length: 5 }, (_, place) => parts[Math.floor(number / parts.length ** place) % parts.length]).join("\n");
    if (check("format:line_indent", {}, text).passed !== indentsOfReference(text)) throw new Error(JSON.stringify(text));
  }
});
