// A JSON file that holds its rows in one list: either the file is the list, or an object has lists under the names of splits. Rows are
// cut out of the text as it comes, so that the file may be larger than memory.

import { isUtf8 } from "node:buffer";
import type { ByteSource } from "./byte-source.ts";
import {
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_OBJECT,
  jsonRow,
  MAX_ROW_BYTES,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  RowBatch,
  unreadable,
  type RawRow,
  type RowBatches,
  type UnreadableRow,
} from "./raw-rows.ts";

const COMMA = 0x2c;
const BYTE_ORDER_MARK = Buffer.from("\uFEFF");
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** The elements of a list that is the whole file. */
export async function* readJsonList(source: ByteSource): RowBatches {
  const cutter = new ListCutter();
  const batch = new RowBatch();
  const take = (row: RawRow | UnreadableRow): void => batch.add(row, row.type === "row" ? (row.json?.length ?? 0) : row.text.length);
  for await (const piece of source.pieces()) {
    cutter.take(piece, take);
    if (batch.isFull) yield batch.take();
  }
  cutter.end(take);
  if (!batch.isEmpty) yield batch.take();
}

/** Follows brackets and strings; what lies between the commas of the outermost list is an element. */
class ListCutter {
  private depth = 0;
  private inString = false;
  private escaped = false;
  private started = false;
  private closed = false;
  private element = 0;
  private parts: Buffer[] = [];
  private bytes = 0;

  take(piece: Buffer, onRow: (row: RawRow | UnreadableRow) => void): void {
    let start = 0;
    if (!this.started) {
      start = piece.indexOf(OPEN_LIST) + 1;
      this.started = start > 0;
    }
    let from = start;
    for (let at = start; at < piece.length; at++) {
      const byte = piece[at]!;
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (byte === BACKSLASH) this.escaped = true;
        else if (byte === QUOTE) this.inString = false;
        continue;
      }
      if (byte === QUOTE) this.inString = true;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.depth++;
      else if (this.depth > 0 && (byte === CLOSE_LIST || byte === CLOSE_OBJECT)) this.depth--;
      else if (this.depth === 0 && (byte === COMMA || byte === CLOSE_LIST)) {
        this.keep(piece.subarray(from, at));
        this.cut(onRow, byte === CLOSE_LIST);
        from = at + 1;
        if (byte === CLOSE_LIST) {
          this.closed = true;
          this.parts = [];
        }
      }
    }
    if (!this.closed) this.keep(piece.subarray(from));
  }

  end(onRow: (row: RawRow | UnreadableRow) => void): void {
    if (this.closed) return;
    const text = Buffer.concat(this.parts).toString("utf8", 0, 1000);
    onRow(unreadable(this.element + 1, "the list does not end: the file is cut off", text));
  }

  private keep(part: Buffer): void {
    if (this.bytes <= MAX_ROW_BYTES) this.parts.push(part);
    this.bytes += part.length;
  }

  private cut(onRow: (row: RawRow | UnreadableRow) => void, isLast: boolean): void {
    if (this.closed) return;
    const whole = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
    const { bytes } = this;
    this.parts = [];
    this.bytes = 0;
    if (isLast && whole.every(isSpace)) return;
    this.element++;
    if (bytes > MAX_ROW_BYTES) {
      onRow(
        unreadable(
          this.element,
          `the record has ${bytes} bytes, more than the ${MAX_ROW_BYTES} that are read`,
          whole.toString("utf8", 0, 1000),
        ),
      );
    } else if (!isUtf8(whole)) onRow(unreadable(this.element, "the record is not UTF-8", whole.toString("utf8", 0, 1000)));
    else onRow(jsonRow(this.element, whole.toString("utf8").trim()));
  }
}

/** Members of an object that hold rows, by the split they name ("" where the name is that of no split). */
const LISTS: Readonly<Record<string, string>> = {
  data: "",
  rows: "",
  examples: "",
  items: "",
  instances: "",
  train: "train",
  test: "test",
  validation: "validation",
  dev: "validation",
};
/** An object is read as a whole. */
const MAX_OBJECT_BYTES = 256 * 1024 * 1024;

export interface SplitRows {
  readonly split: string;
  readonly rows: readonly (RawRow | UnreadableRow)[];
}

/** An object that is the whole file: its lists of rows, or itself as the only row. */
export async function readJsonObject(source: ByteSource): Promise<readonly SplitRows[]> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const piece of source.pieces()) {
    parts.push(piece);
    bytes += piece.length;
    if (bytes > MAX_OBJECT_BYTES) {
      return [
        {
          split: "",
          rows: [
            unreadable(1, `the object has more than the ${MAX_OBJECT_BYTES} bytes that are read`, parts[0]?.toString("utf8", 0, 1000)),
          ],
        },
      ];
    }
  }
  const text = Buffer.concat(parts).toString("utf8");
  const whole = jsonRow(1, text.startsWith("\uFEFF") ? text.slice(1) : text);
  if (whole.type === "unreadable") return [{ split: "", rows: [whole] }];
  const lists = Object.entries(whole.fields).filter(
    ([name, value]) => Object.hasOwn(LISTS, name) && Array.isArray(value) && value.every(isObject),
  );
  if (lists.length === 0) return [{ split: "", rows: [whole] }];
  return lists.map(([name, value]) => ({
    split: LISTS[name] ?? "",
    rows: (value as readonly Record<string, unknown>[]).map((fields, index) => ({ type: "row", line: index + 1, fields })),
  }));
}

function isObject(value: unknown): boolean {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** First byte that says something. */
export function firstByte(start: Buffer): number | undefined {
  const text = start.subarray(0, 3).equals(BYTE_ORDER_MARK) ? start.subarray(3) : start;
  return text.find((byte) => !isSpace(byte));
}
