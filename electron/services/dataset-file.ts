// Reads instruction datasets (JSONL, one record a line). Every line is checked against the schema, its rules against the
// catalogue, and ids for uniqueness, so that nothing can fail later for a reason that stands in the file.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { instructionRecordSchema, type InstructionRecord } from "../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { validateRecord } from "../engine/rewards/reward.ts";
import { STARTER_FOLDER } from "./resource-paths.ts";

/** Names that stand for shipped files. */
const SHIPPED: Readonly<Record<string, string>> = { starter: "train.jsonl", heldout: "heldout.jsonl", "heldout-ood": "heldout-ood.jsonl" };

export const SHIPPED_DATASETS: readonly string[] = Object.keys(SHIPPED);

/** Where the records of a shipped name or a path lie. */
export function datasetPath(name: string): string {
  const shipped = SHIPPED[name];
  return shipped === undefined ? name : join(STARTER_FOLDER, shipped);
}

export interface DatasetFile {
  /** As the user gave it: a path or a shipped name. */
  readonly name: string;
  readonly path: string;
  readonly records: readonly InstructionRecord[];
}

/** Throws "file-not-found", "invalid-record" (line number), "unknown-rule", "invalid-rule-arguments". */
export async function readDatasetFile(name: string): Promise<DatasetFile> {
  const path = datasetPath(name);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new WorkbenchError("file-not-found", "cannot read the dataset", { where: path }, { cause });
  }
  return { name, path, records: parseRecords(text, path) };
}

/** `where` names the file in messages. Blank lines are allowed. */
export function parseRecords(text: string, where: string): InstructionRecord[] {
  const records: InstructionRecord[] = [];
  const lineOfId = new Map<string, number>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const record = parseLine(line, `${where}:${index + 1}`);
    const earlier = lineOfId.get(record.id);
    if (earlier !== undefined) {
      throw new WorkbenchError("invalid-record", `the id "${record.id}" is used twice`, {
        where: `${where}:${index + 1}`,
        got: `first used in line ${earlier}`,
      });
    }
    lineOfId.set(record.id, index + 1);
    records.push(record);
  }
  if (records.length === 0) throw new WorkbenchError("invalid-record", "the dataset has no record", { where });
  return records;
}

function parseLine(line: string, where: string): InstructionRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    const got = line.length > 80 ? `${line.slice(0, 80)}...` : line;
    throw new WorkbenchError("invalid-record", "the line is not JSON", { where, expected: "one JSON object", got }, { cause });
  }
  const parsed = instructionRecordSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = issue?.path.join(".") ?? "";
    throw new WorkbenchError("invalid-record", "the record does not fit the format", {
      where: field === "" ? where : `${where}, ${field}`,
      expected: issue?.message ?? "a valid record",
      got: shown(valueAt(value, issue?.path ?? [])),
    });
  }
  validateRecord(parsed.data, where);
  return parsed.data;
}

function shown(value: unknown): string {
  try {
    return JSON.stringify(value)?.slice(0, 120) ?? "nothing";
  } catch {
    return "something nested too deep to be shown";
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((node, key) => (node as Record<PropertyKey, unknown> | undefined)?.[key], value);
}
