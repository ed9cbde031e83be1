// Packs sequences of mixed lengths into rows and rows into micro-batches, so that little of the batch is padding, and lets the
// responses of one prompt share a single copy of it. Attention never crosses from one sequence into another, so packing changes
// no result.

import { int64, float32, type HostTensor } from "../tensor/tensor.ts";
import { attentionFeeds, enoughTokens } from "./attention-plan.ts";

export interface PackedSequence {
  readonly promptIds: readonly number[];
  readonly responseIds: readonly number[];
}

/** Sequences, by index into the caller's list, that share one copy of the same prompt. */
export type Bundle = readonly number[];

/** A micro-batch: rows of at most T tokens, each holding whole bundles. */
export interface MicroBatch {
  readonly rows: readonly (readonly Bundle[])[];
  readonly length: number;
}

export interface PackingLimits {
  /** B*T of a micro-batch stays at or below this unless a single row is longer. */
  readonly tokensPerMicroBatch: number;
  /** Rows are filled up to the longest bundle or this, whichever is larger. */
  readonly rowTokens: number;
  /** A prompt is shared by as many responses as fit into this; 0 = never shared. In rows with a mask longer ones cost more attention. */
  readonly bundleTokens: number;
}

interface Sized {
  readonly used: number;
  readonly bundles: readonly Bundle[];
}

