// Walks through the lines of a tree's text: words, JSON values and fixed signs, each with its place for messages. Knows nothing of
// what the words mean.

import { WorkbenchError } from "../errors.ts";

interface Line {
  /** From 1. */
  readonly number: number;
  /** Leading spaces. */
  readonly indent: number;
  readonly text: string;
}

/** Where something stands; both from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

export class LineReader {
  private readonly lines: readonly Line[];
  private readonly where: string;
  private index = 0;
  private at = 0;

  /** Blank lines and lines that start with "#" are passed over. `where` names the text in messages. */
  constructor(text: string, where: string) {
    this.where = where;
    this.lines = text
      .split("\n")
      .map((line, index) => readLine(line.replace(/\r$/, ""), index + 1))
      .filter(({ text: content, indent }) => content.length > indent && content[indent] !== "#");
    this.at = this.lines[0]?.indent ?? 0;
    const tab = this.lines.find(({ text: content, indent }) => content[indent] === "\t");
    if (tab !== undefined) this.fail({ line: tab.number, column: tab.indent + 1 }, "spaces", "a tab");
  }

  place(): Place {
    const line = this.lines[this.index];
    if (line !== undefined) return { line: line.number, column: this.at + 1 };
    const last = this.lines.at(-1);
    return last === undefined ? { line: 1, column: 1 } : { line: last.number, column: last.text.length + 1 };
  }

  /** Indent of the line that is being read, -1 behind the last. */
  indent(): number {
    return this.lines[this.index]?.indent ?? -1;
  }

  isAtLineEnd(): boolean {
    return this.rest().trim() === "";
  }

  /** Whether the line goes on with this word; takes it if so. */
  take(word: string): boolean {
    const rest = this.rest();
    if (!rest.startsWith(word) || !/^(?:$|[\s,\]])/.test(rest.slice(word.length))) return false;
    this.advance(word.length);
    return true;
  }

  /** Takes what the pattern (sticky, one group) finds here; undefined where it finds nothing. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = 0;
    const found = pattern.exec(this.rest());
    if (found === null) return undefined;
    this.advance(found[0].length);
    return found[1] ?? found[0];
  }

  /** A whole line behind a bar and one space, and goes on to the next; undefined where no bar stands. */
  takeBarLine(): string | undefined {
    const found = /^\|(?: ([^]*)|)$/.exec(this.rest());
    if (found === null) return undefined;
    this.nextLine();
    return found[1] ?? "";
  }

  /** Whether an "else" stands here, which belongs to an "if" of the same indent. */
  isElse(indent = this.indent()): boolean {
    return this.indent() === indent && /^else(?:\s|$)/.test(this.rest());
  }

  /** A JSON value: the text up to the next space outside of quotes and brackets. */
  json(expected: string): unknown {
    const place = this.place();
    const text = jsonText(this.rest());
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.fail(place, expected, text === "" ? this.found() : text.slice(0, 60));
    }
    this.advance(text.length);
    return value;
  }

  string(expected: string): string {
    const place = this.place();
    const value = this.json(expected);
    if (typeof value === "string") return value;
    return this.fail(place, expected, JSON.stringify(value));
  }

  endLine(): void {
    if (!this.isAtLineEnd()) this.fail(this.place(), "the end of the line", this.found());
    this.nextLine();
  }

  /** What stands here, for a message. */
  found(): string {
    const rest = this.rest().trim();
    return rest === "" ? (this.index < this.lines.length ? "the end of the line" : "the end of the text") : rest.slice(0, 40);
  }

  /** Throws "invalid-record" with line and column. */
  fail(place: Place, expected: string, got: string): never {
    throw new WorkbenchError("invalid-record", "the text of the tree cannot be read", {
      where: `${this.where}, line ${place.line}, column ${place.column}`,
      expected,
      got,
    });
  }

  private nextLine(): void {
    this.index += 1;
    this.at = Math.max(0, this.indent());
  }

  private rest(): string {
    return this.lines[this.index]?.text.slice(this.at) ?? "";
  }

  /** Past what was read and the spaces behind it. */
  private advance(length: number): void {
    const line = this.lines[this.index];
    if (line === undefined) return;
    this.at += length;
    while (line.text[this.at] === " ") this.at += 1;
  }
}

function readLine(text: string, number: number): Line {
  return { number, text, indent: /^ */.exec(text)?.[0].length ?? 0 };
}

function jsonText(rest: string): string {
  const string = /^"(?:[^"\\]|\\.)*"/.exec(rest)?.[0];
  if (string !== undefined) return string;
  if (!/^[[{]/.test(rest)) return /^[^\s,\]]*/.exec(rest)?.[0] ?? "";
  let level = 0;
  for (const { 0: part, index } of rest.matchAll(/"(?:[^"\\]|\\.)*"|[[{]|[\]}]/g)) {
    if ("[{".includes(part)) level += 1;
    if ("]}".includes(part)) level -= 1;
    if (level === 0) return rest.slice(0, index + part.length);
  }
  return rest;
}
