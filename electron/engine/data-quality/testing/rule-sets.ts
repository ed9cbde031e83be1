// Sets of rules by hand: those that contradict each other, and those that do not, each with an answer that proves it.

import type { CheckMode, RuleNode } from "../../../../shared/domain/instruction.ts";

export interface RuleSet {
  readonly rules: readonly RuleNode[];
  readonly mode: CheckMode;
}

export interface CompatibleSet extends RuleSet {
  /** Passes every rule. */
  readonly answer: string;
}

export const rule = (id: string, kwargs: Record<string, unknown> = {}): RuleNode => ({ type: "rule", id, kwargs });
export const words = (num_words: number, relation = "at least"): RuleNode =>
  rule("length_constraints:number_words", { num_words, relation });
const exact = (count: number): RuleNode => rule("raif:exact_words", { count });
const sentences = (num_sentences: number, relation = "at least"): RuleNode =>
  rule("length_constraints:number_sentences", { num_sentences, relation });
const paragraphs = (num_paragraphs: number): RuleNode => rule("length_constraints:number_paragraphs", { num_paragraphs });
const placeholders = (num_placeholders: number): RuleNode => rule("detectable_content:number_placeholders", { num_placeholders });
const highlights = (num_highlights: number): RuleNode => rule("detectable_format:number_highlighted_sections", { num_highlights });
const bullets = (num_bullets: number): RuleNode => rule("detectable_format:number_bullet_lists", { num_bullets });
const items = (count: number): RuleNode => rule("raif:numbered_list", { count });
const lines = (min: number, max: number): RuleNode => rule("raif:line_range", { min, max });
const characters = (min: number, max: number): RuleNode => rule("raif:character_range", { min, max });
const sections = (num_sections: number, section_spliter = "Section"): RuleNode =>
  rule("detectable_format:multiple_sections", { section_spliter, num_sections });
const keywords = (...list: string[]): RuleNode => rule("keywords:existence", { keywords: list });
const forbidden = (...list: string[]): RuleNode => rule("keywords:forbidden_words", { forbidden_words: list });
const often = (keyword: string, frequency: number, relation = "at least"): RuleNode =>
  rule("keywords:frequency", { keyword, frequency, relation });
const letter = (character: string, let_frequency: number, let_relation = "at least"): RuleNode =>
  rule("keywords:letter_frequency", { letter: character, let_frequency, let_relation });
const capitals = (capital_frequency: number, capital_relation = "at least"): RuleNode =>
  rule("change_case:capital_word_frequency", { capital_frequency, capital_relation });
const first = (word: string): RuleNode => rule("raif:first_word", { word });
const last = (word: string): RuleNode => rule("raif:last_word", { word });
const only = (...list: string[]): RuleNode => rule("raif:only_words_from", { words: list });
const paragraph = (num_paragraphs: number, nth_paragraph: number, first_word: string): RuleNode =>
  rule("length_constraints:nth_paragraph_first_word", { num_paragraphs, nth_paragraph, first_word });
const ends = (end_phrase: string): RuleNode => rule("startend:end_checker", { end_phrase });
const repeat = (prompt_to_repeat: string): RuleNode => rule("combination:repeat_prompt", { prompt_to_repeat });
const mark = (text: string): RuleNode => rule("raif:ends_with_mark", { mark: text });
const equals = (text: string): RuleNode => rule("raif:equals", { text });
const language = (code: string): RuleNode => rule("language:response_language", { language: code });
const schema = (value: Record<string, unknown>): RuleNode => rule("raif:json_schema", { schema: value });
const [json, xml, quoted, title] = [
  rule("detectable_format:json_format"),
  rule("detectable_format:xml_format"),
  rule("startend:quotation"),
  rule("detectable_format:title"),
];
const [upper, lower, noComma, unique, sorted] = [
  rule("raif:uppercase"),
  rule("raif:lowercase"),
  rule("punctuation:no_comma"),
  rule("raif:unique_words"),
  rule("raif:sorted_words"),
];
const [two, constrained] = [rule("combination:two_responses"), rule("detectable_format:constrained_response")];

