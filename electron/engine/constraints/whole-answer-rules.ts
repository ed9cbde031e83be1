// Rules of IFBench that say what the whole answer is. Two of them exclude each other, and each excludes rules that shape the whole text.

const WHOLE_ANSWER: readonly string[] = [
  "custom:character_reverse",
  "custom:csv_city",
  "custom:csv_quotes",
  "custom:csv_special_character",
  "custom:date_format_list",
  "custom:european_capitals_sort",
  "custom:mcq_count_length",
  "custom:multiples",
  "custom:reverse_newline",
  "custom:sentence_alphabet",
  "custom:word_reverse",
  "format:options",
  "repeat:repeat_change",
  "repeat:repeat_simple",
  "repeat:repeat_span",
];
/** What none of them leaves room for: a shape of the whole text. */
const OTHER_SHAPES: readonly string[] = [
  "combination:repeat_prompt",
  "combination:two_responses",
  "detectable_format:constrained_response",
  "detectable_format:json_format",
  "format:line_indent",
  "format:no_bullets_bullets",
  "format:output_template",
  "words:alphabet",
  "words:palindrome",
  "words:vowel",
];

/** Everything that a rule of this kind excludes, itself left out. */
export function excludedByWholeAnswer(id: string, alsoExcluded: readonly string[] = []): readonly string[] {
  return [...new Set([...WHOLE_ANSWER, ...OTHER_SHAPES, ...alsoExcluded])].filter((other) => other !== id);
}
