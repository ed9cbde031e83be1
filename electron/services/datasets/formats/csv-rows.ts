// Rows of CSV text where it is written as RFC 4180 says, several times as fast as csv-parse. From the first row on that is not, csv-parse
// reads: what is wrong with it and what is still to be had is its business, and rows come out as if it had read everything.

import { isUtf8 } from "node:buffer";
import { pipeline, Readable } from "node:stream";
import { TextDecoder } from "node:util";
import { parse, type Parser } from "csv-parse";
import { WorkbenchError } from "../../../../shared/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { MAX_ROW_BYTES, QUOTE } from "./raw-rows.ts";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

export interface CsvRow {
  readonly cells: readonly string[];
  /** Where it ends, from 1; line breaks within cells count. */
  readonly line: number;
  /** A cell has marks in place of what is no UTF-8. */
  readonly isBroken: boolean;
}

export interface SkippedRow {
  readonly line: number;
  readonly reason: string;
}

/** What cannot be read goes to `onSkip`. Throws what reading the source throws. */
export async function* csvRows(
  source: ByteSource,
  delimiter: string,
  onSkip: (row: SkippedRow) => void,
): AsyncGenerator<readonly CsvRow[]> {
  const clean = new CleanRows(delimiter);
  const pieces = source.pieces()[Symbol.asyncIterator]();
  try {
    let rest: Buffer = Buffer.alloc(0);
    let isStart = true;
    for (let isEnd = false; !isEnd;) {
      const next = await pieces.next();
      isEnd = next.done === true;
      const bytes = next.done === true ? rest : rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
      if (isStart && !isEnd && bytes.length < BYTE_ORDER_MARK.length) {
        rest = bytes;
        continue;
      }
      const from = isStart && bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
      const { rows, readBytes, isClean } = clean.read(bytes.subarray(from), isEnd);
      if (rows.length > 0) yield rows;
      rest = isClean ? bytes.subarray(from + readBytes) : bytes.subarray(isStart && readBytes === 0 ? 0 : from + readBytes);
      if (!isClean) {
        yield* otherRows(chained(rest, pieces), { delimiter, clean, hasMark: isStart && readBytes === 0 }, onSkip);
        return;
      }
      if (from + readBytes > 0) isStart = false;
    }
  } finally {
    await pieces.return?.();
  }
}

async function* chained(first: Buffer, pieces: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
}

interface CleanRead {
  readonly rows: readonly CsvRow[];
  readonly readBytes: number;
  /** False where the row behind the ones given is not written as it should be. */
  readonly isClean: boolean;
}

class CleanRows {
  /** Of the line that the next row begins in, from 1. */
  line = 1;
  /** Told by the first row. */
  lineEnd: "\n" | "\r\n" | undefined;
  readonly #delimiter: number;

  constructor(delimiter: string) {
    this.#delimiter = delimiter.charCodeAt(0);
  }

  /** As many whole rows as the bytes begin with. */
  read(bytes: Buffer, isEnd: boolean): CleanRead {
    // A line break is never a part of a longer character.
    const end = isEnd ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1;
    const whole = bytes.subarray(0, end);
    if (bytes.length > MAX_ROW_BYTES || !isUtf8(whole)) return { rows: [], readBytes: 0, isClean: false };
    const text = whole.toString("utf8");
    const rows: CsvRow[] = [];
    let at = 0;
    for (;;) {
      const row = at < text.length ? this.#row(text, at, isEnd) : "more";
      if (typeof row === "string") {
        const readBytes = at === text.length ? end : at === 0 ? 0 : Buffer.byteLength(text.slice(0, at));
        return { rows, readBytes, isClean: row === "more" };
      }
      if (row.cells !== undefined) rows.push({ cells: row.cells, line: row.line, isBroken: false });
      at = row.end;
    }
  }

