// Records of this workbench: one a line as training reads them, or with split, source and the fields of an earlier import as export
// writes them.

import { z } from "zod";
import { draftRecordSchema, type DraftRecord } from "../../../../shared/domain/dataset.ts";
import { instructionRecordSchema, type InstructionRecord } from "../../../../shared/domain/instruction.ts";
import { BadField, isFields, type Converted, type Fields, type RowSchema } from "./schema.ts";

/** What rows of an export have beside record and split. */
const PLACE = ["source", "format", "original"];
const placeSchema = z.object({
  split: z.string().max(100).default(""),
  source: z.string().max(1000).default(""),
  format: z.string().max(100).default(""),
});

export const ownSchema: RowSchema = {
  name: "raif",
  title: "RAIF Workbench",
  recognises: ({ messages, label, tags, expert, context, original }) =>
    isOwnLabel(label) ||
    (typeof context === "string" && isFields(original)) ||
    (Array.isArray(messages) && (isFields(tags) || (isFields(expert) && "answer" in expert))),
  convert,
};

/** Not a label of rules or questions as RAIF released them. */
function isOwnLabel(label: unknown): boolean {
  return isFields(label) && !("instruction_id_list" in label) && !("scoring_questions" in label);
}

const EMPTY_PLACE = { split: "", source: "", format: "" };

function convert(fields: Fields): Converted {
  const { context, original } = fields;
  if (typeof context === "string" && isFields(original)) return { type: "context", reason: context, original };
  const known: Record<string, unknown> = {};
  let [hasPlace, hasSplit] = [false, false];
  for (const [name, value] of Object.entries(fields)) {
    if (Object.hasOwn(draftRecordSchema.shape, name)) known[name] = value;
    else if (PLACE.includes(name)) hasPlace = true;
    else if (name === "split") hasSplit = true;
  }
  // Nearly all are whole; looking at those once is enough.
  const parsed = instructionRecordSchema.safeParse(known);
  const record = parsed.success ? instruction(parsed.data, known["label"]) : draft(known);
  const place = hasPlace || hasSplit ? placeSchema.safeParse(fields) : undefined;
  if (place?.success === false) throw badField(place.error);
  const { split, source, format } = place?.data ?? EMPTY_PLACE;
  return {
    type: "record",
    record,
    isInstruction: parsed.success,
    split,
    ...(hasPlace ? { place: { source, format, ...(isFields(original) ? { original } : {}) } } : {}),
  };
}

/** The label stays as it was written, without what defaults would add. */
function instruction({ id, messages, input, expert, tags }: InstructionRecord, label: unknown): DraftRecord {
  return {
    id,
    messages,
    ...(input === undefined ? {} : { input }),
    label: label as Fields,
    ...(expert === undefined ? {} : { expert }),
    tags,
  };
}

function draft(known: Fields): DraftRecord {
  const parsed = draftRecordSchema.safeParse(known);
  if (!parsed.success) throw badField(parsed.error);
  return parsed.data;
}

function badField({ issues: [issue] }: z.ZodError): BadField {
  return new BadField(issue?.path.join(".") ?? "", issue?.message ?? "does not fit the format");
}

/** Whether a row holds nothing but what its record and columns keep. */
export function isWhollyOwn(fields: Fields): boolean {
  return Object.keys(fields).every(
    (name) => Object.hasOwn(draftRecordSchema.shape, name) || name === "split" || name === "source" || name === "format",
  );
}
