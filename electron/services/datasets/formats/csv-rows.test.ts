// Rows of CSV text are those that csv-parse gives for all of it, whatever the text is and however it comes in pieces.

import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ByteSource } from "./byte-source.ts";
import { csvRows, type CsvRow } from "./csv-rows.ts";

function source(bytes: Buffer, size: number): ByteSource {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
  }
  return { path: "rows.csv", sizeBytes: bytes.length, start: bytes, pieces, fraction: () => 0 };
}

async function read(bytes: Buffer, size = bytes.length): Promise<{ rows: Omit<CsvRow, "isBroken">[]; skipped: unknown[] }> {
  const rows: Omit<CsvRow, "isBroken">[] = [];
  const skipped: unknown[] = [];
  for await (const some of csvRows(source(bytes, Math.max(1, size)), ",", (row) => skipped.push(row)))
    rows.push(...some.map(({ cells, line }) => ({ cells, line })));
  return { rows, skipped };
}

/** The library alone. */
function expected(bytes: Buffer): Awaited<ReturnType<typeof read>> {
  const skipped: unknown[] = [];
  const parsed = parse(bytes, {
    bom: true,
    delimiter: ",",
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error) => void skipped.push({ line: Number(error?.["lines"] ?? 0), reason: error?.message }),
  }) as unknown as readonly { readonly record: readonly string[]; readonly info: { readonly lines: number } }[];
  return { rows: parsed.map(({ record, info }) => ({ cells: record, line: info.lines })), skipped };
}

/** Mostly rows as they should be. */
const cell = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-z é水]{0,6}$/u) },
  { weight: 4, arbitrary: fc.stringMatching(/^[a-z,"\r\n水]{0,6}$/u).map((text) => `"${text.replaceAll('"', '""')}"`) },
  { weight: 1, arbitrary: fc.stringMatching(/^[a,"\r\n\0 ]{0,4}$/) },
);
const text = fc
  .record({
    mark: fc.constantFrom("", "", "", "\uFEFF"),
    rows: fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 8 }),
    end: fc.constantFrom("\n", "\n", "\r\n", "\r"),
    last: fc.boolean(),
  })
  .map(({ mark, rows, end, last }) => mark + rows.map((cells) => cells.join(",")).join(end) + (last ? end : ""));

test("rows, lines and what is wrong are as csv-parse gives them for the whole", async () => {
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 40 }), async (csv, size) => {
      const bytes = Buffer.from(csv);
      expect(await read(bytes, size)).toEqual(expected(bytes));
    }),
    { numRuns: 500, seed: 11 },
  );
});

test("a text that is no UTF-8 is read on, and its rows are told", async () => {
  const bytes = Buffer.concat([Buffer.from("a,b\n1,2\n"), Buffer.from([0xff, 0x2c, 0x33, 0x0a]), Buffer.from("4,5\n")]);
  const rows: CsvRow[] = [];
  for await (const some of csvRows(source(bytes, 5), ",", () => undefined)) rows.push(...some);
  expect(rows.map(({ cells, isBroken }) => [cells.join(), isBroken])).toEqual([
    ["a,b", false],
    ["1,2", false],
    ["\uFFFD,3", true],
    ["4,5", false],
  ]);
});
