// Mends a dataset by the fixes of findings. What the fixes do to a record in memory; storing the result is the caller's.

import type { DraftRecord } from "../../../shared/domain/dataset.ts";
import type { QualityFix } from "../../../shared/domain/quality.ts";

export interface FixedRecords {
  readonly records: readonly DraftRecord[];
  readonly removed: number;
  readonly changed: number;
}

export interface KeyedRecord {
  readonly key: string;
  readonly record: DraftRecord;
}

/** Fixes about rows that are not there do nothing; removing wins over changing. */
export function applyFixes(rows: readonly KeyedRecord[], fixes: readonly QualityFix[]): FixedRecords {
  const removed = new Set<string>();
  const bare = new Set<string>();
  const splits = new Map<string, string>();
  for (const fix of fixes) {
    for (const key of fix.rowKeys) {
      if (fix.type === "remove") removed.add(key);
      else if (fix.type === "drop-demonstration") bare.add(key);
      else splits.set(key, fix.split);
    }
  }
  let changed = 0;
  const kept = rows.filter(({ key }) => !removed.has(key));
  const records = kept.map(({ key, record }) => {
    const split = splits.get(key);
    const drop = bare.has(key) && record.expert !== undefined;
    if (!drop && (split === undefined || record.tags["split"] === split)) return record;
    changed += 1;
    const { expert, ...rest } = record;
    const tags = split === undefined ? record.tags : { ...record.tags, split };
    return { ...rest, ...(drop || expert === undefined ? {} : { expert }), tags };
  });
  return { records, removed: rows.length - kept.length, changed };
}
