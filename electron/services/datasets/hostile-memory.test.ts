// Files that are made to fill memories, in a process of their own whose peak is looked at: bombs, endless lines and values, headers that
// ask for gigabytes. Each ends in words, and the good rows beside them come in.

import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import type { CollectionId } from "../../storage/ids.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import { ended, startChild, temporaryFolder } from "../../storage/testing/child.ts";
import { exportDataset } from "./export-dataset.ts";
import { madeUpRecord } from "./made-up-records.ts";
import { makeDataset } from "./make-dataset.ts";
import { editDataset } from "./dataset-edits.ts";

const MB = 1024 * 1024;
/** Node itself takes about 130 MB of it. */
const MOST_MEMORY = 500 * MB;
const CHILD = new URL("./testing/import-child.ts", import.meta.url);
const folder = temporaryFolder();
afterAll(folder.remove);

const line = (n: number): string => `${JSON.stringify(madeUpRecord(n))}\n`;

/** `times` over the same piece, without holding it all. */
function repeated(name: string, before: string | Buffer, piece: Buffer, times: number, behind: string | Buffer): string {
  const path = join(folder.path, name);
  const file = openSync(path, "w");
  writeSync(file, Buffer.from(before));
  for (let time = 0; time < times; time++) writeSync(file, piece);
  writeSync(file, Buffer.from(behind));
  closeSync(file);
  return path;
}

/** A good Parquet file with one number in a header changed: bytes of a varint stay as many. */
function lyingParquet(name: string, change: (bytes: Buffer) => Buffer): string {
  const db = openWorkspace(":memory:");
  const id = makeDataset(db, "mine").id as CollectionId;
  const edits = [1, 2, 3].map((n) => ({ type: "add" as const, record: madeUpRecord(n), split: "", source: "" }));
  editDataset(db, id, edits);
  const path = join(folder.path, name);
  exportDataset(db, id, { path, format: "parquet", content: "rows" });
  db.close();
  writeFileSync(path, change(readFileSync(path)));
  return path;
}

test("bombs, endless lines and lying headers end in words, within bounded memory", async () => {
  const a = Buffer.alloc(MB, "a");
  const spaces = Buffer.alloc(64 * MB, " ");
  const [gzip, zstd] = [gzipSync(spaces), zstdCompressSync(spaces)];
  const files = [
    repeated("line.jsonl", line(1), a, 100, `\n${line(2)}`),
    repeated("value.json", `[${line(3)},{"prompt":"`, a, 40, `"},${line(4)}]`),
    repeated("cell.csv", 'instruction,output\nName a town.,Ulm\nName a river.,"', a, 40, '"\n'),
    // An object is parsed as a whole; empty lists take ten times as much as their text.
    repeated("lists.json", '{\n"data":[[]', Buffer.from(",[]".repeat(1_000_000)), 11, "]}"),
    repeated("deep.jsonl", `{"prompt":`, Buffer.from("[".repeat(MB)), 30, `\n${line(5)}`),
    repeated("bomb.jsonl.gz", "", gzip, 4, ""),
    repeated("bomb.jsonl.zst", "", zstd, 4, ""),
    lyingParquet("end.parquet", (bytes) => {
      bytes.writeUInt32LE(0x7fffffff, bytes.length - 8);
      return bytes;
    }),
    // The first page begins behind "PAR1" with its type; a byte for the field, then how many bytes it unpacks to.
    lyingParquet("page.parquet", (bytes) =>
      Buffer.concat([bytes.subarray(0, 7), Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f]), bytes.subarray(9)]),
    ),
    // Levels that are longer than their page, and a length that is missing: the decoder would never come to an end.
    lyingParquet("levels.parquet", (bytes) => {
      const lengths = bytes.indexOf(Buffer.from([0x15, 0x04, 0x15, 0x00]));
      expect(lengths).toBeGreaterThan(0);
      bytes.set([0x15, 0x84, 0x95, 0x00], lengths);
      return bytes;
    }),
  ];
  const child = startChild(CHILD, join(folder.path, "hostile.raif"), ...files);
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await ended(child);
  const { previews, ends, peakBytes } = JSON.parse(said) as Readonly<Record<"previews" | "ends", readonly unknown[]>> & {
    readonly peakBytes: number;
  };
  console.log(`hostile files: peak of ${Math.round(peakBytes / MB)} MB`);
  expect(ends).toEqual([
    { imported: 2, rejected: 1 },
    { imported: 2, rejected: 1 },
    { imported: 1, rejected: expect.any(Number) as number },
    { imported: 0, rejected: 1 },
    { imported: 1, rejected: 1 },
    { code: "invalid-record", message: expect.stringContaining("unpacks to far more") as string },
    { code: "invalid-record", message: expect.stringContaining("unpacks to far more") as string },
    { code: "invalid-record", message: expect.stringContaining("damaged") as string },
    { code: "invalid-record", message: expect.stringContaining("damaged") as string },
    { code: "invalid-record", message: expect.stringContaining("do not fit into it") as string },
  ]);
  // A look at the Parquet files fails in the same words.
  expect(previews).toEqual(ends.slice(7));
  expect(peakBytes).toBeLessThan(MOST_MEMORY);
});
