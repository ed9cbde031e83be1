// Reads a composition tree from the text that print-tree.ts writes, or that a person wrote; every mistake is named with line and
// column. What a rule's arguments mean is not looked at here.

import { leafSchema, type CompositionNode, type ConditionNode, type LeafNode } from "../domain/instruction.ts";
import { LineReader } from "./line-reader.ts";

const KEY = /^([\p{L}\p{N}_.-]+):(?: +|$)/u;
const WORD = /^[\p{L}\p{N}_.:/-]+/u;
const WEIGHT = "a number from 1e-6 to 1e6";
const NODE = 'a rule, question, math, custom, "all of", "in order" or "if"';

/** More is no tree that anybody wrote, and would be too deep for what walks through it. */
const MAX_DEPTH = 60;

type Modifiers = Pick<LeafNode, "weight" | "dependsOn">;

/** Throws WorkbenchError("invalid-record"); `where` names the text in its message. */
export function parseTree(text: string, where = "tree"): CompositionNode {
  const reader = new LineReader(text, where);
  const tree = parseNode(reader, 0);
  if (reader.indent() >= 0) reader.fail(reader.place(), "nothing more: a tree has one root", reader.found());
  return tree;
}

/** From here in the line to the end of what belongs to the node, lines of its parts included. */
function parseNode(reader: LineReader, depth: number): CompositionNode {
  const place = reader.place();
  if (depth > MAX_DEPTH) reader.fail(place, `at most ${MAX_DEPTH} levels`, "one more");
  const indent = reader.indent();
  const key = reader.match(KEY);
  const named = key === undefined ? {} : { key };
  if (reader.take("all of")) return { type: "and", ...named, ...endOfHead(reader), children: parseParts(reader, indent, depth) };
  if (reader.take("in order")) return { type: "chain", ...named, ...endOfHead(reader), steps: parseParts(reader, indent, depth) };
  if (reader.take("if")) return parseSelection(reader, indent, depth, named);
  const leaf = parseLeaf(reader, named, indent);
  const checked = leafSchema.safeParse(leaf);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  return reader.fail(place, issue?.message ?? "a valid node", issue?.path.join(".") ?? "");
}

function parseLeaf(reader: LineReader, named: { key?: string }, indent: number): LeafNode {
  if (reader.take("rule")) {
    const leaf = { type: "rule", ...named, ...parseRule(reader), ...parseModifiers(reader) } as const;
    endOfLeaf(reader);
    return leaf;
  }
  if (reader.take("question")) {
    const text = reader.string("the question in double quotes");
    const answer = reader.match(/^answer=/) === undefined ? {} : { answer: parseAnswer(reader) };
    const leaf = { type: "question", ...named, text, ...answer, ...parseModifiers(reader) } as const;
    endOfLeaf(reader);
    return leaf;
  }
  if (reader.take("math")) {
    const leaf = {
      type: "math",
      ...named,
      answer: reader.string("the reference answer in double quotes"),
      ...parseModifiers(reader),
    } as const;
    endOfLeaf(reader);
    return leaf;
  }
  if (reader.take("custom")) {
    const name = reader.string("the rule's name in double quotes");
    const inline = reader.match(/^source=/) === undefined ? undefined : reader.string("the source in double quotes");
    const modifiers = parseModifiers(reader);
    if (inline === undefined) reader.endLine();
    else endOfLeaf(reader);
    return { type: "custom", ...named, name, source: inline ?? parseSource(reader, indent), ...modifiers };
  }
  return reader.fail(reader.place(), NODE, reader.found());
}

/** A leaf ends its line, or stands before an "else" in it. */
function endOfLeaf(reader: LineReader): void {
  if (!reader.isElse()) reader.endLine();
}

function parseAnswer(reader: LineReader): "yes" | "no" {
  const place = reader.place();
  const answer = reader.string('"yes" or "no"');
  return answer === "yes" || answer === "no" ? answer : reader.fail(place, '"yes" or "no"', JSON.stringify(answer));
}

/** Rule id and arguments, `name=value` with values in JSON. */
function parseRule(reader: LineReader): { readonly id: string; readonly kwargs: Record<string, unknown> } {
  const id = reader.match(WORD) ?? reader.string("a rule's id");
  const entries: [string, unknown][] = [];
  for (;;) {
    const bare = reader.match(/^([\p{L}\p{N}_.:/-]+)=/u);
    const quoted = bare === undefined && reader.match(/^(?="(?:[^"\\]|\\.)*"=)/) !== undefined ? reader.string("a name") : undefined;
    if (quoted !== undefined) reader.match(/^=/);
    const name = bare ?? quoted;
    if (name === undefined) return { id, kwargs: Object.fromEntries(entries) };
    entries.push([name, reader.json("a JSON value; texts stand in double quotes")]);
  }
}

