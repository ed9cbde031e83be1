// One hash over everything deterministic that a run has stored. Two runs that did the same, interrupted or not, have the
// same digest; row ids, moments in time and durations are left out.

import { createHash } from "node:crypto";
import { sha256 } from "./hashing.ts";
import { checkpointContentHash, listCheckpoints } from "./checkpoints.ts";
import { allRows, eachRow, snapshot } from "./connection.ts";
import type { ReadConnection } from "./connection.ts";
import type { RunId } from "./ids.ts";

export interface WorkspaceDigest {
  /** SHA-256 over the parts. */
  readonly digest: string;
  /** Which part differs when two digests do. */
  readonly parts: {
    readonly steps: string;
    readonly metrics: string;
    readonly groups: string;
    readonly rollouts: string;
    readonly verdicts: string;
    readonly checkpoints: string;
  };
}

const QUERIES = {
  steps: `SELECT step, model_hash, adapter_hash, chat_template_hash, sampler_hash, random_json, cursor_json FROM steps
    WHERE run_id = ? ORDER BY step`,
  metrics: `SELECT step, name, value FROM metrics WHERE run_id = ? ORDER BY step, name`,
  groups: `SELECT g.step, g.group_index, g.record_id, g.kept, g.drop_reason, g.details_json, p.mode, p.prompt, p.token_ids
    FROM groups g LEFT JOIN group_prompts p ON p.group_id = g.id WHERE g.run_id = ? ORDER BY g.step, g.group_index, p.mode`,
  experts: `SELECT step, sample_index, record_id, token_count, loss FROM expert_samples WHERE run_id = ? ORDER BY step, sample_index`,
  rollouts: `SELECT g.step, g.group_index, r.sample_index, r.mode, r.text, r.think, r.answer, r.finish, r.seed, r.token_ids, r.log_probs,
      r.old_log_probs, r.ref_log_probs, r.entropies, r.reward, r.format_reward, r.accuracy_reward, r.checks_passed, r.checks_active,
      r.gate, r.advantage, r.trained
    FROM rollouts r JOIN groups g ON g.id = r.group_id WHERE g.run_id = ? ORDER BY g.step, g.group_index, r.sample_index`,
  verdicts: `SELECT g.step, g.group_index, r.sample_index, v.position, v.path, v.rule_id, v.kwargs_json, v.state, v.passed, v.expected,
      v.got, v.spans_json
    FROM verdicts v JOIN rollouts r ON r.id = v.rollout_id JOIN groups g ON g.id = r.group_id
    WHERE g.run_id = ? ORDER BY g.step, g.group_index, r.sample_index, v.position`,
} as const;

/** Digest of one run as it lies in the file now; BLOBs are read byte for byte, nothing is taken from stored hashes. */
export function workspaceDigest(db: ReadConnection, runId: RunId): WorkspaceDigest {
  return snapshot(db, () => {
    const parts = {
      steps: sha256(hashRows(db, QUERIES.steps, runId) + hashRows(db, QUERIES.experts, runId)),
      metrics: hashRows(db, QUERIES.metrics, runId),
      groups: hashRows(db, QUERIES.groups, runId),
      rollouts: hashRows(db, QUERIES.rollouts, runId),
      verdicts: hashRows(db, QUERIES.verdicts, runId),
      checkpoints: hashCheckpoints(db, runId),
    };
    return { digest: sha256(Object.values(parts).join("\n")), parts };
  });
}

/** Every value goes in with its type and length, so that no two different row sets read the same. */
function hashRows(db: ReadConnection, sql: string, runId: RunId): string {
  const hash = createHash("sha256");
  for (const row of eachRow<Record<string, string | number | Buffer | null>>(db, sql, runId)) {
    for (const value of Object.values(row)) {
      if (Buffer.isBuffer(value)) hash.update(`b${value.length}:`).update(value);
      else if (typeof value === "string") hash.update(`s${value.length}:${value}`);
      else hash.update(value === null ? "n;" : `d${value};`);
    }
    hash.update("\n");
  }
  return hash.digest("hex");
}

function hashCheckpoints(db: ReadConnection, runId: RunId): string {
  const states = new Map(
    allRows<{ step: number; json: string }>(db, "SELECT step, state_json AS json FROM checkpoints WHERE run_id = ?", runId).map((row) => [
      row.step,
      row.json,
    ]),
  );
  const hash = createHash("sha256");
  for (const { id, step, kind, content } of listCheckpoints(db, runId)) {
    hash.update(JSON.stringify([step, kind, content, states.get(step)])).update(checkpointContentHash(db, id));
  }
  return hash.digest("hex");
}
