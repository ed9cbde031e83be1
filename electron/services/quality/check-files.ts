// Checks and clean-ups as commands ask for them: of files, or of a dataset of a workspace.

import type { FindingType, QualityCounts, QualityFinding } from "../../../shared/domain/quality.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { applyFixes } from "../../engine/data-quality/apply-fixes.ts";
import { countFindings } from "../../engine/data-quality/check-rows.ts";
import { qualityRow } from "../../engine/data-quality/quality-row.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import { listFindings } from "../../storage/quality-checks.ts";
import { requireCollection } from "../datasets/find-collection.ts";
import { writeJsonLines } from "../synthesis/write-records.ts";
import { checkQualityRows, parseFindingTypes, type CheckDataRequest, type CheckHooks } from "./check-data.ts";
import { checkDataset } from "./check-dataset.ts";
import { fixFindings } from "./fix-findings.ts";
import { readRows, type ReadRow, type ReadRows } from "./read-rows.ts";

export interface CheckFilesRequest extends Omit<CheckDataRequest, "types"> {
  /** File or folder of any known layout, or a shipped name. */
  readonly data?: string | undefined;
  /** With `dataset` instead of `data`. */
  readonly workspace?: string | undefined;
  /** Name or number. */
  readonly dataset?: string | undefined;
  /** Further files that are only measured on: their rows count as the split "test". */
  readonly heldOut?: readonly string[] | undefined;
  /** Names of findings between commas; all by default. */
  readonly only?: string | undefined;
  /** Where every finding goes, one a line. */
  readonly findings?: string | undefined;
  /** Names of findings between commas to mend as advised; "all". */
  readonly fix?: string | undefined;
  /** Where the mended data of a file goes; a dataset gets a new version instead. */
  readonly out?: string | undefined;
}

export interface CheckedFiles {
  readonly findings: readonly QualityFinding[];
  readonly counts: QualityCounts;
  readonly unreadable: ReadRows["unreadable"];
  /** Null when nothing was to be mended. `version`: of the dataset that was mended. */
  readonly fixed: { readonly removed: number; readonly changed: number; readonly kept: number; readonly version: number | null } | null;
}

/** Throws "invalid-argument", "not-found", "cancelled", and what reading the files or the model throws. */
export async function checkFiles(request: CheckFilesRequest, hooks: CheckHooks = {}): Promise<CheckedFiles> {
  const { data, workspace, dataset, fix, out } = request;
  const stored = workspace !== undefined && dataset !== undefined;
  if ((data === undefined) !== stored) {
    throw new WorkbenchError("invalid-argument", "what to check is not clear", {
      expected: "--data PATH, or --workspace FILE with --dataset NAME",
    });
  }
  if (!stored && (out === undefined) !== (fix === undefined)) {
    throw new WorkbenchError("invalid-argument", "mending a file needs what to mend and where to write", {
      expected: "--fix FINDINGS with --out FILE, or neither",
    });
  }
  const checked = stored ? await checkStored(workspace, dataset, request, hooks) : await checkPath(data ?? "", request, hooks);
  if (request.findings !== undefined) await writeJsonLines(request.findings, checked.findings);
  return checked;
}

function wanted({
  only,
  duplicateThreshold,
  leakageThreshold,
  against,
  model,
  maxPromptTokens,
  maxNewTokens,
}: CheckFilesRequest): CheckDataRequest {
  const types = only === undefined ? {} : { types: parseFindingTypes(only) };
  return { ...types, duplicateThreshold, leakageThreshold, against, model, maxPromptTokens, maxNewTokens };
}

/** Undefined: every type. */
function mendedTypes(fix: string): readonly FindingType[] | undefined {
  return fix === "all" ? undefined : parseFindingTypes(fix);
}

async function checkPath(data: string, request: CheckFilesRequest, hooks: CheckHooks): Promise<CheckedFiles> {
  const { heldOut = [], fix, out } = request;
  const types = fix === undefined ? undefined : mendedTypes(fix);
  const checks = wanted(request);
  hooks.onProgress?.({ activity: `reading ${data}`, fraction: 0 });
  const { rows, unreadable } = await readRows(data, hooks.signal);
  const parts: { readonly row: ReadRow; readonly split: string | null }[] = rows.map((row) => ({
    row,
    split: row.split ?? (heldOut.length === 0 ? null : "train"),
  }));
  for (const name of heldOut) parts.push(...(await readRows(name, hooks.signal)).rows.map((row) => ({ row, split: "test" })));
  const keys = distinctKeys(parts.map(({ row }) => row.record.id));
  const findings = await checkQualityRows(
    parts.map(({ row, split }, index) => qualityRow(row.checked, index, split, keys[index])),
    checks,
    hooks,
  );
  const counts = countFindings(parts.length, findings);
  if (out === undefined) return { findings, counts, unreadable, fixed: null };
  const chosen = findings.filter(({ type }) => types === undefined || types.includes(type));
  const fixed = applyFixes(
    rows.map(({ record }, index) => ({ key: keys[index] ?? record.id, record })),
    chosen.flatMap(({ fixes }) => fixes.slice(0, 1)),
  );
  await writeJsonLines(out, fixed.records);
  return {
    findings,
    counts,
    unreadable,
    fixed: { removed: fixed.removed, changed: fixed.changed, kept: fixed.records.length, version: null },
  };
}

/** Ids, told apart where one comes again. */
function distinctKeys(ids: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return ids.map((id) => {
    const times = (seen.get(id) ?? 0) + 1;
    seen.set(id, times);
    return times === 1 ? id : `${id}#${times}`;
  });
}

async function checkStored(workspace: string, dataset: string, request: CheckFilesRequest, hooks: CheckHooks): Promise<CheckedFiles> {
  const { fix } = request;
  const types = fix === undefined ? undefined : mendedTypes(fix);
  const db = openWorkspace(workspace);
  try {
    const { id, rowCount } = requireCollection(db, dataset);
    const checkId = await checkDataset(db, { ...wanted(request), datasetId: id }, hooks);
    const findings = listFindings(db, checkId, {}).map(({ finding }) => finding);
    const counts = countFindings(rowCount, findings);
    if (fix === undefined) return { findings, counts, unreadable: [], fixed: null };
    const { version, changed } = fixFindings(db, checkId, { fix: 0, types });
    const kept = requireCollection(db, dataset).rowCount;
    const removed = rowCount - kept;
    return { findings, counts, unreadable: [], fixed: { removed, changed: changed - removed, kept, version } };
  } finally {
    db.close();
  }
}