const asRead = (...rules: RuleNode[]): RuleSet => ({ rules, mode: "corrected" });
const asPublic = (...rules: RuleNode[]): RuleSet => ({ rules, mode: "compat" });

/** No answer passes at all. */
export const CERTAIN: readonly RuleSet[] = [
  asRead(words(50), words(30, "less than")),
  asPublic(words(50), words(30, "less than")),
  asRead(words(0, "less than")),
  asPublic(exact(4), words(10)),
  asRead(sentences(20), words(5, "less than")),
  asRead(placeholders(10), words(5, "less than")),
  asRead(json, quoted),
  asRead(json, ends("that is all")),
  asRead(json, repeat("List three rivers.")),
  asRead(json, xml),
  asRead(json, mark("!")),
  asPublic(json, mark("!")),
  asPublic(quoted, mark("?")),
  asPublic(quoted, repeat("Say hello.")),
  asRead(json, items(3)),
  asPublic(items(6), exact(5)),
  asPublic(bullets(4), items(3), lines(1, 6)),
  asRead(sections(5), lines(1, 4)),
  asPublic(rule("raif:table_shape", { columns: 2, rows: 4 }), lines(1, 5)),
  asPublic(lines(20, 30), characters(1, 15)),
  asPublic(rule("format:no_whitespace"), bullets(2), lines(2, 3)),
  asPublic(items(3), rule("count:numbers", { N: 2 })),
  asPublic(rule("raif:contains_number", { value: 7 }), rule("count:numbers", { N: 0 })),
  asRead(upper, lower),
  asPublic(lower, capitals(2)),
  asPublic(rule("change_case:english_lowercase"), constrained),
  asPublic(rule("change_case:english_capital"), sections(3)),
  asRead(upper, schema({ type: "object", required: ["title"] })),
  asRead(noComma, schema({ type: "object", required: ["title", "items"] })),
  asRead(rule("change_case:english_lowercase"), language("de")),
  asRead(language("fr"), language("it")),
  asPublic(ends("yes, of course"), noComma),
  asRead(keywords("1,000"), noComma),
  asPublic(rule("raif:separator", { separator: ",", count: 3 }), noComma),
  asPublic(letter(",", 2), noComma),
  asRead(keywords("tea"), forbidden("tea")),
  asPublic(ends("that is all for now"), forbidden("all")),
  asRead(keywords("tea"), often("tea", 1, "less than")),
  asPublic(repeat("Tea or no tea, that is the question."), often("tea", 2, "less than")),
  asPublic(keywords("teapot"), often("tea", 1, "less than")),
  asPublic(keywords("letter"), letter("e", 2, "less than")),
  asPublic(letter("e", 5), letter("E", 5, "less than")),
  asPublic(equals("red blue"), words(5)),
  asPublic(equals("red blue"), upper),
  asPublic(first("dog"), only("cat", "cow")),
  asPublic(first("dog"), first("cat")),
  asPublic(first("zebra"), sorted, last("ape")),
  asPublic(ends("That is all."), ends("Good night.")),
  asRead(ends("that is all for now"), last("then")),
  asPublic(paragraph(3, 2, "tea"), paragraph(4, 1, "milk")),
  asRead(paragraph(3, 2, "tea"), paragraph(3, 2, "milk")),
  asPublic(paragraph(2, 3, "tea")),
  asPublic(paragraph(5, 1, "tea"), lines(1, 3)),
  asRead(often("tea", 2), unique),
  asPublic(exact(2), rule("raif:words_from", { words: ["red", "blue", "green"], at_least: 3 })),
  asPublic(exact(1), sorted),
  asRead(rule("raif:word_range", { min: 4, max: 9 }), unique, only("red", "blue", "green")),
];

