// Checks and clean-ups of dataset files, as commands ask for them.

import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import type { FindingType, QualityCounts, QualityFinding } from "../../../shared/domain/quality.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { applyFixes } from "../../engine/data-quality/apply-fixes.ts";
import { countFindings } from "../../engine/data-quality/check-rows.ts";
import { readDatasetFile } from "../dataset-file.ts";
import { writeJsonLines } from "../synthesis/write-records.ts";
import { checkData, parseFindingTypes, type CheckDataRequest, type CheckHooks, type DataPart } from "./check-data.ts";

export interface CheckFilesRequest extends Omit<CheckDataRequest, "types"> {
  readonly data: string;
  /** Further files that are only measured on: their rows count as the split "test". */
  readonly heldOut?: readonly string[];
  /** Names of findings between commas; all by default. */
  readonly only?: string;
  /** Where every finding goes, one a line. */
  readonly findings?: string;
  /** Where the data goes with the advised fixes made; needs `fix`. */
  readonly out?: string;
  /** Names of findings between commas to mend; "all". */
  readonly fix?: string;
}

export interface CheckedFiles {
  readonly findings: readonly QualityFinding[];
  readonly counts: QualityCounts;
  /** Null when nothing was to be mended. */
  readonly fixed: { readonly removed: number; readonly changed: number; readonly kept: number } | null;
}

/** Throws "invalid-argument", "cancelled", and what reading the files or the model throws. */
export async function checkFiles(request: CheckFilesRequest, hooks: CheckHooks = {}): Promise<CheckedFiles> {
  const { data, heldOut = [], only, findings: findingsPath, out, fix, ...rest } = request;
  if ((out === undefined) !== (fix === undefined)) {
    throw new WorkbenchError("invalid-argument", "mending needs what to mend and where to write", { expected: "fix and out, or neither" });
  }
  const mended = fix === undefined || fix === "all" ? undefined : parseFindingTypes(fix);
  const types = only === undefined ? {} : { types: parseFindingTypes(only) };
  const { records } = await readDatasetFile(data);
  const parts: DataPart[] = [{ split: heldOut.length === 0 ? null : "train", records }];
  for (const name of heldOut) parts.push({ split: "test", records: (await readDatasetFile(name)).records });
  const findings = await checkData(parts, { ...rest, ...types }, hooks);
  if (findingsPath !== undefined) await writeJsonLines(findingsPath, findings);
  const total = parts.reduce((sum, part) => sum + part.records.length, 0);
  const counts = countFindings(total, findings);
  if (out === undefined) return { findings, counts, fixed: null };
  return { findings, counts, fixed: await writeFixed(records, findings, mended, out) };
}

async function writeFixed(
  records: readonly InstructionRecord[],
  findings: readonly QualityFinding[],
  types: readonly FindingType[] | undefined,
  out: string,
): Promise<CheckedFiles["fixed"]> {
  const chosen = findings.filter(({ type }) => types === undefined || types.includes(type));
  const fixed = applyFixes(
    records,
    chosen.flatMap(({ fixes }) => fixes.slice(0, 1)),
  );
  await writeJsonLines(out, fixed.records);
  return { removed: fixed.removed, changed: fixed.changed, kept: fixed.records.length };
}
