// Copies runs with everything that hangs on them from one workspace into another, under new row ids. What is not a run's stays:
// jobs, settings, notes on comparisons, datasets that are edited. A data set that the target already has is not copied again.

import { WorkbenchError } from "../../shared/errors.ts";
import { allRows, getRow, run, transaction } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import type { RunId } from "./ids.ts";

interface CopiedTable {
  /** Columns that point at another copied table; the first is the row's owner. */
  readonly links: Readonly<Record<string, string>>;
  /** Other tables point at its `id`. */
  readonly hasId?: true;
}

/** Owners before what they own. */
const COPIED: Readonly<Record<string, CopiedTable>> = {
  steps: { links: { run_id: "runs" } },
  metrics: { links: { run_id: "runs" } },
  timings: { links: { run_id: "runs" } },
  groups: { links: { run_id: "runs" }, hasId: true },
  group_prompts: { links: { group_id: "groups" }, hasId: true },
  rollouts: { links: { group_id: "groups" }, hasId: true },
  verdicts: { links: { rollout_id: "rollouts" } },
  trace_rows: { links: { run_id: "runs", group_id: "groups", prompt_id: "group_prompts", rollout_id: "rollouts" } },
  expert_samples: { links: { run_id: "runs" } },
  checkpoints: { links: { run_id: "runs" }, hasId: true },
  checkpoint_tensors: { links: { checkpoint_id: "checkpoints" }, hasId: true },
  checkpoint_tensor_parts: { links: { tensor_id: "checkpoint_tensors" } },
  evaluations: { links: { run_id: "runs", dataset_id: "datasets" }, hasId: true },
  evaluation_items: { links: { evaluation_id: "evaluations" }, hasId: true },
  evaluation_verdicts: { links: { item_id: "evaluation_items" } },
  run_tags: { links: { run_id: "runs" } },
  rollout_annotations: { links: { run_id: "runs" } },
};

/** Tables that are left behind on purpose; every other one is copied. */
export const LEFT_BEHIND: readonly string[] = [
  "jobs",
  "settings",
  "comparison_annotations",
  "judge_verdicts",
  "model_replies",
  "collections",
  "collection_versions",
  "collection_imports",
  "collection_rows",
  "collection_contents",
  "collection_states",
  "collection_heads",
  "collection_changes",
  "collection_rejects",
  "collection_columns",
  "collection_edits",
  "collection_edit_pieces",
  "quality_checks",
  "quality_findings",
  "syntheses",
  "synthesis_samples",
  "checked_answers",
];
export const COPIED_TABLES: readonly string[] = ["datasets", "dataset_records", "runs", ...Object.keys(COPIED)];

/**
 * Copies `ids` (default: every run that is not deleted) out of the workspace file `source`, which must have the schema version of
 * `target`, all or none. Returns the new ids in the order of the old ones. A run in work arrives as interrupted. Throws "not-found"
 * and storage errors.
 */
export function copyRuns(target: WriteConnection, source: string, ids?: readonly RunId[]): RunId[] {
  run(target, "ATTACH DATABASE ? AS source", source);
  try {
    return transaction(target, () => {
      const wanted =
        ids ?? allRows<{ id: RunId }>(target, "SELECT id FROM source.runs WHERE deleted_at_ms IS NULL ORDER BY id").map(({ id }) => id);
      mapRuns(target, wanted);
      copyDatasets(target);
      copyTable(target, "runs", { links: { id: "runs", dataset_id: "datasets", forked_from_run: "runs" } });
      run(target, "UPDATE runs SET status = 'interrupted' WHERE status = 'running' AND id IN (SELECT new FROM copied_runs)");
      for (const [name, table] of Object.entries(COPIED)) copyTable(target, name, table);
      return allRows<{ id: RunId }>(target, "SELECT new AS id FROM copied_runs ORDER BY new").map(({ id }) => id);
    });
  } finally {
    target.exec("DROP TABLE IF EXISTS temp.copied_runs; DROP TABLE IF EXISTS temp.copied_datasets; DROP TABLE IF EXISTS temp.id_offsets");
    target.exec("DETACH DATABASE source");
  }
}

