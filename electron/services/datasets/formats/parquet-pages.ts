// What the pages of a Parquet row group say about themselves, looked at before any is decoded: a header of a few bytes can ask for
// gigabytes. Sizes and counts that no honest file has are refused; honest ones bound what decoding takes. What is inside of the pages:
// parquet-values.ts.

import type { AsyncBuffer, RowGroup, SchemaTree } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { getTreePath } from "hyparquet/src/schema.js";
import { requireHonestPage, type HonestColumn } from "./parquet-values.ts";

/** Values of a column in one page, and of a column of lists in a row group: each takes memory, however small it is in the file. */
const MAX_VALUES = 10_000_000;
const MAX_DEPTH = 100;
const MAX_PAGE_BYTES = 256 * 1024 * 1024;
/** Headers carry the least and the greatest value; mostly they are short. */
const HEADER_BYTES = [4096, 4 * 1024 * 1024] as const;

/** Throws an error in words. `file` gives parts of the file and refuses what lies outside of it; `schema` is that of the file. */
export async function requireHonestPages(
  file: AsyncBuffer,
  schema: SchemaTree,
  { columns, num_rows: rows }: Pick<RowGroup, "columns" | "num_rows">,
): Promise<void> {
  for (const { meta_data: column, file_path: elsewhere } of columns) {
    if (elsewhere !== undefined && elsewhere !== "") throw new Error("a column lies in another file");
    if (column === undefined) throw new Error("a column has no metadata");
    if (column.path_in_schema.length > MAX_DEPTH) throw new Error(`a column inside ${column.path_in_schema.length} others`);
    const isFlat = column.path_in_schema.length === 1;
    const values = Number(column.num_values);
    if (values < 0 || values > MAX_VALUES || (isFlat && values !== Number(rows)))
      throw new Error(`a column of ${values} values in ${rows} rows`);
    const dictionary = Number(column.dictionary_page_offset ?? 0);
    const start = dictionary > 0 ? dictionary : Number(column.data_page_offset);
    const path = getTreePath(schema, column.path_in_schema);
    await requireHonestHeaders(file, start, start + Number(column.total_compressed_size), { metadata: column, path });
  }
}

/** Page by page, one in memory at a time. */
async function requireHonestHeaders(file: AsyncBuffer, start: number, end: number, column: HonestColumn): Promise<void> {
  let [at, seen] = [start, 0];
  let dictionary: number | undefined;
  while (at < end - 1) {
    const { header, bytes } = await readHeader(file, at, end);
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    const data = header.data_page_header ?? header.data_page_header_v2;
    const count = (data ?? header.dictionary_page_header)?.num_values ?? 0;
    if (!(packed >= 0) || !(unpacked >= 0) || unpacked > MAX_PAGE_BYTES) throw new Error(`a page of ${unpacked} bytes`);
    if (!(count >= 0) || count > MAX_VALUES) throw new Error(`a page of ${count} values`);
    requireLevelsInside(header, packed);
    if (data !== undefined) seen += count;
    const next = at + bytes + packed;
    if (next > end) break;
    dictionary = requireHonestPage(header, new Uint8Array(await file.slice(at + bytes, next)), column, dictionary);
    at = next;
  }
  if (at < end - 1 || seen !== Number(column.metadata.num_values))
    throw new Error("the pages of a column do not fit what the file says of it");
}

async function readHeader(
  file: AsyncBuffer,
  at: number,
  end: number,
): Promise<{ readonly header: ReturnType<typeof parquetHeader>; readonly bytes: number }> {
  for (const bytes of HEADER_BYTES) {
    const reader = { view: new DataView(await file.slice(at, Math.min(end, at + bytes))), offset: 0 };
    try {
      return { header: parquetHeader(reader), bytes: reader.offset };
    } catch (error) {
      if (at + bytes >= end || bytes === HEADER_BYTES.at(-1)) throw error;
    }
  }
  throw new Error("a page without a header");
}

/** Lengths that are missing or reach beyond the page send the decoder round in circles. */
function requireLevelsInside({ data_page_header_v2: page }: ReturnType<typeof parquetHeader>, packed: number): void {
  if (page === undefined) return;
  const { definition_levels_byte_length: definition, repetition_levels_byte_length: repetition, num_values: values } = page;
  const areInside = definition >= 0 && repetition >= 0 && definition + repetition <= packed;
  const areCounted = page.num_nulls >= 0 && page.num_nulls <= values && page.num_rows >= 0 && page.num_rows <= values;
  if (!areInside || !areCounted) throw new Error("a page whose parts do not fit into it");
}
