// From a row of a file to what is stored: finds the schema it is in, makes the record, and decides what has to be kept beside it.

import { draftRecordSchema, type DraftRecord } from "../../../../shared/domain/dataset.ts";
import type { Mapping } from "../../../../shared/domain/dataset-files.ts";
import { WorkbenchError } from "../../../../shared/errors.ts";
import type { RawRow, UnreadableRow } from "../formats/raw-rows.ts";
import { contentHash, recordHash } from "../content-hash.ts";
import { describeRow, type DescribedRow } from "../row-facets.ts";
import { BENCHMARK_SCHEMAS } from "./benchmarks.ts";
import { mappedSchema } from "./mapping.ts";
import { isWhollyOwn, ownSchema } from "./own.ts";
import { BadField, type Converted, type DraftParts, type RowSchema } from "./schema.ts";
import { TRAINING_SCHEMAS } from "./training.ts";

/** In this order a row is tried; the names are what imports may be asked for. */
const SCHEMAS: readonly RowSchema[] = [...TRAINING_SCHEMAS.slice(0, 1), ownSchema, ...BENCHMARK_SCHEMAS, ...TRAINING_SCHEMAS.slice(1)];
export const LAYOUTS: readonly { readonly name: string; readonly title: string }[] = SCHEMAS.map(({ name, title }) => ({ name, title }));

export interface ConvertedRow extends DescribedRow {
  readonly type: "record";
  readonly line: number;
  /** Every field as it was; null where the record is that. */
  readonly originalJson: string | null;
  /** Hexadecimal, of all that is kept: what decides whether the same row is there already. */
  readonly hash: string;
}

export type RowResult =
  | ConvertedRow
  | {
      readonly type: "bad" | "context";
      readonly line: number;
      readonly field: string;
      readonly reason: string;
      readonly text: string;
      readonly split: string;
    };

export interface ConvertOptions {
  /** File the row is from, as shown. */
  readonly source: string;
  /** Begins the ids of records that have none. */
  readonly idPrefix: string;
  readonly split: string;
}

export type ConvertRow = (row: RawRow | UnreadableRow, options: ConvertOptions) => RowResult;

/**
 * For the rows of one file, in their order. `schema`: name of the only one to use; otherwise every row is taken as what it looks like. Throws "invalid-argument" for an unknown
 * name.
 */
export function rowConverter(choice: { readonly schema?: string | undefined; readonly mapping?: Mapping | undefined } = {}): ConvertRow {
  const schemas = chosenSchemas(choice);
  let last: RowSchema | undefined;
  const inTurn = new Map<RowSchema, RowSchema["convert"]>();
  const converterOf = (schema: RowSchema): RowSchema["convert"] => {
    let convert = inTurn.get(schema);
    if (convert === undefined) inTurn.set(schema, (convert = schema.inTurn?.() ?? schema.convert));
    return convert;
  };
  return (row, options) => {
    if (row.type === "unreadable") return { ...row, type: "bad", split: options.split };
    try {
      // Rows of a file are mostly alike; a schema that asks for more than the last one still goes first.
      const schema =
        last?.recognises(row.fields) === true && schemas.length === 1 ? last : schemas.find(({ recognises }) => recognises(row.fields));
      if (schema === undefined)
        throw new BadField("", `no known layout has these fields: ${Object.keys(row.fields).slice(0, 20).join(", ")}`);
      last = schema;
      return converted(schema, converterOf(schema)(row.fields), row, options);
    } catch (error) {
      // What is nested thousands of levels deep ends here, where it cannot be written as text again.
      const isTooDeep = error instanceof RangeError;
      const bad = isTooDeep ? new BadField("", "is nested too deeply") : error;
      if (!(bad instanceof BadField)) throw error;
      return {
        type: "bad",
        line: row.line,
        field: bad.field,
        reason: bad.message,
        text: row.json ?? (isTooDeep ? "" : JSON.stringify(row.fields)),
        split: options.split,
      };
    }
  };
}

function chosenSchemas({ schema, mapping }: Parameters<typeof rowConverter>[0] & object): readonly RowSchema[] {
  if (mapping !== undefined) return [mappedSchema(mapping)];
  if (schema === undefined) return SCHEMAS;
  const named = SCHEMAS.find(({ name }) => name === schema);
  if (named === undefined) {
    throw new WorkbenchError("invalid-argument", "there is no such layout", {
      got: schema,
      expected: `one of ${SCHEMAS.map(({ name }) => name).join(", ")}`,
    });
  }
  return [named];
}

function converted(schema: RowSchema, result: Converted, row: RawRow, { source, idPrefix, split }: ConvertOptions): RowResult {
  const text = (): string => row.json ?? JSON.stringify(row.fields);
  if (result.type === "context" && result.original !== undefined) {
    return { type: "context", line: row.line, field: "", reason: result.reason, text: JSON.stringify(result.original), split };
  }
  if (result.type === "context") return { type: "context", line: row.line, field: "", reason: result.reason, text: text(), split };
  const { place } = result;
  const record = result.record ?? checkedRecord({ id: `${idPrefix}-${row.line}`, messages: [], ...result.draft });
  const format = place === undefined ? schema.name : place.format;
  const columns = {
    split: result.split === undefined || result.split === "" ? split : result.split,
    source: place?.source ?? source,
    format,
  };
  const described = describeRow(record, columns, result.isInstruction === true);
  if (schema === ownSchema && place === undefined && described.columns.state === "problem")
    throw new BadField("label", described.columns.problem ?? "");
  const isOwn = schema === ownSchema && place?.original === undefined && isWhollyOwn(row.fields);
  const hash = isOwn ? recordHash(described.content.recordJson, result.split) : contentHash(row.fields);
  const originalJson = place?.original !== undefined ? JSON.stringify(place.original) : isOwn ? null : text();
  return { type: "record", line: row.line, originalJson, hash: hash.toString("hex"), ...described };
}

/** Drafts of other layouts are made here, so that only sizes can be wrong; ids are cut to what is stored. */
function checkedRecord(draft: DraftParts & { readonly id: string }): DraftRecord {
  const parsed = draftRecordSchema.safeParse({ ...draft, id: draft.id.slice(0, 500), tags: draft.tags ?? {} });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BadField(issue?.path.join(".") ?? "", issue?.message ?? "does not fit the format");
}