function mapRuns(db: WriteConnection, ids: readonly RunId[]): void {
  run(db, "CREATE TEMP TABLE copied_runs (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)");
  run(db, "CREATE TEMP TABLE copied_datasets (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)");
  let next = largestId(db, "runs");
  for (const id of ids) {
    if (getRow(db, "SELECT 1 FROM source.runs WHERE id = ?", id) === undefined) {
      throw new WorkbenchError("not-found", `there is no run ${id}`, { where: "the workspace to copy from" });
    }
    run(db, "INSERT INTO copied_runs VALUES (?, ?)", id, ++next);
  }
}

function copyDatasets(db: WriteConnection): void {
  const used = allRows<{ id: number; name: string; hash: string }>(
    db,
    `SELECT id, name, content_hash AS hash FROM source.datasets WHERE id IN (
       SELECT dataset_id FROM source.runs WHERE id IN (SELECT old FROM copied_runs)
       UNION SELECT dataset_id FROM source.evaluations WHERE run_id IN (SELECT old FROM copied_runs)) ORDER BY id`,
  );
  for (const { id, name, hash } of used) {
    const same = getRow<{ id: number }>(db, "SELECT id FROM main.datasets WHERE name = ? AND content_hash = ?", name, hash);
    const newId = same?.id ?? largestId(db, "datasets") + 1;
    run(db, "INSERT INTO copied_datasets VALUES (?, ?)", id, newId);
    if (same !== undefined) continue;
    run(
      db,
      `INSERT INTO main.datasets (id, name, version, source, content_hash, record_count, created_at_ms)
       SELECT ?, name, (SELECT coalesce(max(version), 0) + 1 FROM main.datasets AS other WHERE other.name = copied.name), source,
         content_hash, record_count, created_at_ms FROM source.datasets AS copied WHERE id = ?`,
      newId,
      id,
    );
    const records = "SELECT ?, position, record_id, record_json FROM source.dataset_records WHERE dataset_id = ?";
    run(db, `INSERT INTO main.dataset_records (dataset_id, position, record_id, record_json) ${records}`, newId, id);
  }
}

/** Ids of tables that others point at are shifted past those of the target. */
function copyTable(db: WriteConnection, name: string, { links, hasId }: CopiedTable): void {
  const columns = allRows<{ name: string; hidden: number }>(db, `SELECT name, hidden FROM pragma_table_xinfo('${name}', 'source')`)
    .filter((column) => column.hidden === 0)
    .map((column) => column.name);
  run(db, "CREATE TEMP TABLE IF NOT EXISTS id_offsets (name TEXT PRIMARY KEY, past INTEGER NOT NULL)");
  if (hasId === true) run(db, "INSERT INTO id_offsets VALUES (?, ?)", name, largestId(db, name));
  const values = columns.map((column) => {
    if (hasId === true && column === "id") return shifted("id", name);
    const parent = links[column];
    if (parent === undefined) return column;
    if (parent === "runs" || parent === "datasets") return `(SELECT new FROM copied_${parent} WHERE old = ${column})`;
    return shifted(column, parent);
  });
  run(db, `INSERT INTO main.${name} (${columns.join(", ")}) SELECT ${values.join(", ")} FROM source.${name} WHERE ${ownedBy(links)}`);
}

/** The largest id that was there before: what is copied in one go must not shift itself. */
function shifted(column: string, table: string): string {
  return `${column} + (SELECT past FROM id_offsets WHERE name = '${table}')`;
}

function ownedBy(links: Readonly<Record<string, string>>): string {
  const [column, parent] = Object.entries(links)[0] as [string, string];
  if (parent === "runs") return `${column} IN (SELECT old FROM copied_runs)`;
  return `${column} IN (SELECT id FROM source.${parent} WHERE ${ownedBy((COPIED[parent] as CopiedTable).links)})`;
}

function largestId(db: ReadConnection, table: string): number {
  return getRow<{ id: number | null }>(db, `SELECT max(id) AS id FROM main.${table}`)?.id ?? 0;
}
