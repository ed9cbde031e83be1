// Packs sequences of mixed lengths into rows and rows into micro-batches, so that little of the batch is padding. Several
// sequences share a row as separate segments; attention never crosses segments, so packing changes no result.

import { int64, float32, type HostTensor } from "../tensor/tensor.ts";

export interface PackedSequence {
  readonly promptIds: readonly number[];
  readonly responseIds: readonly number[];
}

/** A micro-batch: rows of at most T tokens, each holding whole sequences by index into the caller's list. */
export interface MicroBatch {
  readonly rows: readonly (readonly number[])[];
  readonly length: number;
}

export interface PackingLimits {
  /** B*T of a micro-batch stays at or below this unless a single row is longer. */
  readonly tokensPerMicroBatch: number;
  /** Rows are filled up to the longest sequence or this, whichever is larger. */
  readonly rowTokens: number;
}

function lengthOf(sequence: PackedSequence): number {
  return sequence.promptIds.length + sequence.responseIds.length;
}

/** First-fit decreasing into rows, then rows of similar length into micro-batches. Deterministic. */
export function packSequences(sequences: readonly PackedSequence[], limits: PackingLimits): MicroBatch[] {
  const order = sequences
    .map((_, index) => index)
    .sort((a, b) => lengthOf(sequences[b] as PackedSequence) - lengthOf(sequences[a] as PackedSequence) || a - b);
  const capacity = Math.max(limits.rowTokens, ...sequences.map(lengthOf));
  const rows: { used: number; members: number[] }[] = [];
  for (const index of order) {
    const length = lengthOf(sequences[index] as PackedSequence);
    const row = rows.find((candidate) => candidate.used + length <= capacity);
    if (row === undefined) rows.push({ used: length, members: [index] });
    else {
      row.used += length;
      row.members.push(index);
    }
  }
  rows.sort((a, b) => b.used - a.used || (a.members[0] as number) - (b.members[0] as number));
  const batches: MicroBatch[] = [];
  let current: { used: number; members: number[] }[] = [];
  const flush = () => {
    if (current.length > 0) batches.push({ rows: current.map((row) => row.members), length: (current[0] as { used: number }).used });
    current = [];
  };
  for (const row of rows) {
    const length = current[0]?.used ?? row.used;
    if (current.length > 0 && (current.length + 1) * length > limits.tokensPerMicroBatch) flush();
    current.push(row);
  }
  flush();
  return batches;
}

/** Where a sample's response tokens lie in the micro-batch's list of scored tokens. */
export interface TokenRange {
  readonly sample: number;
  readonly start: number;
  readonly end: number;
}

export interface PackedFeeds {
  readonly feeds: Readonly<Record<"ids" | "positions" | "steps" | "segments" | "scoredRows" | "targets", HostTensor>>;
  readonly ranges: readonly TokenRange[];
  /** Number of scored tokens, M. */
  readonly scored: number;
}

/**
 * Feeds of one micro-batch: ids, positions, steps, segments [B, T]; scoredRows int64 [M], flat index of the token before each
 * response token; targets int64 [M]. A response token without a token before it cannot be scored: prompts are not empty.
 */
export function packFeeds(sequences: readonly PackedSequence[], batch: MicroBatch): PackedFeeds {
  const [B, T] = [batch.rows.length, batch.length];
  const ids = new BigInt64Array(B * T);
  const positions = new BigInt64Array(B * T);
  const steps = new Float32Array(B * T);
  const segments = new Float32Array(B * T);
  const scoredRows: number[] = [];
  const targets: number[] = [];
  const ranges: TokenRange[] = [];
  batch.rows.forEach((members, row) => {
    let offset = row * T;
    members.forEach((sample, segment) => {
      const { promptIds, responseIds } = sequences[sample] as PackedSequence;
      if (promptIds.length === 0) throw new Error("a scored sequence needs at least one prompt token");
      const length = promptIds.length + responseIds.length;
      for (let i = 0; i < length; i++) {
        ids[offset + i] = BigInt((i < promptIds.length ? promptIds[i] : responseIds[i - promptIds.length]) as number);
        positions[offset + i] = BigInt(i);
        steps[offset + i] = i;
        segments[offset + i] = segment + 1;
      }
      const start = targets.length;
      for (let i = 0; i < responseIds.length; i++) {
        scoredRows.push(offset + promptIds.length + i - 1);
        targets.push(responseIds[i] as number);
      }
      ranges.push({ sample, start, end: targets.length });
      offset += length;
    });
  });
  return {
    feeds: {
      ids: int64([B, T], ids),
      positions: int64([B, T], positions),
      steps: float32([B, T], steps),
      segments: float32([B, T], segments),
      scoredRows: int64([targets.length], scoredRows),
      targets: int64([targets.length], targets),
    },
    ranges,
    scored: targets.length,
  };
}
