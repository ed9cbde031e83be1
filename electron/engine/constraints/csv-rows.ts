// Rows of delimited text as Python's csv.reader reads them: a quote opens a field only at its beginning, text behind a closing quote
// joins the field, an empty line is a row without fields. Owns no rule.

import type { Span } from "../../../shared/domain/verdict.ts";

export interface CsvRow extends Span {
  readonly fields: readonly string[];
}

/**
 * Rows with their places, line ends left out; undefined where the reader gives up: a carriage return inside a line. `keepQuotes`: fields
 * in quotes keep them (as if every quote were written three times).
 */
export function csvRows(text: string, delimiter: "," | "\t", keepQuotes = false): CsvRow[] | undefined {
  const source = keepQuotes ? text.replaceAll('"', '"""') : text;
  const reader = new RowReader(delimiter, keepQuotes);
  for (let at = 0; at < source.length; at += 1) {
    const character = source[at] ?? "";
    const isReturn = character === "\r" && reader.state !== "quoted";
    // A carriage return belongs to a line end or is none.
    if (isReturn && at + 1 < source.length && source[at + 1] !== "\n") return undefined;
    if (!isReturn) reader.read(character, at);
  }
  if (source !== "" && (reader.state === "quoted" || !source.endsWith("\n"))) reader.endRow(source.length);
  return reader.rows;
}

class RowReader {
  readonly rows: CsvRow[] = [];
  state: "start" | "plain" | "quoted" | "closing" = "start";
  private readonly delimiter: string;
  private readonly keepQuotes: boolean;
  private fields: string[] = [];
  private field = "";
  private start = 0;
  private quotes = 0;

  constructor(delimiter: string, keepQuotes: boolean) {
    this.delimiter = delimiter;
    this.keepQuotes = keepQuotes;
  }

  read(character: string, at: number): void {
    if (character === '"') this.quotes += 1;
    if (this.state === "quoted") {
      if (character === '"') this.state = "closing";
      else this.field += character;
    } else if (character === '"' && this.state !== "plain") {
      // At the beginning it opens the field; behind a closing quote it is a quote that was doubled.
      if (this.state === "closing") this.field += '"';
      this.state = "quoted";
    } else if (character === this.delimiter) {
      this.endField();
    } else if (character === "\n") {
      this.endRow(at);
    } else {
      this.field += character;
      this.state = "plain";
    }
  }

  endRow(at: number): void {
    if (this.state !== "start" || this.fields.length > 0) this.endField();
    const end = this.place(at);
    this.rows.push({ start: this.start, end, fields: this.fields });
    this.fields = [];
    this.start = end + 1;
  }

  private endField(): void {
    this.fields.push(this.field);
    this.field = "";
    this.state = "start";
  }

  /** The index in the text as it was given. */
  private place(at: number): number {
    return this.keepQuotes ? at - (this.quotes - this.quotes / 3) : at;
  }
}
