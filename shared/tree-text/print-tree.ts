// A composition tree as indented text that a person can read and write. parse-tree.ts reads it back to exactly the same tree; the
// grammar is told in docs/records.md.

import type { CompositionNode, ConditionNode, RuleNode } from "../domain/instruction.ts";

const INDENT = "  ";

/** Ends with a line break. */
export function printTree(tree: CompositionNode): string {
  return `${nodeLines(tree).join("\n")}\n`;
}

function nodeLines(node: CompositionNode): string[] {
  const key = node.key === undefined ? "" : `${node.key}: `;
  const extras = modifiers(node);
  switch (node.type) {
    case "rule":
      return [`${key}${ruleText(node)}${extras}`];
    case "question":
      return [`${key}question ${quote(node.text)}${node.answer === undefined ? "" : ` answer=${quote(node.answer)}`}${extras}`];
    case "math":
      return [`${key}math ${quote(node.answer)}${extras}`];
    case "custom":
      return isPlainSource(node.source)
        ? [
            `${key}custom ${quote(node.name)}${extras}`,
            ...node.source.split("\n").map((line) => `${INDENT}|${line === "" ? "" : ` ${line}`}`),
          ]
        : [`${key}custom ${quote(node.name)} source=${quote(node.source)}${extras}`];
    case "and":
      return [`${key}all of${extras}`, ...node.children.flatMap(indented)];
    case "chain":
      return [`${key}in order${extras}`, ...node.steps.flatMap(indented)];
    case "selection":
      return [
        ...node.branches.flatMap(({ when, then }, index) => [
          index === 0 ? `${key}if ${conditionText(when)} then${extras}` : `else if ${conditionText(when)} then`,
          ...indented(then),
        ]),
        ...(node.otherwise === undefined ? [] : ["else", ...indented(node.otherwise)]),
      ];
  }
}

function indented(node: CompositionNode): string[] {
  return nodeLines(node).map((line) => INDENT + line);
}

/** " [weight 2, after city, country]", or nothing. */
function modifiers({ weight, dependsOn }: CompositionNode): string {
  const parts = [
    ...(weight === undefined ? [] : [`weight ${weight}`]),
    ...(dependsOn === undefined ? [] : [`after ${dependsOn.join(" ")}`]),
  ];
  return parts.length === 0 ? "" : ` [${parts.join(", ")}]`;
}

function conditionText(when: ConditionNode): string {
  return when.type === "value" ? String(when.value) : `${ruleText(when)} on input`;
}

function ruleText(rule: Pick<RuleNode, "id" | "kwargs">): string {
  const values = Object.entries(rule.kwargs).map(([name, value]) => ` ${word(name)}=${JSON.stringify(value)}`);
  return `rule ${word(rule.id)}${values.join("")}`;
}

function word(text: string): string {
  return /^[\p{L}\p{N}_.:/-]+$/u.test(text) ? text : quote(text);
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** Whether it can stand line by line behind bars and come back the same. */
function isPlainSource(source: string): boolean {
  return source.isWellFormed() && !/[^\P{C}\t\n\p{Cf}]|[\u2028\u2029\ufeff]/u.test(source);
}