/** Only tricks pass: empty brackets, marks for sentences, words run together. */
export const SENSIBLE: readonly RuleSet[] = [
  asPublic(sentences(20), words(5, "less than")),
  asPublic(placeholders(10), words(5, "less than")),
  asPublic(json, quoted),
  asPublic(paragraphs(3), sentences(2, "less than")),
  asRead(paragraphs(3), sentences(2, "less than")),
  asRead(highlights(12), words(10, "less than")),
  asRead(bullets(8), words(6, "less than")),
  asRead(items(5), exact(7)),
  asPublic(keywords("river", "bridge", "coffee"), exact(2)),
  asRead(often("river", 4), words(4, "less than")),
  asRead(words(100), characters(10, 60)),
  asRead(upper, capitals(3, "less than"), words(20)),
  asRead(letter("e", 30), letter("t", 20), characters(10, 40)),
  asPublic(keywords("tea"), forbidden("tea")),
  asPublic(json, two),
  asPublic(json, bullets(3)),
  asRead(rule("raif:equals_number", { value: 42 }), words(10)),
  asPublic(language("ko"), language("ja")),
  asPublic(sentences(1, "less than")),
  asRead(exact(5), words(200)),
  asRead(paragraph(2, 1, "tea"), first("milk")),
];

const DAY = "The day was long and warm";

