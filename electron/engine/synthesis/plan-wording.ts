// A composition of rules as lines that a model turns into an instruction, and the check that the instruction still says all of them.

import type { CompositionNode, ConditionNode, RuleNode } from "../../../shared/domain/instruction.ts";
import { findChecker, parseKwargs } from "../constraints/catalogue.ts";
import { namesCount } from "./number-words.ts";
import { argumentTexts } from "./rule-plan.ts";

/** One condition a line, nesting by indentation. */
export function planLines(node: CompositionNode, indent = ""): string[] {
  switch (node.type) {
    case "rule":
      return [`${indent}- ${ruleText(node)}`];
    case "and":
      return [`${indent}- all of these:`, ...node.children.flatMap((child) => planLines(child, `${indent}  `))];
    case "chain":
      return [
        `${indent}- step by step through the answer, in this order:`,
        ...node.steps.flatMap((step) => planLines(step, `${indent}  `)),
      ];
    case "selection":
      return [
        ...node.branches.flatMap(({ when, then }, index) => [
          `${indent}- ${index === 0 ? "if" : "or else if"} the given text ${conditionText(when)}:`,
          ...planLines(then, `${indent}  `),
        ]),
        ...(node.otherwise === undefined ? [] : [`${indent}- otherwise:`, ...planLines(node.otherwise, `${indent}  `)]),
      ];
    default:
      return [];
  }
}

/** As the words behind "if the given text". */
function conditionText(when: ConditionNode): string {
  if (when.type === "value") return when.value ? "is what it is" : "were another one";
  const text = ruleText(when);
  return text.startsWith("contains") ? text : `has ${text}`;
}

function ruleText(rule: RuleNode): string {
  return findChecker(rule.id).describe(parseKwargs(rule, rule.id));
}

/** By which words an instruction shows that it speaks of a rule whose arguments do not say so: English, or Chinese. */
const SPOKEN_OF: Readonly<Record<string, readonly [name: string, words: RegExp]>> = {
  "length_constraints:number_words": ["words", /\bwords?\b|字|词/i],
  "length_constraints:number_sentences": ["sentences", /sentence|句/i],
  "length_constraints:number_paragraphs": ["***", /\*{3}|three (?:asterisks|stars)|三个星号/i],
  "detectable_format:number_bullet_lists": ["bullet points", /bullet|项目符号|要点|列表/i],
  "detectable_format:number_highlighted_sections": [
    "stars around what is highlighted",
    /\*|star|asterisk|highlight|emphasi|星号|高亮|突出|强调/i,
  ],
  "detectable_format:title": ["<<title>>", /<<|double angular/i],
  "detectable_format:json_format": ["JSON", /json/i],
  "detectable_content:number_placeholders": ["square brackets", /\[|square bracket|placeholder|方括号|占位/i],
  "combination:two_responses": ["******", /\*{6}|six (?:asterisks|stars)|六个星号/i],
  "startend:quotation": ["quotation marks", /quot|引号/i],
  "punctuation:no_comma": ["commas", /comma|逗号/i],
  "raif:ends_with_mark": ["the end", /\bend|finish|clos|last|conclu|final|结尾|结束|最后|收尾/i],
  "startend:end_checker": ["the end", /\bend|finish|clos|last|conclu|final|结尾|结束|最后|收尾/i],
  "raif:first_word": ["the first word", /first|start|begin|\bopen|lead off|开头|第一|开始/i],
  "raif:last_word": ["the last word", /\bend|finish|clos|last|conclu|final|结尾|结束|最后|收尾/i],
  "raif:numbered_list": ["a numbered list", /number|\b1\. |编号|序号/i],
  "raif:lowercase": ["lower case", /lower-?\s?case|small letters|小写/i],
  "raif:uppercase": ["capitals", /capital|upper-?\s?case|\ball[- ]caps\b|大写/i],
};

/** What the instruction does not say of the rules: their kind, words or numbers; an instruction that drops one asks for something else. */
export function droppedParts(rules: readonly RuleNode[], instruction: string): string[] {
  const lower = instruction.toLowerCase();
  return rules.flatMap((rule) => {
    const [name, words] = SPOKEN_OF[rule.id] ?? [];
    const kind = name === undefined || words?.test(instruction) === true ? [] : [name];
    const texts = argumentTexts(rule).filter((text) => !lower.includes(text.trim().toLowerCase()));
    const numbers = Object.values(rule.kwargs).filter((value) => typeof value === "number");
    return [...kind, ...texts, ...numbers.filter((value) => !namesNumber(instruction, value)).map(String)];
  });
}

/** "less than 5" may be said as "at most 4", "at least 5" as "more than 4". */
function namesNumber(instruction: string, value: number): boolean {
  return [value - 1, value].some((count) => namesCount(instruction, count));
}
