// Files that nobody would write: bytes of known formats broken at random. Whatever they are, an import ends with rows, with bad rows that
// are named, or with an expected error, and what was stored before stays.
// RAIF_FUZZ_FILES says how many; a few hundred by default.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { isWorkbenchError } from "../../../shared/errors.ts";
import { mixSeed, Random } from "../../engine/tensor/random.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { checkIntegrity } from "../../storage/integrity.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import { summariseDataset } from "./dataset-views.ts";
import { exportDataset } from "./export-dataset.ts";
import { importFiles } from "./import-files.ts";
import { madeUpRecord } from "./made-up-records.ts";
import { makeDataset } from "./make-dataset.ts";
import { previewImport } from "./preview-import.ts";

const FILES = Number(process.env["RAIF_FUZZ_FILES"] ?? 300);

/** Bytes that mean something to one of the formats. */
const MEANING = [
  "{",
  "}",
  "[",
  "]",
  '"',
  "\\",
  ",",
  "\n",
  "\r\n",
  "\u0000",
  "\uFEFF",
  "'",
  "=",
  ":",
  "null",
  "1e999",
  "NaN",
  "\\ud800",
  "PAR1",
  "__proto__",
  "---\n",
  "&a *a",
];

function broken(bytes: Buffer, random: Random): Buffer {
  let made = Buffer.from(bytes);
  const times = 1 + random.integer(6);
  for (let time = 0; time < times; time++) {
    const at = random.integer(Math.max(1, made.length));
    const kind = random.integer(5);
    if (kind === 0) made[at] = random.integer(256);
    else if (kind === 1) made = Buffer.concat([made.subarray(0, at), made.subarray(Math.min(made.length, at + 1 + random.integer(40)))]);
    else if (kind === 2)
      made = Buffer.concat([made.subarray(0, at), Buffer.from(MEANING[random.integer(MEANING.length)]!), made.subarray(at)]);
    else if (kind === 3)
      made = Buffer.concat([
        made.subarray(0, at),
        Buffer.from(Array.from({ length: random.integer(9) }, () => random.integer(256))),
        made.subarray(at),
      ]);
    else made = Buffer.concat([made, made.subarray(at, at + random.integer(200))]);
  }
  return made.length > 3 && random.integer(8) === 0 ? made.subarray(0, random.integer(made.length)) : made;
}

test(`${FILES} broken files: rows, named bad rows or an expected error, and nothing stored is lost`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "raif-fuzz-"));
  const db = openWorkspace(":memory:");
  const id = makeDataset(db, "mine").id as CollectionId;
  const whole = join(folder, "whole.jsonl");
  writeFileSync(whole, [1, 2, 3, 4, 5].map((n) => `${JSON.stringify(madeUpRecord(n))}\n`).join(""));
  await importFiles(db, id, { path: whole });
  const seeds = (["jsonl", "json", "csv", "parquet"] as const).map((format) => {
    const path = join(folder, `seed.${format}`);
    exportDataset(db, id, { path, format, content: "rows" });
    return { name: `file.${format}`, bytes: readFileSync(path) };
  });
  const lines = seeds[0]!.bytes;
  const all = [
    ...seeds,
    { name: "file.jsonl.gz", bytes: gzipSync(lines) },
    { name: "file.jsonl.zst", bytes: zstdCompressSync(lines) },
    { name: "file", bytes: lines },
  ];
  const ends = { rows: 0, bad: 0, refused: 0 };
  try {
    for (let n = 0; n < FILES; n++) {
      const { name, bytes } = all[n % all.length]!;
      const path = join(folder, name);
      writeFileSync(path, broken(bytes, new Random(mixSeed(7, "fuzz", n))));
      const before = summariseDataset(db, id);
      try {
        // Few: a thread that looks at a file takes a while to start.
        if (n % 100 === 3) await previewImport({ path });
        const { imported, rejected, version } = await importFiles(db, id, { path });
        if (rejected > 0) ends.bad++;
        else ends.rows++;
        expect(summariseDataset(db, id)).toMatchObject({ rows: before.rows + imported, version });
      } catch (error) {
        if (!isWorkbenchError(error)) throw new Error(`file ${n} (${name})`, { cause: error });
        ends.refused++;
        expect(summariseDataset(db, id)).toEqual(before);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${FILES} broken files: ${ends.rows} with rows only, ${ends.bad} with bad rows, ${ends.refused} refused`);
  for (const count of Object.values(ends)) expect(count).toBeGreaterThan(0);
  expect(checkIntegrity(db)).toEqual([]);
});