function parseSource(reader: LineReader, indent: number): string {
  const lines: string[] = [];
  while (reader.indent() > indent) {
    const line = reader.takeBarLine();
    if (line === undefined) reader.fail(reader.place(), 'a line of source behind "| "', reader.found());
    lines.push(line);
  }
  if (lines.length === 0) reader.fail(reader.place(), 'lines of source behind "| ", indented', reader.found());
  return lines.join("\n");
}

function parseSelection(reader: LineReader, indent: number, depth: number, named: { key?: string }): CompositionNode {
  const branches: { when: ConditionNode; then: CompositionNode }[] = [];
  const when = parseCondition(reader);
  const modifiers = parseModifiers(reader);
  branches.push({ when, then: parsePart(reader, indent, depth) });
  while (reader.isElse(indent)) {
    reader.take("else");
    if (!reader.take("if")) return { type: "selection", ...named, ...modifiers, branches, otherwise: parsePart(reader, indent, depth) };
    branches.push({ when: parseCondition(reader), then: parsePart(reader, indent, depth) });
  }
  return { type: "selection", ...named, ...modifiers, branches };
}

function parseCondition(reader: LineReader): ConditionNode {
  const when = parseTruth(reader);
  if (!reader.take("then")) reader.fail(reader.place(), '"then"', reader.found());
  return when;
}

function parseTruth(reader: LineReader): ConditionNode {
  if (reader.take("true")) return { type: "value", value: true };
  if (reader.take("false")) return { type: "value", value: false };
  if (!reader.take("rule")) reader.fail(reader.place(), 'a condition: true, false, or "rule ... on input"', reader.found());
  const rule = parseRule(reader);
  if (!reader.take("on input")) reader.fail(reader.place(), '"on input"', reader.found());
  return { type: "rule", ...rule };
}

/** One node: the rest of the line, or the lines below that stand further right. */
function parsePart(reader: LineReader, indent: number, depth: number): CompositionNode {
  if (!reader.isAtLineEnd()) return parseNode(reader, depth + 1);
  const [only, ...others] = parseParts(reader, indent, depth);
  if (only !== undefined && others.length === 0) return only;
  return reader.fail(reader.place(), 'one node; several stand below "all of" or "in order"', `${1 + others.length} nodes`);
}

/** The nodes below, all at the indent of the first. */
function parseParts(reader: LineReader, indent: number, depth: number): CompositionNode[] {
  const place = reader.place();
  if (reader.isAtLineEnd()) reader.endLine();
  const own = reader.indent();
  if (own <= indent) reader.fail(place, "a part, on a line of its own that stands further right", reader.found());
  const parts: CompositionNode[] = [];
  while (reader.indent() > indent) {
    if (reader.indent() !== own) reader.fail(reader.place(), `an indent of ${own} spaces`, `${reader.indent()} spaces`);
    parts.push(parseNode(reader, depth + 1));
  }
  return parts;
}

function endOfHead(reader: LineReader): Modifiers {
  const modifiers = parseModifiers(reader);
  if (!reader.isAtLineEnd()) reader.fail(reader.place(), "the end of the line", reader.found());
  return modifiers;
}

/** "[weight 2, after city country]", or nothing. */
function parseModifiers(reader: LineReader): Modifiers {
  const modifiers: { weight?: number; dependsOn?: string[] } = {};
  if (reader.match(/^\[/) === undefined) return modifiers;
  do {
    const place = reader.place();
    if (reader.take("weight")) modifiers.weight = parseWeight(reader);
    else if (reader.take("after")) modifiers.dependsOn = parseKeys(reader);
    else reader.fail(place, '"weight <number>" or "after <keys>"', reader.found());
  } while (reader.match(/^,/) !== undefined);
  if (reader.match(/^\]/) === undefined) reader.fail(reader.place(), '"]"', reader.found());
  return modifiers;
}

function parseWeight(reader: LineReader): number {
  const place = reader.place();
  const weight = reader.json(WEIGHT);
  const fits = typeof weight === "number" && weight >= 1e-6 && weight <= 1e6;
  return fits ? weight : reader.fail(place, WEIGHT, JSON.stringify(weight));
}

function parseKeys(reader: LineReader): string[] {
  const keys: string[] = [];
  for (;;) {
    const key = reader.match(/^[\p{L}\p{N}_.-]+/u);
    if (key === undefined) break;
    keys.push(key);
  }
  return keys.length > 0 ? keys : reader.fail(reader.place(), "keys of other nodes", reader.found());
}
