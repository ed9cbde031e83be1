// Checkpoints: the trained tensors of a run after a step, and for a resumable one Adam's moments and the trainer's state.
// Every tensor carries a hash, and the checkpoint one over all of them and the state, so that damage is noticed on loading.

import { createHash } from "node:crypto";
import { WorkbenchError, isWorkbenchError } from "../../shared/errors.ts";
import { tensorFromBlob, toBlob } from "./blobs.ts";
import type { TensorData, TensorDType } from "./blobs.ts";
import { allRows, eachRow, getRow, insert, run, transaction } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import { canonicalJson, sha256 } from "./hashing.ts";
import type { CheckpointId, RunId } from "./ids.ts";

export type TensorRole = "parameter" | "first-moment" | "second-moment";

/** A named tensor, row-major; int64 needs a BigInt64Array and float16 the bits in a Uint16Array. */
export interface StoredTensor {
  readonly role: TensorRole;
  readonly name: string;
  readonly dtype: TensorDType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface CheckpointInput {
  /** resumable: parameters, both moments and the state; weights: parameters alone. */
  readonly kind: "resumable" | "weights";
  /** full: all parameters; adapter: only the adapter's. */
  readonly content: "full" | "adapter";
  /** What the trainer needs besides tensors: update count, schedule position, random state, data cursor. JSON. */
  readonly state: unknown;
  /** Names are unique within a role. */
  readonly tensors: readonly StoredTensor[];
}

export interface CheckpointInfo {
  readonly id: CheckpointId;
  readonly step: number;
  readonly kind: "resumable" | "weights";
  readonly content: "full" | "adapter";
  readonly hash: string;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
}

export interface LoadedCheckpoint extends CheckpointInfo {
  readonly state: unknown;
  readonly tensors: readonly StoredTensor[];
  /** Later checkpoints that were passed over because they are damaged, newest first. */
  readonly damaged: readonly { readonly step: number; readonly reason: string }[];
}

/** A BLOB of SQLite ends at 1e9 bytes, so longer tensors are cut into parts of this size. */
const PART_BYTES = 256 * 1024 * 1024;

const COLUMNS = `id, step, kind, content, hash, size_bytes AS sizeBytes, created_at_ms AS createdAtMs`;

/** Stores the checkpoint after `step` (0: before the first). Throws "storage-full" and the other storage errors; then nothing is stored. */
export function saveCheckpoint(db: WriteConnection, runId: RunId, step: number, input: CheckpointInput): CheckpointInfo {
  return transaction(db, () => {
    const stateJson = canonicalJson(input.state ?? null);
    const hashed = input.tensors.map((tensor) => ({ ...tensor, shapeJson: JSON.stringify(tensor.shape), hash: sha256(tensor.data) }));
    const id = insert(
      db,
      "INSERT INTO checkpoints (run_id, step, kind, content, state_json, hash, size_bytes, created_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      runId,
      step,
      input.kind,
      input.content,
      stateJson,
      manifestHash(input, stateJson, hashed),
      input.tensors.reduce((sum, tensor) => sum + tensor.data.byteLength, 0),
      Date.now(),
    );
    for (const tensor of hashed) insertTensor(db, id, tensor);
    return getRow<CheckpointInfo>(db, `SELECT ${COLUMNS} FROM checkpoints WHERE id = ?`, id) as CheckpointInfo;
  });
}

function insertTensor(db: WriteConnection, checkpointId: number, tensor: StoredTensor & TensorHash): void {
  const tensorId = insert(
    db,
    "INSERT INTO checkpoint_tensors (checkpoint_id, role, name, dtype, shape_json, hash) VALUES (?, ?, ?, ?, ?, ?)",
    checkpointId,
    tensor.role,
    tensor.name,
    tensor.dtype,
    tensor.shapeJson,
    tensor.hash,
  );
  const bytes = toBlob(tensor.data);
  for (let part = 0; part === 0 || part * PART_BYTES < bytes.length; part++) {
    const data = bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
    run(db, "INSERT INTO checkpoint_tensor_parts VALUES (?, ?, ?)", tensorId, part, data);
  }
}

interface TensorHash {
  readonly role: TensorRole;
  readonly name: string;
  readonly dtype: string;
  readonly shapeJson: string;
  readonly hash: string;
}

/** Independent of the order in which the tensors were handed over. */
function manifestHash(
  about: { readonly kind: string; readonly content: string },
  stateJson: string,
  tensors: readonly TensorHash[],
): string {
  const lines = tensors.map(({ role, name, dtype, shapeJson, hash }) => JSON.stringify([role, name, dtype, shapeJson, hash])).sort();
  return sha256([about.kind, about.content, stateJson, ...lines].join("\n"));
}

/** Ascending by step. */
export function listCheckpoints(db: ReadConnection, runId: RunId): CheckpointInfo[] {
  return allRows<CheckpointInfo>(db, `SELECT ${COLUMNS} FROM checkpoints WHERE run_id = ? ORDER BY step`, runId);
}

/**
 * The newest intact checkpoint, of any kind or only of `kind`, not later than `step` where that is given. Damaged ones are
 * passed over and named in `damaged`. Undefined when the run has none; throws "workspace-corrupt" when it has only damaged ones.
 */
export function loadCheckpoint(
  db: ReadConnection,
  runId: RunId,
  query: { readonly step?: number; readonly kind?: "resumable" | "weights" } = {},
): LoadedCheckpoint | undefined {
  const candidates = listCheckpoints(db, runId)
    .filter((info) => info.step <= (query.step ?? Infinity) && (query.kind === undefined || info.kind === query.kind))
    .reverse();
  const damaged: { step: number; reason: string }[] = [];
  for (const info of candidates) {
    try {
      return { ...info, ...readChecked(db, info), damaged };
    } catch (error) {
      if (!isWorkbenchError(error, "workspace-corrupt")) throw error;
      damaged.push({ step: info.step, reason: error.message });
    }
  }
  if (damaged.length === 0) return undefined;
  throw new WorkbenchError("workspace-corrupt", `every checkpoint of run ${runId} is damaged`, {
    where: db.name,
    got: damaged.map(({ step, reason }) => `step ${step}: ${reason}`).join(" | "),
    hint: "Start the run again, or go back to a copy of the workspace.",
  });
}

function readChecked(db: ReadConnection, info: CheckpointInfo): { state: unknown; tensors: StoredTensor[] } {
  const where = `${db.name}, checkpoint of step ${info.step}`;
  const stateJson = getRow<{ json: string }>(db, "SELECT state_json AS json FROM checkpoints WHERE id = ?", info.id)?.json ?? "";
  const rows = allRows<TensorHash & { id: number; dtype: TensorDType }>(
    db,
    "SELECT id, role, name, dtype, shape_json AS shapeJson, hash FROM checkpoint_tensors WHERE checkpoint_id = ? ORDER BY id",
    info.id,
  );
  const found = manifestHash(info, stateJson, rows);
  if (found !== info.hash)
    throw new WorkbenchError("workspace-corrupt", "a checkpoint is damaged", { where, expected: info.hash, got: found });
  const tensors = rows.map(({ id, hash, shapeJson, ...tensor }): StoredTensor => {
    const bytes = readBytes(db, id);
    const got = sha256(bytes);
    if (got !== hash) {
      throw new WorkbenchError("workspace-corrupt", `tensor ${tensor.name} (${tensor.role}) is damaged`, { where, expected: hash, got });
    }
    return { ...tensor, shape: JSON.parse(shapeJson) as number[], data: tensorFromBlob(tensor.dtype, bytes) };
  });
  return { state: JSON.parse(stateJson) as unknown, tensors };
}

function readBytes(db: ReadConnection, tensorId: number): Buffer {
  const parts = allRows<{ data: Buffer }>(db, "SELECT data FROM checkpoint_tensor_parts WHERE tensor_id = ? ORDER BY part", tensorId);
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only.data : Buffer.concat(parts.map((part) => part.data));
}

export interface PruneRule {
  /** That many of the newest resumable checkpoints stay whole; at least 1. */
  readonly keepResumable: number;
  /** Of the older ones, those at multiples of this many steps keep their parameters and the rest go; 0 = none stay. */
  readonly keepWeightsEvery: number;
}

/** Applies the rule in one transaction. Returns the steps that lost their moments and those that went altogether. */
export function pruneCheckpoints(
  db: WriteConnection,
  runId: RunId,
  rule: PruneRule,
): { readonly toWeights: number[]; readonly deleted: number[] } {
  if (!Number.isInteger(rule.keepResumable) || rule.keepResumable < 1) throw new RangeError("keepResumable must be at least 1");
  return transaction(db, () => {
    const all = listCheckpoints(db, runId);
    const whole = new Set(
      all
        .filter((info) => info.kind === "resumable")
        .slice(-rule.keepResumable)
        .map((info) => info.id),
    );
    const toWeights: number[] = [];
    const deleted: number[] = [];
    for (const info of all) {
      if (whole.has(info.id)) continue;
      if (rule.keepWeightsEvery > 0 && info.step % rule.keepWeightsEvery === 0) {
        if (info.kind === "weights") continue;
        reduceToWeights(db, info);
        toWeights.push(info.step);
      } else {
        run(db, "DELETE FROM checkpoints WHERE id = ?", info.id);
        deleted.push(info.step);
      }
    }
    return { toWeights, deleted };
  });
}

/** The new hash is taken of the tensors' stored hashes, so damage that is already there is still noticed later. */
function reduceToWeights(db: WriteConnection, info: CheckpointInfo): void {
  run(db, "DELETE FROM checkpoint_tensors WHERE checkpoint_id = ? AND role <> 'parameter'", info.id);
  const stateJson = getRow<{ json: string }>(db, "SELECT state_json AS json FROM checkpoints WHERE id = ?", info.id)?.json ?? "";
  const rows = allRows<TensorHash>(
    db,
    "SELECT role, name, dtype, shape_json AS shapeJson, hash FROM checkpoint_tensors WHERE checkpoint_id = ?",
    info.id,
  );
  const size = getRow<{ bytes: number }>(
    db,
    `SELECT coalesce(sum(length(data)), 0) AS bytes FROM checkpoint_tensor_parts
     WHERE tensor_id IN (SELECT id FROM checkpoint_tensors WHERE checkpoint_id = ?)`,
    info.id,
  );
  const hash = manifestHash({ kind: "weights", content: info.content }, stateJson, rows);
  run(db, "UPDATE checkpoints SET kind = 'weights', hash = ?, size_bytes = ? WHERE id = ?", hash, size?.bytes ?? 0, info.id);
}

/** SHA-256 over one checkpoint's tensors as they lie in the file now: role, name, dtype, shape and bytes. */
export function checkpointContentHash(db: ReadConnection, id: CheckpointId): string {
  const hash = createHash("sha256");
  const rows = eachRow<{ id: number; role: string; name: string; dtype: string; shape: string; part: number; data: Buffer }>(
    db,
    `SELECT t.id, t.role, t.name, t.dtype, t.shape_json AS shape, p.part, p.data FROM checkpoint_tensors t
     JOIN checkpoint_tensor_parts p ON p.tensor_id = t.id WHERE t.checkpoint_id = ? ORDER BY t.role, t.name, p.part`,
    id,
  );
  for (const { role, name, dtype, shape, part, data } of rows) {
    hash.update(JSON.stringify([role, name, dtype, shape, part, data.length])).update(data);
  }
  return hash.digest("hex");
}
