// Makes a stored run long without making anything up again: its steps are stored several times over under the steps that follow.
// Only for looking at many rollouts; what is repeated says the same thing each time.

import { allRows, run, transaction, type WriteConnection } from "../../electron/storage/connection.ts";
import type { RunId } from "../../electron/storage/ids.ts";

/** By how much each number of a row moves with each repetition. */
type Shifts = Readonly<Record<string, number>>;

/** `times` repetitions behind the run's last step: rollouts, verdicts, rows of the table and the index of words, no metrics. */
export function repeatRun(db: WriteConnection, runId: RunId, times: number): void {
  const highest = (table: string, column: string): number =>
    allRows<{ value: number }>(db, `SELECT coalesce(max(${column}), 0) AS value FROM ${table}`)[0]?.value ?? 0;
  const [step, group, prompt, rollout] = [
    highest("steps", "step"),
    highest("groups", "id"),
    highest("group_prompts", "id"),
    highest("rollouts", "id"),
  ];
  const ofRun = `run_id = ${runId}`;
  const groups = `SELECT id FROM groups WHERE ${ofRun} AND step <= ${step}`;
  const tables: readonly (readonly [table: string, shifts: Shifts, where: string])[] = [
    ["steps", { step }, `${ofRun} AND step <= ${step}`],
    ["groups", { id: group, step }, `${ofRun} AND step <= ${step}`],
    ["group_prompts", { id: prompt, group_id: group }, `group_id IN (${groups})`],
    ["rollouts", { id: rollout, group_id: group }, `group_id IN (${groups})`],
    ["verdicts", { rollout_id: rollout }, `rollout_id IN (SELECT id FROM rollouts WHERE group_id IN (${groups}))`],
    [
      "trace_rows",
      { step, rollout_id: rollout, group_id: group, prompt_id: prompt },
      `${ofRun} AND step <= ${step} AND rollout_id <= ${rollout}`,
    ],
  ];
  transaction(db, () => {
    for (let repetition = 1; repetition <= times; repetition++)
      for (const [table, shifts, where] of tables) copyRows(db, table, shifts, repetition, where);
    run(db, "UPDATE runs SET total_steps = ? WHERE id = ?", step * (times + 1), runId);
  });
}

function copyRows(db: WriteConnection, table: string, shifts: Shifts, repetition: number, where: string): void {
  // Generated columns are not among these.
  const columns = allRows<{ name: string }>(db, `SELECT name FROM pragma_table_info('${table}')`).map(({ name }) => name);
  const values = columns.map((name) => (shifts[name] === undefined ? name : `${name} + ${shifts[name] * repetition}`));
  run(db, `INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values.join(", ")} FROM ${table} WHERE ${where}`);
}
