// Mends a dataset by the fixes of findings. What the fixes do to a record in memory; storing the result is the caller's.

import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import type { QualityFix } from "../../../shared/domain/quality.ts";

export interface FixedRecords {
  readonly records: readonly InstructionRecord[];
  readonly removed: number;
  readonly changed: number;
}

/** Fixes about records that are not there do nothing; removing wins over changing. */
export function applyFixes(records: readonly InstructionRecord[], fixes: readonly QualityFix[]): FixedRecords {
  const removed = new Set<string>();
  const bare = new Set<string>();
  const splits = new Map<string, string>();
  for (const fix of fixes) {
    for (const id of fix.rowKeys) {
      if (fix.type === "remove") removed.add(id);
      else if (fix.type === "drop-demonstration") bare.add(id);
      else splits.set(id, fix.split);
    }
  }
  let changed = 0;
  const kept = records.filter(({ id }) => !removed.has(id));
  const mended = kept.map((record) => {
    const split = splits.get(record.id);
    const drop = bare.has(record.id) && record.expert !== undefined;
    if (!drop && (split === undefined || record.tags["split"] === split)) return record;
    changed += 1;
    const { expert, ...rest } = record;
    const tags = split === undefined ? record.tags : { ...record.tags, split };
    return { ...rest, ...(drop || expert === undefined ? {} : { expert }), tags };
  });
  return { records: mended, removed: records.length - kept.length, changed };
}