  #row(
    text: string,
    start: number,
    isEnd: boolean,
  ): { readonly cells: readonly string[] | undefined; readonly line: number; readonly end: number } | "more" | "unclean" {
    const cells: string[] = [];
    let breaks = 0;
    for (let at = start; ;) {
      let cellEnd: number;
      if (text.charCodeAt(at) === QUOTE) {
        const quoted = quotedCell(text, at + 1);
        if (quoted === undefined) return isEnd ? "unclean" : "more";
        cells.push(quoted.cell);
        breaks += quoted.breaks;
        cellEnd = quoted.end;
      } else {
        cellEnd = this.#cellEnd(text, at);
        cells.push(text.slice(at, cellEnd));
      }
      if (cellEnd === text.length) {
        if (!isEnd) return "more";
        return this.#ended(cells, start, cellEnd, cellEnd, breaks);
      }
      const code = text.charCodeAt(cellEnd);
      if (code === this.#delimiter) {
        at = cellEnd + 1;
        continue;
      }
      const lineEnd = code === NEWLINE ? "\n" : code === RETURN && text.charCodeAt(cellEnd + 1) === NEWLINE ? "\r\n" : undefined;
      if (lineEnd === undefined || (this.lineEnd ??= lineEnd) !== lineEnd) return "unclean";
      return this.#ended(cells, start, cellEnd, cellEnd + lineEnd.length, breaks);
    }
  }

  /** A line without anything is no row. */
  #ended(
    cells: readonly string[],
    start: number,
    rowEnd: number,
    end: number,
    breaks: number,
  ): { readonly cells: readonly string[] | undefined; readonly line: number; readonly end: number } {
    const line = this.line + breaks;
    this.line = line + (end > rowEnd ? 1 : 0);
    return { cells: rowEnd === start ? undefined : cells, line, end };
  }

  /** Where a cell without quotes ends: at a delimiter, a line break, a quote that should not be there, or the end of the text. */
  #cellEnd(text: string, start: number): number {
    let at = start;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === this.#delimiter || code === NEWLINE || code === RETURN || code === QUOTE) break;
    }
    return at;
  }
}

/** From behind the first quote; undefined where the last one is not in the text. */
function quotedCell(text: string, start: number): { readonly cell: string; readonly end: number; readonly breaks: number } | undefined {
  let hasQuotes = false;
  for (let quote = text.indexOf('"', start); quote >= 0; quote = text.indexOf('"', quote + 2)) {
    if (text.charCodeAt(quote + 1) === QUOTE) {
      hasQuotes = true;
      continue;
    }
    const cell = text.slice(start, quote);
    return { cell: hasQuotes ? cell.replaceAll('""', '"') : cell, end: quote + 1, breaks: breaksIn(cell) };
  }
  return undefined;
}

/** As csv-parse counts lines: a return and a newline are two. */
function breaksIn(cell: string): number {
  let breaks = 0;
  for (let at = cell.indexOf("\n"); at >= 0; at = cell.indexOf("\n", at + 1)) breaks++;
  for (let at = cell.indexOf("\r"); at >= 0; at = cell.indexOf("\r", at + 1)) breaks++;
  return breaks;
}

async function* otherRows(
  bytes: AsyncIterable<Buffer>,
  { delimiter, clean, hasMark }: { readonly delimiter: string; readonly clean: CleanRows; readonly hasMark: boolean },
  onSkip: (row: SkippedRow) => void,
): AsyncGenerator<readonly CsvRow[]> {
  const parser: Parser = parse({
    bom: hasMark,
    delimiter,
    info: true,
    max_record_size: MAX_ROW_BYTES,
    ...(clean.lineEnd === undefined ? {} : { record_delimiter: clean.lineEnd }),
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error !== undefined) onSkip({ line: Number(error["lines"] ?? 0), reason: error.message });
    },
  });
  Object.assign(parser.info, { lines: clean.line });
  // Errors of the file come out of the parser, and whoever stops early closes the file.
  const watched = new WatchedBytes(bytes);
  const rows = pipeline(Readable.from(watched.pieces()), parser, () => undefined) as AsyncIterable<Parsed>;
  try {
    for await (const { record, info } of rows) {
      yield [{ cells: record, line: info.lines, isBroken: watched.isBroken && record.some((cell) => cell.includes("\uFFFD")) }];
    }
  } catch (error) {
    if (error instanceof WorkbenchError) throw error;
    // What follows cannot be told apart from what is broken.
    const reason = error instanceof Error ? error.message : String(error);
    onSkip({ line: parser.info.lines, reason: `cannot be read from here on: ${reason}` });
  }
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Bytes on their way to the parser, which puts a mark where they are no UTF-8 and says nothing. */
class WatchedBytes {
  isBroken = false;
  readonly #source: AsyncIterable<Buffer>;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source;
  }

  async *pieces(): AsyncGenerator<Buffer> {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    for await (const piece of this.#source) {
      if (!this.isBroken) this.isBroken = !isDecodable(decoder, piece);
      yield piece;
    }
  }
}

function isDecodable(decoder: TextDecoder, piece: Buffer): boolean {
  try {
    decoder.decode(piece, { stream: true });
    return true;
  } catch {
    return false;
  }
}
