// raif:table_shape: a Markdown table with so many columns and rows, and the given headers if any. Another table beside it does no harm.

import { z } from "zod";
import { counted, countSchema, quoteList, result, wordSchema } from "../check-result.ts";
import { markdownTables } from "../markdown.ts";
import { randomCount } from "../random-kwargs.ts";
import { foldText } from "../readable-text.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly columns: number;
  /** Below the header. */
  readonly rows: number;
  /** In order, ignoring case. */
  readonly headers?: readonly string[] | undefined;
}

export const tableShape: Checker<Kwargs> = {
  id: "raif:table_shape",
  kwargs: z
    .strictObject({ columns: countSchema.min(1), rows: countSchema, headers: z.array(wordSchema).min(1).optional() })
    .refine(({ columns, headers }) => headers === undefined || headers.length === columns, "there have to be as many headers as columns"),
  conflicts: ["detectable_format:json_format", "detectable_format:xml_format", "raif:json_schema", "raif:equals_number"],
  describe: ({ columns, rows, headers }) =>
    `a table of ${counted(columns, "column")} and ${counted(rows, "row")} below the header` +
    (headers === undefined ? "" : ` with the headers ${quoteList(headers)}`),
  randomKwargs: (random) => ({ columns: randomCount(random, 2, 5), rows: randomCount(random, 2, 8) }),
  check(text, kwargs) {
    const tables = markdownTables(text);
    const fits = tables.some(
      ({ columns, rows, headers }) =>
        columns === kwargs.columns &&
        rows === kwargs.rows &&
        (kwargs.headers ?? headers).every((header, index) => foldText(header.trim()) === foldText(headers[index] ?? "")),
    );
    const shapes = tables.map(
      ({ columns, rows, headers }) =>
        `${counted(columns, "column")} and ${counted(rows, "row")}${kwargs.headers === undefined ? "" : ` under ${quoteList(headers)}`}`,
    );
    const got = tables.length === 0 ? "no table" : shapes.join("; ");
    return result(
      fits,
      this.describe(kwargs),
      got,
      tables.map(({ start, end }) => ({ start, end })),
    );
  },
};
