// Facts of the rules about how long an answer is and how many of something it has.

import { count, exactly, atLeast, threshold, wordsOf, type Fact, type FactsOf, type Quantity } from "./fact.ts";
import type { RuleArguments } from "../rule-arguments.ts";

const range =
  (of: Quantity) =>
  ({ min, max }: RuleArguments): readonly Fact[] =>
    typeof min === "number" && typeof max === "number" ? [count(of, min, max)] : [];

export const LENGTH_FACTS: Readonly<Record<string, FactsOf>> = {
  "length_constraints:number_words": ({ num_words, relation }, mode) => threshold(wordsOf(mode), num_words, relation),
  "raif:exact_words": ({ count: words }) => exactly("words", words),
  "raif:word_range": range("words as read"),
  "count:word_count_range": ({ min_words: min, max_words: max }, mode) => range(wordsOf(mode))({ min, max }),
  "count:unique_word_count": ({ N }, mode) => atLeast(wordsOf(mode), N, "sensible"),
  "raif:character_range": range("characters"),
  "raif:line_range": range("lines"),
  "format:no_whitespace": () => [count("lines", 0, 1), count("numbered items", 0, 0)],
  "words:vowel": () => [count("lines", 0, 1)],
  "length_constraints:number_sentences": ({ num_sentences, relation }) => threshold("sentences", num_sentences, relation),
  "sentence:keyword": ({ N }) => atLeast("sentences", N),
  "words:keywords_specific_position": ({ n, m }) => [...atLeast("sentences", n), ...atLeast("words", m, "sensible")],
  "ratio:sentence_words": () => exactly("sentences", 3),
  "ratio:sentence_balance": () => atLeast("sentences", 3, "sensible"),
  "custom:sentence_alphabet": () => exactly("sentences", 26),
  "length_constraints:number_paragraphs": ({ num_paragraphs }) => exactly("paragraphs", num_paragraphs),
  "length_constraints:nth_paragraph_first_word": ({ num_paragraphs, nth_paragraph }) => [
    ...exactly("paragraphs between blank lines", num_paragraphs),
    ...atLeast("paragraphs between blank lines", nth_paragraph),
  ],
  "combination:two_responses": () => [count("answers", 2, 2, "sensible"), count("words", 2, Infinity, "sensible")],
  "detectable_content:number_placeholders": ({ num_placeholders }) => atLeast("placeholders", num_placeholders),
  "detectable_format:multiple_sections": ({ num_sections }) => atLeast("sections", num_sections),
  "detectable_format:number_highlighted_sections": ({ num_highlights }) => atLeast("highlighted sections", num_highlights),
  "detectable_format:number_bullet_lists": ({ num_bullets }) => exactly("bullet points", num_bullets),
  "format:no_bullets_bullets": () => [count("bullet points", 2), count("sentences", 2, Infinity, "sensible")],
  "raif:numbered_list": ({ count: items }) => exactly("numbered items", items),
  "raif:table_shape": ({ rows }) => (typeof rows === "number" ? [count("lines", rows + 2)] : []),
  "raif:contains_number": () => [count("numbers", 1)],
  "count:numbers": ({ N }) => exactly("numbers", N),
  "custom:multiples": () => exactly("numbers", 6),
  "change_case:capital_word_frequency": ({ capital_frequency, capital_relation }) => [
    ...threshold("words in capitals", capital_frequency, capital_relation),
    ...(capital_relation !== "less than" && Number(capital_frequency) > 0
      ? [{ type: "has-case", letters: "capital", example: "a word in capitals", certainty: "certain" } as const]
      : []),
  ],
  "count:person_names": ({ N, names }) => [
    ...atLeast("words", N, "sensible"),
    ...(Number(N) > 0 && names === undefined
      ? [
          { type: "has-case", letters: "capital", example: "a name with its capital", certainty: "certain" } as const,
          { type: "has-case", letters: "small", example: "a name in small letters behind its capital", certainty: "certain" } as const,
        ]
      : []),
  ],
  "count:pronouns": ({ N }) => atLeast("words", N, "sensible"),
  "count:conjunctions": ({ small_n }) => atLeast("words", small_n, "sensible"),
  "words:palindrome": () => [count("words", 10), count("characters", 50)],
};