/** Each with an answer that passes. */
export const COMPATIBLE: readonly CompatibleSet[] = [
  { ...asRead(words(5), words(8, "less than")), answer: "One two three four five six" },
  { ...asPublic(sentences(3), words(7, "less than")), answer: "Cats sleep. Dogs bark. Birds sing." },
  { ...asRead(sentences(2, "less than"), words(12)), answer: "We walked along the river and over the bridge until night came down." },
  { ...asRead(placeholders(3), words(4, "less than")), answer: "[name] [place] [time]" },
  { ...asPublic(json, title), answer: '{"text": "<<A day>>"}' },
  { ...asRead(json, title), answer: '{"text": "<<A day>>"}' },
  { ...asRead(json, upper), answer: '{"TEXT": "YES"}' },
  { ...asRead(json, lower), answer: '{"text": "yes"}' },
  { ...asPublic(json, keywords("tea", "milk")), answer: '{"a": "tea with milk"}' },
  { ...asRead(json, noComma), answer: '{"a": "tea"}' },
  { ...asRead(json, ends("}")), answer: '{"a": 1}' },
  { ...asRead(json, mark("}")), answer: '{"a": 1}' },
  { ...asRead(json, letter("{", 2)), answer: '{"a": {"b": 1}}' },
  { ...asRead(xml, items(2)), answer: "<a>\n1. tea\n2. milk\n</a>" },
  { ...asRead(schema({ type: "object", required: ["A"] }), upper), answer: '{"A": "YES"}' },
  { ...asRead(schema({ type: "object", required: ["a"] }), noComma), answer: '{"a": 1}' },
  { ...asRead(schema({ type: "array", minItems: 3 }), words(4, "less than")), answer: "[1, 2, 3]" },
  { ...asPublic(quoted, bullets(3)), answer: '"\n* one\n* two\n* three\n"' },
  { ...asPublic(quoted, title), answer: '"<<Tea>> is good"' },
  { ...asPublic(quoted, ends("good night")), answer: '"So I say good night"' },
  { ...asRead(quoted, repeat("Say hello.")), answer: '"Say hello. Hello!"' },
  { ...asPublic(lower, rule("detectable_content:postscript", { postscript_marker: "P.S." })), answer: "so be it.\np.s. thanks" },
  {
    ...asPublic(rule("change_case:english_lowercase"), keywords("Paris")),
    answer: "it was a warm day when we came to paris with all of our friends",
  },
  { ...asRead(upper, sections(2)), answer: "SECTION 1\nTEA\nSECTION 2\nMILK" },
  { ...asPublic(upper, sections(2, "SECTION")), answer: "SECTION 1\nTEA\nSECTION 2\nMILK" },
  { ...asRead(upper, constrained), answer: "MY ANSWER IS YES." },
  { ...asPublic(upper, capitals(3)), answer: "THIS IS LOUD" },
  { ...asPublic(capitals(2, "less than"), words(5)), answer: `NO: ${DAY}` },
  { ...asRead(paragraphs(3), sentences(4, "less than")), answer: "Cats sleep.\n***\nDogs bark.\n***\nBirds sing." },
  { ...asPublic(paragraphs(2), words(4, "less than")), answer: "Cats sleep.\n***\nYes." },
  { ...asPublic(bullets(3), words(4, "less than")), answer: "* tea\n* milk\n* bread" },
  { ...asPublic(bullets(2), items(2), lines(4, 4)), answer: "* tea\n* milk\n1. one\n2. two" },
  { ...asPublic(items(3), exact(6)), answer: "1. tea\n2. milk\n3. bread" },
  { ...asPublic(items(3), rule("count:numbers", { N: 3 })), answer: "1. tea\n2. milk\n3. bread" },
  { ...asPublic(highlights(2), words(3, "less than")), answer: "*tea* *milk*" },
  { ...asRead(keywords("new york", "york city"), exact(3)), answer: "New York City" },
  { ...asPublic(keywords("tea", "teapot"), exact(1)), answer: "teapot" },
  { ...asPublic(keywords("tea"), forbidden("teapot")), answer: "green tea" },
  { ...asRead(keywords("cats"), forbidden("cat")), answer: "two cats" },
  { ...asRead(keywords("tea house"), forbidden("tea garden")), answer: "the tea house" },
  { ...asRead(ends("that is all"), noComma, lower), answer: "so that is all" },
  { ...asPublic(letter("e", 1, "less than"), keywords("fish")), answer: "big fish" },
  { ...asPublic(letter("z", 4), characters(4, 4)), answer: "zzzz" },
  { ...asPublic(first("tea"), last("tea"), exact(1)), answer: "tea" },
  { ...asPublic(first("ape"), sorted, last("zebra")), answer: "ape bear zebra" },
  { ...asPublic(only("red", "blue"), unique, exact(2)), answer: "red blue" },
  { ...asPublic(only("red", "blue"), exact(6)), answer: "red red blue red blue blue" },
  { ...asPublic(exact(7), upper, unique, mark("!")), answer: "WE SAW SIX SMALL BIRDS LAST NIGHT!" },
  { ...asPublic(equals("Red blue"), words(2), first("red")), answer: "Red blue" },
  { ...asRead(rule("raif:equals_number", { value: 42 }), letter("4", 1), mark("2")), answer: "42" },
  { ...asPublic(ends("Good night."), ends("night.")), answer: "Good night." },
  { ...asRead(ends("that is all"), last("all")), answer: "So that is all." },
  { ...asPublic(ends("ing"), last("sing")), answer: "we sing" },
  { ...asPublic(paragraph(2, 1, "tea"), paragraph(2, 2, "milk"), title), answer: "tea is hot\n\nmilk <<is not>>" },
  { ...asRead(paragraph(2, 1, "tea"), constrained), answer: "Tea is hot.\n\nMy answer is yes." },
  { ...asRead(exact(6), sections(3, "Day")), answer: "Day 1\nDay 2\nDay 3" },
  { ...asPublic(xml, paragraph(2, 1, "island"), lower), answer: "island\n\n<a>tea</a>" },
  { ...asRead(exact(4), words(3)), answer: "three or four words" },
  { ...asPublic(two, ends("goodbye")), answer: "Hello and goodbye\n******\nGoodbye" },
  { ...asRead(two, sentences(3, "less than")), answer: "Cats sleep.\n******\nDogs bark." },
  {
    ...asRead(language("de"), keywords("Pizza")),
    answer: "Wir haben gestern Abend alle zusammen eine große Pizza gegessen und viel gelacht.",
  },
  { ...asRead(language("zh"), sentences(2)), answer: "我们昨天去了北京。天气非常好。" },
  { ...asRead(rule("change_case:english_capital"), noComma, words(6)), answer: "THE WEATHER WAS VERY GOOD AND WE WENT TO THE RIVER" },
  { ...asRead(characters(40, 60), exact(10)), answer: "Our broad river always runs down towards that wide ocean" },
];
