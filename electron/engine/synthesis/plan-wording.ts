// A composition of rules as lines that a model turns into an instruction, and the check that the instruction still says all of them.

import type { CompositionNode, RuleNode } from "../../../shared/domain/instruction.ts";
import { findChecker, parseKwargs } from "../constraints/catalogue.ts";
import { argumentTexts } from "./rule-plan.ts";

const SMALL_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
const CHINESE_NUMBERS = ["零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"];

/** One condition a line, nesting by indentation. */
export function planLines(node: CompositionNode, indent = ""): string[] {
  switch (node.type) {
    case "rule":
      return [`${indent}- ${ruleText(node)}`];
    case "and":
      return [`${indent}- all of these:`, ...node.children.flatMap((child) => planLines(child, `${indent}  `))];
    case "chain":
      return [`${indent}- in this order, each on what came before:`, ...node.steps.flatMap((step) => planLines(step, `${indent}  `))];
    case "selection":
      return [
        ...node.branches.flatMap(({ when, then }, index) => [
          `${indent}- ${index === 0 ? "if" : "or else if"} the given text has: ${when.type === "rule" ? ruleText(when) : ""}`,
          ...planLines(then, `${indent}  `),
        ]),
        ...(node.otherwise === undefined ? [] : [`${indent}- otherwise:`, ...planLines(node.otherwise, `${indent}  `)]),
      ];
    default:
      return [];
  }
}

function ruleText(rule: RuleNode): string {
  return findChecker(rule.id).describe(parseKwargs(rule, rule.id));
}

/** Words and numbers of the rules that the instruction does not name; an instruction that drops one asks for something else. */
export function droppedParts(rules: readonly RuleNode[], instruction: string): string[] {
  const lower = instruction.toLowerCase();
  return rules.flatMap((rule) => {
    const texts = argumentTexts(rule).filter((text) => !lower.includes(text.trim().toLowerCase()));
    const numbers = Object.values(rule.kwargs).filter((value) => typeof value === "number");
    return [...texts, ...numbers.filter((value) => !namesNumber(lower, value)).map(String)];
  });
}

/** In digits or as a word; "less than 5" may be said as "at most 4", "at least 5" as "more than 4". */
function namesNumber(lower: string, value: number): boolean {
  return [value - 1, value].some((count) => {
    const forms = [
      String(count),
      SMALL_NUMBERS[count],
      CHINESE_NUMBERS[count],
      count === 2 ? "二" : undefined,
      count === 1 ? "single" : undefined,
    ];
    return forms.some(
      (form) =>
        form !== undefined &&
        form !== "" &&
        new RegExp(/^\p{Script=Han}/u.test(form) ? form : `(?<![\\p{L}\\p{N}])${form}(?![\\p{L}\\p{N}])`, "u").test(lower),
    );
  });
}