/** Bundles first, then first-fit decreasing into rows, then rows of similar length into micro-batches. Deterministic. */
export function packSequences(sequences: readonly PackedSequence[], limits: PackingLimits): MicroBatch[] {
  const bundles = bundleByPrompt(sequences, limits.bundleTokens);
  bundles.sort((a, b) => b.used - a.used || firstOf(a) - firstOf(b));
  const capacity = Math.max(limits.rowTokens, ...bundles.map(({ used }) => used));
  const rows: { used: number; bundles: Bundle[] }[] = [];
  for (const bundle of bundles) {
    const row = rows.find((candidate) => candidate.used + bundle.used <= capacity);
    if (row === undefined) rows.push({ used: bundle.used, bundles: [...bundle.bundles] });
    else {
      row.used += bundle.used;
      row.bundles.push(...bundle.bundles);
    }
  }
  rows.sort((a, b) => b.used - a.used || firstOf(a) - firstOf(b));
  const batches: MicroBatch[] = [];
  let current: Sized[] = [];
  const flush = () => {
    const longest = current[0];
    if (longest !== undefined) batches.push({ rows: current.map((row) => row.bundles), length: longest.used });
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

/** Smaller micro-batches cost more in gradients to add than they save. */
const FEWEST_SHARED_TOKENS = 512;

/** Limits of each of `shares` threads, so that all together take about the memory of one. */
export function sharedLimits(limits: PackingLimits, shares: number): PackingLimits {
  const tokens = Math.min(limits.tokensPerMicroBatch, Math.max(FEWEST_SHARED_TOKENS, Math.floor(limits.tokensPerMicroBatch / shares)));
  const capped = (most: number) => Math.min(most, Math.max(FEWEST_SHARED_TOKENS, tokens));
  return { tokensPerMicroBatch: tokens, rowTokens: capped(limits.rowTokens), bundleTokens: capped(limits.bundleTokens) };
}

/** Parts of bundleTokens by which sequences are tried to be shared out: small bundles are shared evenly, large ones repeat few prompts. */
const SHARED_PARTS = [1, 3 / 4, 1 / 2, 3 / 8, 1 / 4, 1 / 8];

/**
 * Indices of the sequences for each of `shares` threads, in order, so that the one with the most tokens has as few as can be found, the
 * prompts that its responses share counted once. Shares may be empty. Deterministic.
 */
export function shareOut(sequences: readonly PackedSequence[], limits: PackingLimits, shares: number): number[][] {
  const most = (shared: readonly (readonly number[])[]) =>
    Math.max(...shared.map((indices) => tokensOf(indices.map((index) => sequences[index] as PackedSequence), limits.bundleTokens))); // prettier-ignore
  const [whole, ...others] = SHARED_PARTS.map((part) => {
    const shared = rowsOut(sequences, { ...limits, bundleTokens: Math.floor(part * limits.bundleTokens) }, shares);
    return { shared, tokens: most(shared) };
  }) as [Shared, ...Shared[]];
  return others.reduce((best, other) => (other.tokens < best.tokens ? other : best), whole).shared;
}

interface Shared {
  readonly shared: number[][];
  readonly tokens: number;
}

/** Rows no longer than a bundle may be, each to the share with the fewest tokens. */
function rowsOut(sequences: readonly PackedSequence[], limits: PackingLimits, shares: number): number[][] {
  const taken = Array.from({ length: shares }, () => ({ tokens: 0, indices: [] as number[] }));
  for (const { rows, length } of packSequences(sequences, {
    ...limits,
    tokensPerMicroBatch: 1,
    rowTokens: Math.min(limits.rowTokens, limits.bundleTokens),
  })) {
    const least = taken.reduce((best, share) => (share.tokens < best.tokens ? share : best));
    least.tokens += length;
    least.indices.push(...rows.flat(2));
  }
  return taken.map(({ indices }) => indices.sort((a, b) => a - b));
}

function tokensOf(sequences: readonly PackedSequence[], bundleTokens: number): number {
  return bundleByPrompt(sequences, bundleTokens).reduce((sum, { used }) => sum + used, 0);
}

/** Two micro-batches of half the rows each, or else half a row's bundles or a bundle's responses; undefined for a single sequence. */
export function splitMicroBatch(sequences: readonly PackedSequence[], { rows }: MicroBatch): readonly [MicroBatch, MicroBatch] | undefined {
  const half = <T>(items: readonly T[]): readonly [readonly T[], readonly T[]] => {
    const middle = Math.ceil(items.length / 2);
    return [items.slice(0, middle), items.slice(middle)];
  };
  const tokensOf = (bundle: Bundle) =>
    bundle.reduce(
      (sum, index) => sum + (sequences[index] as PackedSequence).responseIds.length,
      (sequences[bundle[0] as number] as PackedSequence).promptIds.length,
    );
  const batchOf = (some: MicroBatch["rows"]): MicroBatch => ({
    rows: some,
    length: Math.max(...some.map((bundles) => bundles.reduce((sum, bundle) => sum + tokensOf(bundle), 0))),
  });
  const [row = []] = rows;
  const [bundle = []] = row;
  let parts: readonly (readonly (readonly Bundle[])[])[] = half(rows);
  if (rows.length === 1) parts = row.length > 1 ? half(row).map((bundles) => [bundles]) : half(bundle).map((members) => [[members]]);
  if (rows.length === 1 && row.length === 1 && bundle.length < 2) return undefined;
  return [batchOf(parts[0] as MicroBatch["rows"]), batchOf(parts[1] as MicroBatch["rows"])];
}

function firstOf(row: Sized): number {
  return row.bundles[0]?.[0] ?? 0;
}

/** Sequences with the same prompt, in order, in bundles of at most `bundleTokens`; the rest on their own. */
function bundleByPrompt(sequences: readonly PackedSequence[], bundleTokens: number): Sized[] {
  const closed: Sized[] = [];
  const open = new Map<string, { used: number; members: number[] }>();
  // Responses of a group have their prompt as one array.
  const keys = new Map<readonly number[], string>();
  sequences.forEach(({ promptIds, responseIds }, index) => {
    const key = keys.get(promptIds) ?? promptIds.join(",");
    keys.set(promptIds, key);
    const bundle = open.get(key);
    if (bundle !== undefined && bundle.used + responseIds.length <= bundleTokens) {
      bundle.used += responseIds.length;
      bundle.members.push(index);
      return;
    }
    if (bundle !== undefined) closed.push({ used: bundle.used, bundles: [bundle.members] });
    open.set(key, { used: promptIds.length + responseIds.length, members: [index] });
  });
  return [...closed, ...[...open.values()].map(({ used, members }) => ({ used, bundles: [members] }))];
}

/** Where a sample's response tokens lie in the micro-batch's list of scored tokens. */
export interface TokenRange {
  readonly sample: number;
  readonly start: number;
  readonly end: number;
}

/** Consecutive tokens that see each other, and all of the prompt that they answer where it is a piece of its own. */
interface Piece {
  readonly tokens: readonly number[];
  /** Place of the first token. */
  readonly offset: number;
  readonly position: number;
  readonly segment: number;
  readonly prompt?: { readonly start: number; readonly end: number };
}

interface Laid {
  readonly pieces: readonly Piece[];
  /** Place of the token before each response token, and that token. */
  readonly scoredRows: readonly number[];
  readonly targets: readonly number[];
  readonly ranges: readonly TokenRange[];
}

export interface PackedFeeds {
  readonly feeds: Readonly<Record<string, HostTensor>>;
  readonly ranges: readonly TokenRange[];
  /** Number of scored tokens, M. */
  readonly scored: number;
}

/** Responses of one prompt are told apart by fractions of its segment number; float32 holds them exactly. */
const SEGMENT_FRACTION = 1 / 1024;

/**
 * Feeds of one micro-batch in rows: ids, positions, steps, segments [B, T]; scoredRows int64 [M], flat index of the token before each
 * response token; targets int64 [M]. A prompt has a whole segment number, a response that shares it the same number and a
 * fraction (see attentionBias).
 */
export function packFeeds(sequences: readonly PackedSequence[], batch: MicroBatch): PackedFeeds {
  const [B, T] = [batch.rows.length, batch.length];
  const laid = layOut(sequences, batch, (row) => row * T);
  const steps = new Float32Array(B * T);
  const segments = new Float32Array(B * T);
  for (const { tokens, offset, position, segment } of laid.pieces) {
    segments.fill(segment, offset, offset + tokens.length);
    for (let i = 0; i < tokens.length; i++) steps[offset + i] = position + i;
  }
  const feeds = { ...tokenFeeds(laid, [B, T]), steps: float32([B, T], steps), segments: float32([B, T], segments) };
  return { feeds, ranges: laid.ranges, scored: laid.targets.length };
}

/**
 * Feeds of one micro-batch as a list of N tokens, padded only where they are too few for so many groups of blocks: ids and positions
 * [N, 1], scoredRows and targets as above, and what attentionFeeds gives for a model with this window.
 */
export function packInBlocks(sequences: readonly PackedSequence[], batch: MicroBatch, window: number | null): PackedFeeds {
  const laid = layOut(sequences, batch, (_row, end) => end);
  const spans = enoughTokens(
    laid.pieces.map(({ tokens, offset: start, prompt }) => {
      const end = start + tokens.length;
      return prompt === undefined ? { start, end } : { start, end, prompt };
    }),
  );
  const feeds = { ...tokenFeeds(laid, [spans.at(-1)?.end ?? 0, 1]), ...attentionFeeds(spans, window) };
  return { feeds, ranges: laid.ranges, scored: laid.targets.length };
}

function tokenFeeds({ pieces, scoredRows, targets }: Laid, shape: readonly [number, number]) {
  const ids = new BigInt64Array(shape[0] * shape[1]);
  const positions = new BigInt64Array(shape[0] * shape[1]);
  for (const { tokens, offset, position } of pieces) {
    tokens.forEach((token, i) => {
      ids[offset + i] = BigInt(token);
      positions[offset + i] = BigInt(position + i);
    });
  }
  return {
    ids: int64(shape, ids),
    positions: int64(shape, positions),
    scoredRows: int64([targets.length], scoredRows),
    targets: int64([targets.length], targets),
  };
}

/**
 * Puts every row's tokens one after the other from `startOf(row, end of the row before)`. A response token without a token before it
 * cannot be scored: prompts are not empty.
 */
function layOut(sequences: readonly PackedSequence[], { rows }: MicroBatch, startOf: (row: number, end: number) => number): Laid {
  const pieces: Piece[] = [];
  const [scoredRows, targets]: [number[], number[]] = [[], []];
  const ranges: TokenRange[] = [];
  let offset = 0;
  const write = (piece: Omit<Piece, "offset">) => {
    pieces.push({ ...piece, offset });
    offset += piece.tokens.length;
  };
  const score = (sample: number, responseIds: readonly number[], before: number, first: number) => {
    const start = targets.length;
    responseIds.forEach((token, i) => {
      scoredRows.push(i === 0 ? before : first + i - 1);
      targets.push(token);
    });
    ranges.push({ sample, start, end: targets.length });
  };
  rows.forEach((bundles, row) => {
    offset = startOf(row, offset);
    bundles.forEach((members, place) => {
      const { promptIds } = sequences[members[0] as number] as PackedSequence;
      if (promptIds.length === 0) throw new Error("a scored sequence needs at least one prompt token");
      const [segment, position] = [place + 1, promptIds.length];
      const prompt = { start: offset, end: offset + position };
      if (members.length > 1) write({ tokens: promptIds, position: 0, segment });
      members.forEach((sample, index) => {
        const { responseIds } = sequences[sample] as PackedSequence;
        score(sample, responseIds, prompt.end - 1, members.length > 1 ? offset : prompt.end);
        if (members.length === 1) write({ tokens: [...promptIds, ...responseIds], position: 0, segment });
        else write({ tokens: responseIds, position, segment: segment + (index + 1) * SEGMENT_FRACTION, prompt });
      });
    });
  });
  return { pieces, scoredRows, targets, ranges };
}
