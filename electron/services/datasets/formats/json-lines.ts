// JSON lines: one object a line. Lines that are too long, no UTF-8 or no object are said and passed over.

import { isUtf8 } from "node:buffer";
import type { ByteSource } from "./byte-source.ts";
import { jsonRow, MAX_ROW_BYTES, RowBatch, unreadable, type RowBatches } from "./raw-rows.ts";

const LINE_END = 10;
const BYTE_ORDER_MARK = "\uFEFF";

export async function* readJsonLines(source: ByteSource): RowBatches {
  const batch = new RowBatch();
  for await (const lines of readLines(source)) {
    for (const { line, text, problem } of lines) {
      if (problem !== undefined) batch.add(unreadable(line, problem, text), text.length);
      else if (text.trim() !== "") batch.add(jsonRow(line, text), text.length);
      if (batch.isFull) yield batch.take();
    }
  }
  if (!batch.isEmpty) yield batch.take();
}

interface Line {
  readonly line: number;
  readonly text: string;
  readonly problem?: string;
}

/** All lines that end in a piece of the file, at a time. */
async function* readLines(source: ByteSource): AsyncGenerator<readonly Line[]> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let line = 0;
  const finish = (end: Buffer): Line => {
    line++;
    const whole = rest.length === 0 ? end : Buffer.concat([...rest, end]);
    const bytes = restBytes + end.length;
    rest = [];
    restBytes = 0;
    if (bytes > MAX_ROW_BYTES) {
      const problem = `the line has ${bytes} bytes, more than the ${MAX_ROW_BYTES} that are read`;
      return { line, text: whole.toString("utf8", 0, 1000), problem };
    }
    const text = whole.toString("utf8");
    if (!isUtf8(whole)) return { line, text, problem: "the line is not UTF-8" };
    return { line, text: line === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text };
  };
  for await (const piece of source.pieces()) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = piece.indexOf(LINE_END); end >= 0; end = piece.indexOf(LINE_END, start)) {
      lines.push(finish(piece.subarray(start, end)));
      start = end + 1;
    }
    const left = piece.subarray(start);
    // Of a line that is too long anyway only the length is counted on.
    if (restBytes <= MAX_ROW_BYTES) rest.push(left);
    restBytes += left.length;
    if (lines.length > 0) yield lines;
  }
  if (restBytes > 0) yield [finish(Buffer.alloc(0))];
}
